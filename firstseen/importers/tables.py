"""A table as somebody has it: headings and rows of cells, of a text with separators or of a workbook."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from typing import BinaryIO

from firstseen.importers.csv_records import CsvRecord, separated_records
from firstseen.importers.text_files import TextError, describe, text_lines
from firstseen.importers.workbooks import WorkbookError, is_workbook, read_sheet

Cell = str | float | bool | date | datetime | time | timedelta
"""A cell of a text is text; a workbook knows types."""

_ROWS_TO_SEARCH = 20


class TableError(ValueError):
    """A file is no table that can be read. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the table lies in its file. None: it is found."""

    sheet: str | None = None
    header: int | None = None
    """Physical line, or row of the sheet, that holds the headings; the first is 1."""
    encoding: str | None = None
    separator: str | None = None


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: its cells, or ``cells`` as a sentence that says why it has none."""

    line: int
    """Physical line on which it begins, or its number in the sheet; the first is 1."""
    cells: tuple[Cell, ...] | str
    raw: bytes
    """The line as it is, of a row that has no cells."""


@dataclass(frozen=True, slots=True)
class Table:
    """Headings, and the rows below them that are not blank."""

    said: str
    """How it was read, for whoever sent it."""
    separator: str
    """What separates its columns, or would in a text."""
    lines_above: int
    """How many lines must stand above the headings, because the layout names theirs."""
    headings: tuple[str, ...]
    rows: Iterator[TableRow]
    beginning: tuple[TableRow, ...] = ()
    """The first rows below the headings; they come with ``rows`` too."""
    header: int = 0
    """Line or row of the headings."""
    sheet: str | None = None
    """The sheet of the workbook. None: it is a text."""
    sheets: tuple[str, ...] = ()
    """All sheets of the workbook."""


def read_table(file: BinaryIO, layout: Layout) -> Table:
    """Find the headings of a seekable file, and return them with the rows below, which are read as they are asked for.

    Raises TableError.
    """
    try:
        if is_workbook(file):
            sheet = read_sheet(file, layout.sheet)
            rows = (TableRow(number, tuple(cells), b"") for number, cells in sheet.rows)
            below = filter(_is_not_blank, rows)
            table = Table(sheet.said, layout.separator or ",", 0, (), below, sheet=sheet.name, sheets=sheet.all)
        else:
            text = describe(file, layout.encoding, layout.separator)
            lines = text_lines(file, text.encoding)
            records = separated_records(lines, text.separator)
            rows = (_row(record) for record in records if record.line >= text.first_line)
            table = Table(text.said, text.separator, 0, (), filter(_is_not_blank, rows))
    except (TextError, WorkbookError) as error:
        raise TableError(str(error)) from error
    return _below_headings(table, layout.header)


def _row(record: CsvRecord) -> TableRow:
    return TableRow(record.line, record.fields if isinstance(record.fields, str) else tuple(record.fields), record.raw)


def _is_not_blank(row: TableRow) -> bool:
    return isinstance(row.cells, str) or any(cell.strip() if isinstance(cell, str) else True for cell in row.cells)


def _below_headings(table: Table, header: int | None) -> Table:
    for row in table.rows:
        if header is None or row.line == header:
            break
        if row.line > header:
            raise TableError(f"row {header} is blank, and the mapping says that it holds the headings")
    else:
        raise TableError("it holds no table: no row that is not blank" if header is None else f"it has no row {header}")
    if isinstance(row.cells, str):
        raise TableError(f"the headings in line {row.line} cannot be read: {row.cells}")
    headings = tuple(" ".join(str(cell).split()) for cell in row.cells)
    while headings and not headings[-1]:
        headings = headings[:-1]
    first = list(islice(table.rows, _ROWS_TO_SEARCH))
    said = f"{table.said}, {len(headings)} columns"
    return replace(
        table, said=said, lines_above=header - 1 if header else 0, headings=headings, beginning=tuple(first),
        header=row.line, rows=chain(first, table.rows),
    )  # fmt: skip
