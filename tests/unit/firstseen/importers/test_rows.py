"""What every importer guarantees for any input."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import from_json, to_json

from firstseen.importers.formats import FORMATS, TABLES
from firstseen.importers.rows import Imported, Malformed, Row, numbered
from tests.support.tables import each_row

PRODUCERS = Path(__file__).parents[4] / "docs" / "producers.md"
NASTY = (
    b"\x00",
    b"\xff\xfe",
    b'{"id": NaN}',
    b'{"id": "\\ud800"}',
    b'{"id": 1e999, "date": 10000000000000000000000000000}',
    b'{"date": {"first_day": "2017-01-01"}, "date_end": [1], "op": {}, "evidence": [], "lat": true, "note": 1}',
    b"[" * 100_000,
    b'{"date":' + b"[" * 253 + b"]" * 253 + b', "date_end": 1}',
    b'{"date":' + b"[" * 1000 + b"]" * 1000 + b"}",
    b'"' * 10_001,
    b"\t" * 60,
    b"1\t20191024" + b"\t" * 59,
    b'id,"',
    b"\xef\xbb\xbf{}",
    b"a\rb",
)
GED_HEADER = (
    b"id,type_of_violence,side_a,side_b,source_article,source_office,source_date,where_coordinates,adm_1,latitude,"
    b"longitude,country,date_start,date_end,low,high"
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=3)
)
ucdp_fields = st.sampled_from(
    ["id", "group", "country", "place", "date", "date_end", "lat", "op", "evidence", "note", "deaths_low"]
)


feed_lines = st.one_of(
    st.binary(max_size=80),
    st.sampled_from(NASTY),
    st.dictionaries(ucdp_fields, json_values, max_size=6).map(lambda event: json.dumps(event).encode()),
    st.lists(st.text(st.characters(codec="utf-8"), max_size=5), min_size=61, max_size=61).map(
        lambda columns: "\t".join(["7", "20191024", *columns[2:]]).encode()
    ),
    st.lists(st.sampled_from(["1", "2", "IS", "2017-08-28", "nan", '"', '"a\n', ""]), min_size=16, max_size=16).map(
        lambda columns: ",".join(columns).encode()
    ),
)


def assert_rows_are_usable(rows: list[Row], lines: list[bytes]) -> None:
    for row in rows:
        assert 1 <= row.line <= len(lines)
        assert row.raw.strip()
        if isinstance(row, Imported):
            assert from_json(to_json(row.sighting)) == row.sighting
        else:
            assert row.why


@pytest.mark.parametrize("name", FORMATS)
@given(lines=st.lists(feed_lines, max_size=8))
def test_no_bytes_make_an_importer_raise_and_every_sighting_can_be_written(name: str, lines: list[bytes]) -> None:
    lines = [GED_HEADER, *lines] if name == "ucdp-ged" else lines

    assert_rows_are_usable(list(FORMATS[name](lines)), lines)


@each_row("name", FORMATS)
def test_the_known_traps_make_no_importer_raise(name: str) -> None:
    lines = [*NASTY, b'{"id": "' + b"x" * 2_000_000 + b'"}', b"x" * 2_000_000]

    assert_rows_are_usable(list(FORMATS[name](lines)), lines)


@pytest.mark.parametrize("name", ["jsonl", "ucdp", "gdelt"])
@given(lines=st.lists(feed_lines.filter(lambda line: b"\n" not in line), max_size=8))
def test_every_line_that_is_not_blank_gives_a_row(name: str, lines: list[bytes]) -> None:
    rows = list(FORMATS[name](lines))

    without_mark = [text for _, text in numbered(lines)]
    assert {row.line for row in rows} == {at for at, line in enumerate(without_mark, start=1) if line.strip()}


@each_row("name", FORMATS)
def test_a_line_that_cannot_be_mapped_keeps_its_bytes_and_its_physical_number(name: str) -> None:
    rows = list(FORMATS[name]([b"\n", b"  \r\n", b"\xff oops \r\n"]))

    assert [(type(row), row.line, row.raw) for row in rows] == [(Malformed, 3, b"\xff oops ")]


def test_the_page_for_producers_lists_every_format() -> None:
    rows = re.findall(r"^\| (`.*?) \|", PRODUCERS.read_text(encoding="utf-8"), re.MULTILINE)
    listed = {name for row in rows for name in re.findall(r"`([^`]*)`", row)}
    assert listed >= {*FORMATS, *TABLES}
