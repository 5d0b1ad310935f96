from __future__ import annotations

import csv

from hypothesis import given
from hypothesis import strategies as st

from firstseen.follow.json_rows import as_csv

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]))


def test_no_rows_are_no_table() -> None:
    assert as_csv([]) == []


def test_the_table_has_the_columns_of_all_rows_and_missing_values_are_empty() -> None:
    assert as_csv([{"id": 1, "side_b": None}, {"id": 2, "best": 1.5, "active_year": True}]) == [
        b"id,side_b,best,active_year\n", b"1,,,\n", b"2,,1.5,true\n",
    ]  # fmt: skip


def test_line_ends_become_spaces_so_that_a_record_is_a_line() -> None:
    assert as_csv([{"headline": 'He said "no",\r\nand left'}]) == [b"headline\n", b'"He said ""no"", and left"\n']


@given(st.lists(st.fixed_dictionaries({"a": TEXTS, "b": TEXTS}), min_size=1, max_size=5))
def test_any_text_is_read_back_as_it_was(rows: list[dict[str, str]]) -> None:
    table = [line.decode() for line in as_csv(rows)]
    assert list(csv.DictReader(table)) == rows
