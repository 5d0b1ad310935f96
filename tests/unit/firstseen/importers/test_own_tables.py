"""Rows of a user's table become sightings by a mapping."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from firstseen.importers.column_mapping import MappingError
from firstseen.importers.mapping_reader import read_mapping
from firstseen.importers.own_tables import read_rows
from firstseen.importers.rows import Imported, Malformed, Row, Skipped
from firstseen.importers.tables import read_table
from schemas.rejection import Reason
from tests.support.tables import each_row
from tests.support.workbook import write_workbook

MAP = """\
source: {value: desk}
id: Case
group: Actor
occurred: {column: Date, format: "%d/%m/%Y"}
country: Country
"""


def rows_of(content: bytes, mapping: str = MAP) -> list[Row]:
    mapped = read_mapping(mapping, "columns.yaml")
    return list(read_rows(read_table(io.BytesIO(content), mapped.layout), mapped))


def sighting_of(row: Row) -> dict[str, Any]:
    assert isinstance(row, Imported), row
    return row.sighting


def one(headings: str, cells: str, more: str) -> Row:
    content = f"Case;Actor;Date;Country;{headings}\n7;JNIM;01/03/2024;Mali;{cells}\n"
    (row,) = rows_of(content.encode(), MAP + more)
    return row


def test_a_row_becomes_a_sighting() -> None:
    (row,) = rows_of(b"Case,Actor,Date,Country,Other\n7,JNIM,01/03/2024,Mali,x\n")

    assert sighting_of(row) == {
        "source": "desk", "id": "7", "group": "JNIM", "occurred": "2024-03-01", "country": "Mali",
    }  # fmt: skip
    assert (row.line, row.raw) == (2, b"7,JNIM,01/03/2024,Mali,x")


def test_headings_are_found_whatever_their_case_and_spaces() -> None:
    (row,) = rows_of(
        b'\xef\xbb\xbfCASE, actor ,Date,"Coun\ntry"\n7,JNIM,01/03/2024,Mali\n', MAP.replace("Country", "coun try")
    )

    assert sighting_of(row)["country"] == "Mali"


@each_row(
    ("headings", "cells", "more", "field", "value"),
    [
        ("A;B", "x;y", "title: {columns: [A, B]}", "title", "x, y"),
        ("A;B", ";y", "title: {columns: [A, B]}", "title", "y"),
        ("A;B", "x;y", 'title: {columns: [A, B], join: ": "}', "title", "x: y"),
        ("A", '"two\nlines"', "title: A", "title", "two lines"),
        ("Type", "Attaque", "evidence: {column: Type, values: {attaque: attack}}", "evidence", "attack"),
        ("Type", "other", "evidence: {column: Type, values: {Attaque: attack}}", "evidence", "other"),
        ("Type", "Bombe", "evidence: {column: Type, values: {Attaque: attack}, default: other}", "evidence", "other"),
        ("Town", "", "place: {column: Town, default: Gao}", "place", "Gao"),
        ("Rev", "2.0", "revision: Rev", "revision", 2),
        ("Gone", "oui", "retracted: Gone", "retracted", True),
        ("Seen", "01/03/2024 08:00", 'reported: {column: Seen, format: "%d/%m/%Y %H:%M"}', "reported", "2024-03-01T08:00:00"),
    ],
)  # fmt: skip
def test_every_form_of_a_key_is_read(headings: str, cells: str, more: str, field: str, value: object) -> None:
    assert sighting_of(one(headings, cells, more))[field] == value


def test_a_blank_cell_and_a_placeholder_give_no_field() -> None:
    row = one("A;B", ";n/a", 'title: A\nplace: B\nmissing: ["n/a"]')

    assert not sighting_of(row).keys() & {"title", "place"}


def test_two_columns_make_an_interval_both_ends_in() -> None:
    mapping = MAP.replace('{column: Date, format: "%d/%m/%Y"}', '{from: Start, to: End, format: "%d.%m.%Y"}')
    content = b"Case,Actor,Country,Start,End\n1,G,Mali,1.3.2024,4.3.2024\n2,G,Mali,1.3.2024,\n3,G,Mali,1.3.2024,1.3.2024\n4,G,Mali,,4.3.2024\n"
    *read, wrong = rows_of(content, mapping)

    assert [sighting_of(row)["occurred"] for row in read] == ["2024-03-01/2024-03-04", "2024-03-01", "2024-03-01"]
    assert isinstance(wrong, Malformed)
    assert wrong.reason is Reason.BAD_DAYS


def test_year_month_and_day_of_their_own_columns_are_as_vague_as_they_are() -> None:
    formats = '{columns: [Y, M, D], format: ["%Y-%m-%d", "%Y-%m", "%Y"]}'
    mapping = MAP.replace('{column: Date, format: "%d/%m/%Y"}', formats)
    rows = rows_of(
        b"Case,Actor,Country,Y,M,D\n1,G,Mali,2024,3,9\n2,G,Mali,2024,3,0\n3,G,Mali,2024,0,0\n",
        f'{mapping}missing: ["0"]\n',
    )

    assert [sighting_of(row)["occurred"] for row in rows] == ["2024-03-09", "2024-03", "2024"]


def test_an_id_of_several_columns_needs_all_of_them() -> None:
    mapping = MAP.replace("id: Case", "id: {columns: [Case, Row]}")
    good, bad = rows_of(b"Case,Row,Actor,Date,Country\n1042.0,1.0,G,01/03/2024,Mali\n7,,G,01/03/2024,Mali\n", mapping)

    assert sighting_of(good)["id"] == "1042-1"
    assert isinstance(bad, Malformed)
    assert "Row is blank: the id needs all of its columns" in bad.why


def test_all_problems_of_a_row_are_reported_together() -> None:
    row = one("Lat;Long", "north;1,5", "latitude: Lat\nlongitude: Long")
    assert isinstance(row, Malformed)
    (row,) = rows_of(
        b"Case;Actor;Date;Country;Lat;Long\n;JNIM;31/02/2024;Mali;north;1,5\n", f"{MAP}latitude: Lat\nlongitude: Long\n"
    )
    assert isinstance(row, Malformed)
    assert row.reason is Reason.BAD_DAYS
    assert "Date: '31/02/2024'" in row.why
    assert "Lat: 'north'" in row.why


def test_a_row_without_an_id_is_rejected() -> None:
    (row,) = rows_of(b"Case,Actor,Date,Country\n,JNIM,01/03/2024,Mali\n")

    assert isinstance(row, Malformed)
    assert row.reason is Reason.MISSING_FIELD


def test_na_is_rejected_because_it_may_be_namibia() -> None:
    content = b"Case,Actor,Date,Country\n1,G,01/03/2024,NA\n"

    (asked,) = rows_of(content)
    assert isinstance(asked, Malformed)
    assert "Namibia" in asked.why
    assert "country" not in sighting_of(rows_of(content, f"{MAP}missing: [NA]\n")[0])
    assert sighting_of(rows_of(content, f"{MAP}missing: []\n")[0])["country"] == "NA"


def test_more_cells_than_headings_are_rejected_and_missing_ones_are_blank() -> None:
    more, blank, fewer = rows_of(
        b"Case,Actor,Date,Country,Town\n1,G,01/03/2024,Mali,Gao,x\n2,G,01/03/2024,Mali,Gao,,,\n3,G,01/03/2024,Mali\n"
    )

    assert isinstance(more, Malformed)
    assert "6 cells under 5 headings" in more.why
    assert sighting_of(blank)["id"] == "2"
    assert sighting_of(fewer)["id"] == "3"


def test_headings_within_the_table_are_left_out() -> None:
    _, again, _ = rows_of(
        b"Case,Actor,Date,Country\n1,G,01/03/2024,Mali\nCase,Actor,Date,Country\n2,G,01/03/2024,Mali\n"
    )

    assert isinstance(again, Skipped)


def test_a_lost_quote_costs_one_row() -> None:
    broken, whole = rows_of(b'Case,Actor,Date,Country\n1,"G,01/03/2024,Mali\n2,G,01/03/2024,Mali\n')

    assert isinstance(broken, Malformed)
    assert "quoted field does not end" in broken.why
    assert sighting_of(whole)["id"] == "2"


def test_the_cells_of_a_workbook_keep_their_types(tmp_path: Path) -> None:
    table: list[list[object]] = [
        ["Case", "Actor", "Date", "Country", "Lat", "Long"],
        [1042, "JNIM", date(2024, 3, 1), "Mali", 16.27, -0.05],
    ]
    content = write_workbook(tmp_path / "b.xlsx", {"Data": table}).read_bytes()
    (row,) = rows_of(content, f"{MAP}latitude: Lat\nlongitude: Long\n")

    assert sighting_of(row) == {
        "source": "desk", "id": "1042", "group": "JNIM", "occurred": "2024-03-01", "country": "Mali",
        "latitude": 16.27, "longitude": -0.05,
    }  # fmt: skip


def mistakes(content: bytes) -> str:
    with pytest.raises(MappingError) as caught:
        rows_of(content)
    return str(caught.value)


def test_missing_columns_are_reported_together_with_the_nearest_headings() -> None:
    message = mistakes(b"Case,Actors,Day,Country\n1,G,01/03/2024,Mali\n")

    assert "columns.yaml:3: group: the table has no column 'Actor'; did you mean 'Actors'?" in message
    assert "columns.yaml:4: occurred: the table has no column 'Date'" in message


def test_a_missing_column_lists_the_first_headings_of_a_wide_table() -> None:
    message = mistakes(",".join(f"c{number}" + "x" * 100 for number in range(1000)).encode() + b"\n1\n")

    assert "c49xx" in message
    assert "and 950 more" in message
    assert "c50xx" not in message
    assert "x" * 61 not in message


def test_a_repeated_heading_is_reported() -> None:
    assert "2 columns have the heading 'Date': rename one" in mistakes(b"Case,Actor,Date,Date,Country\n")


def test_headings_below_a_title_are_found_and_the_remedy_is_given() -> None:
    message = mistakes(b"Incidents of 2024,,,\n\nCase,Actor,Date,Country\n1,G,01/03/2024,Mali\n")

    assert "row 3 has these headings: write `header: 3` in the mapping" in message


def test_one_column_may_hold_the_whole_point() -> None:
    row = sighting_of(one("GPS", "13,5; 2,1".replace(";", "|"), "point: GPS\n"))

    assert (row["latitude"], row["longitude"]) == (13.5, 2.1)


def test_blank_cells_are_reported_by_heading_with_all_other_problems() -> None:
    (row,) = rows_of(b"Case;Actor;Date;Country\n7;;31/02/2024;Malli\n")

    assert isinstance(row, Malformed)
    assert "Actor: it is blank, and the group is needed" in row.why
    assert "Date: '31/02/2024' is not a day" in row.why
    assert '"Malli" is not a country\'s name' in row.why
    assert "Mali (ML)" in row.why


def test_a_half_readable_point_is_reported_once() -> None:
    row = one("Lat;Long", "abc;2", "latitude: Lat\nlongitude: Long\n")

    assert isinstance(row, Malformed)
    assert row.why == "Lat: 'abc' is not a number of degrees such as 12.65 or 12,65"


@each_row("total", ["Total", "TOTAL :", "Summe", "المجموع", "Total général"])
def test_a_row_of_totals_is_left_out(total: str) -> None:
    rows = rows_of(f"Case;Actor;Date;Country\n7;JNIM;01/03/2024;Mali\n{total};;1;\n".encode())

    assert [type(row) for row in rows] == [Imported, Skipped]


def test_hashtags_that_describe_the_columns_are_left_out() -> None:
    rows = rows_of(b"Case;Actor;Date;Country\n#event+id;#group +name;#date+occurred;#country\n7;JNIM;01/03/2024;Mali\n")

    assert [type(row) for row in rows] == [Skipped, Imported]


@each_row("nobody", ["unknown", "Unidentified armed group", "Don't know", "inconnu", "Civilians (Mali)"])
def test_a_row_that_names_no_group_is_left_out_with_the_reason(nobody: str) -> None:
    (row,) = rows_of(f"Case;Actor;Date;Country\n7;{nobody};01/03/2024;Mali\n".encode())

    assert isinstance(row, Skipped)
    assert row.why in {"it names an unknown group", "it names civilians"}


@each_row(("written", "grade"), [("b2", "B2"), ("B-2", "B2"), ("b / 2", "B2"), ("G9", "G9")])
def test_a_grade_is_read_as_people_write_it(written: str, grade: str) -> None:
    assert sighting_of(one("Trust", written, "grade: Trust\n"))["grade"] == grade
