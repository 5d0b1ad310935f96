"""Reading cells, and rejecting ambiguous ones."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from firstseen.importers.cells import (
    CellError,
    as_days,
    as_degrees,
    as_id,
    as_instant,
    as_point,
    as_text,
    as_whole_number,
    as_yes_or_no,
    checked_text,
)
from firstseen.importers.tables import Cell
from tests.support.tables import each_row

DAY_FIRST = ("%d/%m/%Y",)


@each_row(
    ("cell", "text"),
    [
        (" a ", "a"), (1042.0, "1042"), (12.5, "12.5"), (True, "TRUE"), (date(2024, 3, 1), "2024-03-01"),
        (datetime(2024, 3, 1), "2024-03-01"), (datetime(2024, 3, 1, 14, 30), "2024-03-01T14:30:00"),
        (time(14, 30), "14:30:00"),
    ],
)  # fmt: skip
def test_a_cell_is_written_as_its_reader_sees_it(cell: Cell, text: str) -> None:
    assert as_text(cell) == text


@each_row(("cell", "written"), [(1042.0, "1042"), ("1042.0", "1042"), ("A-1.0", "A-1.0"), ("007", "007")])
def test_an_id_that_is_a_number_has_no_decimal_point(cell: Cell, written: str) -> None:
    assert as_id(cell) == written


@each_row("cell", ["1.23457E+15", "1,23457E+15", 1234567890123456.0])
def test_an_id_that_excel_has_rounded_is_rejected(cell: Cell) -> None:
    with pytest.raises(CellError, match="has lost digits"):
        as_id(cell)


@each_row(
    ("cell", "formats", "days"),
    [
        ("01/03/2024", DAY_FIRST, "2024-03-01"),
        ("1/3/2024", DAY_FIRST, "2024-03-01"),
        ("2024-03-01", DAY_FIRST, "2024-03-01"),
        (date(2024, 3, 1), DAY_FIRST, "2024-03-01"),
        (datetime(2024, 3, 1, 23, 30), (), "2024-03-01T23:30:00"),
        ("2024-03", (), "2024-03"),
        (2024.0, (), "2024"),
        ("2024", (), "2024"),
        ("03/2024", ("%m/%Y",), "2024-03"),
        ("2024", ("%d/%m/%Y", "%Y"), "2024"),
        ("3 March 2024", ("%d/%m/%Y", "%d %B %Y"), "2024-03-03"),
        ("01/03/2024 23:30 +0500", ("%d/%m/%Y %H:%M %z",), "2024-03-01T23:30:00+05:00"),
        ("٠١/٠٣/٢٠٢٤", DAY_FIRST, "2024-03-01"),
        ("01/03/24", ("%d/%m/%y",), "2024-03-01"),
        ("05/05/2024", ("%d/%m/%Y", "%m/%d/%Y"), "2024-05-05"),
    ],
)
def test_days_are_read_by_their_format_or_as_iso_8601(cell: Cell, formats: tuple[str, ...], days: str) -> None:
    assert as_days(cell, formats) == days


@each_row(
    ("cell", "formats", "message"),
    [
        ("45352", DAY_FIRST, r"\(2024-03-01\): give the column the format Date"),
        (45352.0, (), r"\(2024-03-01\)"),
        ("00/00/0000", DAY_FIRST, "is not a date: leave the cell blank"),
        ("0000-00-00 00:00:00", (), "is not a date: leave the cell blank"),
        ("01/03/24", DAY_FIRST, "a year of two digits"),
        ("1.3.24", (), "a year of two digits"),
        ("31/02/2024", DAY_FIRST, 'not a day in the format "%d/%m/%Y"$'),
        ("03/25/2024", DAY_FIRST, 'it is one in "%m/%d/%Y"'),
        ("03/04/2024", ("%d/%m/%Y", "%m/%d/%Y"), "is 2024-03-04 or 2024-04-03"),
        ("03/04/2024", (), "name the format in the mapping"),
        ("March", (), "name the format in the mapping"),
        (time(3, 4), (), "not a date"),
        (True, (), "not a date"),
        (12.5, (), "a number, not a date"),
        ("#VALUE!", DAY_FIRST, "Excel's error #VALUE!"),
        ("########", DAY_FIRST, "Excel's error"),
    ],
)
def test_an_ambiguous_day_is_rejected(cell: Cell, formats: tuple[str, ...], message: str) -> None:
    with pytest.raises(CellError, match=message):
        as_days(cell, formats)


def test_a_report_has_a_time() -> None:
    assert as_instant("2024-03-01T12:00Z", ()) == "2024-03-01T12:00Z"
    assert as_instant("01/03/2024 12:00", ("%d/%m/%Y %H:%M",)) == "2024-03-01T12:00:00"
    with pytest.raises(CellError):
        as_instant("noon", ())


@each_row(
    ("cell", "degrees"),
    [
        ("12.65", 12.65), ("12,65", 12.65), (12.65, 12.65), ("-8,0", -8.0), ("\u22128.5", -8.5), ("8.5 W", -8.5),
        ("S 8.5", -8.5), ("12°30'N", 12.5), ("12° 30' 36\" S", -12.51), ("12\u00b030\u203236\u2033", 12.51), ("8.5°", 8.5),
        ("٣٥٫٥", 35.5),
    ],
)  # fmt: skip
def test_degrees_are_read_as_people_write_them(cell: Cell, degrees: float) -> None:
    assert as_degrees(cell) == pytest.approx(degrees)


@each_row("cell", ["12.345.678", "1,234.5", "north", "12;5", "nan", "inf", "1e2", "N 12 S", "8 O", True])
def test_an_ambiguous_number_of_degrees_is_rejected(cell: Cell) -> None:
    with pytest.raises(CellError):
        as_degrees(cell)


def test_yes_and_no_are_read_in_the_words_of_spreadsheets() -> None:
    assert [as_yes_or_no(cell) for cell in (True, "VRAI", "x", "да", 1.0)] == [True] * 5
    assert [as_yes_or_no(cell) for cell in (False, "FALSCH", "no", 0.0)] == [False] * 4
    with pytest.raises(CellError, match="neither yes nor no"):
        as_yes_or_no("perhaps")


def test_a_revision_is_a_whole_number() -> None:
    assert (as_whole_number("2"), as_whole_number(3.0)) == (2, 3)
    for wrong in ("2.5", "two", "-1", "²"):
        with pytest.raises(CellError):
            as_whole_number(wrong)


@each_row("text", ["#N/A", "#REF!", "#NAME?", "#DIV/0!", "#NV", "#VALEUR!"])
def test_an_error_of_excel_is_no_text(text: str) -> None:
    with pytest.raises(CellError, match="Excel's error"):
        checked_text(text)
    assert checked_text("#1") == "#1"


def test_an_iso_day_does_not_pass_where_the_format_has_the_day_before_the_month() -> None:
    assert as_days("2024-13-12", ("%Y-%d-%m",)) == "2024-12-13"
    with pytest.raises(CellError):
        as_days("2024-12-13", ("%Y-%d-%m",))


@each_row(
    ("text", "point"),
    [
        ("13.5, 2.1", (13.5, 2.1)),
        ("13.5,-2.1", (13.5, -2.1)),
        ("(13.5 2.1)", (13.5, 2.1)),
        ("13,5; 2,1", (13.5, 2.1)),
        ("13,5 -2,1", (13.5, -2.1)),
        ("13,5, 2,1", (13.5, 2.1)),
        ("-1.75 41.49 12 4.5", (-1.75, 41.49)),
        ("14°30'N 0°30'E", (14.5, 0.5)),
        ("0°30'E, 14°30'N", (14.5, 0.5)),
        ("15.69/43.60", (15.69, 43.6)),
        ("POINT(2.1 13.5)", (13.5, 2.1)),
        ("POINT Z (2.1 13.5 260)", (13.5, 2.1)),
    ],
)
def test_a_point_in_one_cell(text: str, point: tuple[float, float]) -> None:
    assert as_point(text) == pytest.approx(point)


@each_row("text", ["13.5", "13,5", "13,5,2,1", "Gao", "near 13.5, 2.1", "13.5, 2.1, 7", "33P 432651 1492516"])
def test_an_invalid_point_is_rejected(text: str) -> None:
    with pytest.raises(CellError):
        as_point(text)


@each_row(
    ("text", "format_"),
    [
        ("20 novembre 2026", "%d %B %Y"),
        ("20 de noviembre de 2026", "%d %B %Y"),
        ("20 nov. 2026", "%d %b %Y"),
        ("20. November 2026", "%d %B %Y"),
        ("20. November 2026", "%d. %B %Y"),
        ("20 ноября 2026 г.", "%d %B %Y"),
        ("20 تشرين الثاني 2026", "%d %B %Y"),
        ("٢٠ نوفمبر ٢٠٢٦", "%d %B %Y"),
        ("November 20th, 2026", "%B %d, %Y"),
        ("20-nov-26", "%d-%b-%y"),
    ],
)
def test_months_may_be_named_in_other_languages(text: str, format_: str) -> None:
    assert as_days(text, (format_,)) == "2026-11-20"


@each_row(
    ("text", "days"),
    [("1er août 2026", "2026-08-01"), ("3. März 2026", "2026-03-03"), ("1º de março de 2026", "2026-03-01")],
)
def test_the_first_day_and_accents_of_months_are_understood(text: str, days: str) -> None:
    assert as_days(text, ("%d %B %Y",)) == days


def test_a_month_alone_in_another_language_is_a_month() -> None:
    assert as_days("décembre 2025", ("%B %Y",)) == "2025-12"


def test_an_iso_time_is_read_beside_a_format() -> None:
    assert as_days("2026-11-20T00:00:00.000Z", ("%d-%b-%Y",)).startswith("2026-11-20")
