from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from firstseen.importers.csv_records import CsvRecord, csv_records


def test_a_quoted_field_may_hold_commas_quotes_and_line_ends() -> None:
    lines = [b'1,"a, ""b""\r\n', b"\r\n", b'c",2\r\n', b"3,d,4\r\n"]

    assert list(csv_records(lines)) == [
        CsvRecord(1, b'1,"a, ""b""\r\n\r\nc",2'.replace(b"\r\n", b"\n"), ["1", 'a, "b"\n\nc', "2"]),
        CsvRecord(4, b"3,d,4", ["3", "d", "4"]),
    ]


def test_a_lost_quote_costs_one_line_and_not_the_rest_of_the_file() -> None:
    lines = [b'1,"open', *[b"%d,x" % number for number in range(2, 300)]]

    records = list(csv_records(lines))

    assert records[0] == CsvRecord(1, b'1,"open', "a quoted field does not end")
    assert [record.line for record in records] == list(range(1, 300))
    assert records[-1].fields == ["299", "x"]


def test_line_ends_of_old_macs_are_explained() -> None:
    (record,) = csv_records([b"id,name\r1,A\r2,B"])

    assert record.fields == (
        "a line ends with a carriage return alone: save the file with the line ends of Unix or Windows"
    )


def test_a_quote_within_an_unquoted_field_is_text() -> None:
    (record,) = csv_records([b'1,5" gun'])

    assert record.fields == ["1", '5" gun']


def test_bad_utf8_costs_its_own_record_only() -> None:
    first, second = csv_records([b"1,\xff", b"2,x"])

    assert isinstance(first.fields, str)
    assert second.fields == ["2", "x"]


@given(st.lists(st.lists(st.text(st.sampled_from('ab",\n '), max_size=6), min_size=2, max_size=4), max_size=6))
def test_what_the_csv_module_writes_is_read_back(rows: list[list[str]]) -> None:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)

    records = list(csv_records(io.BytesIO(written.getvalue().encode())))

    assert [record.fields for record in records] == rows
