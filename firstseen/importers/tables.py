"""Reads a user's table, a separated text or a workbook: headings and rows of cells."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from typing import BinaryIO

from firstseen.importers.csv_records import CsvRecord, long_cell, separated_records
from firstseen.importers.recognition import HEAD_BYTES, not_a_table
from firstseen.importers.text_files import TextError, describe, text_lines
from firstseen.importers.workbook_size import WorkbookError
from firstseen.importers.workbooks import is_workbook, read_sheet
from schemas.labels import counted

Cell = str | float | bool | date | datetime | time | timedelta
"""A cell of a text is a string; a workbook has types."""

_ROWS_TO_SEARCH = 20
MOST_COLUMNS = 16_384


class TableError(ValueError):
    """A file cannot be read as a table. The message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the table is in its file. None: detect it."""

    sheet: str | None = None
    header: int | None = None
    """Physical line, or row of the sheet, with the headings; the first is 1."""
    encoding: str | None = None
    separator: str | None = None


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row: its cells, or in ``cells`` a sentence that says why it cannot be read."""

    line: int
    """Physical line on which it begins, or its number in the sheet; the first is 1."""
    cells: tuple[Cell, ...] | str
    raw: bytes
    """The unchanged line of a row without cells."""


@dataclass(frozen=True, slots=True)
class Table:
    """Headings, and the rows below them that are not blank."""

    description: str
    """How the table was read, for the user."""
    separator: str
    """The separator of its columns; for a workbook, of a text made from it."""
    lines_above: int
    """How many lines precede the headings, if the layout names their line."""
    headings: tuple[str, ...]
    rows: Iterator[TableRow]
    beginning: tuple[TableRow, ...] = ()
    """The first rows below the headings, which ``rows`` yields too."""
    header: int = 0
    """Line or row of the headings."""
    sheet: str | None = None
    """The sheet of the workbook; None for a text."""
    sheets: tuple[str, ...] = ()
    """All sheets of the workbook."""


def read_table(file: BinaryIO, layout: Layout) -> Table:
    """Return the headings of a seekable file, and the rows below, which are read lazily. Raises TableError."""
    try:
        if is_workbook(file):
            sheet = read_sheet(file, layout.sheet)
            rows = (TableRow(number, _bounded(cells), b"") for number, cells in sheet.rows)
            below = filter(_is_not_blank, rows)
            table = Table(sheet.description, layout.separator or ",", 0, (), below, sheet=sheet.name, sheets=sheet.all)
        elif problem := not_a_table(_head(file)):
            raise TableError(problem)
        else:
            text = describe(file, layout.encoding, layout.separator)
            lines = text_lines(file, text.encoding)
            records = separated_records(lines, text.separator)
            rows = (_row(record) for record in records if record.line >= text.first_line)
            table = Table(text.description, text.separator, 0, (), filter(_is_not_blank, rows))
    except (TextError, WorkbookError) as error:
        raise TableError(str(error)) from error
    return _below_headings(table, layout.header)


def _head(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read(HEAD_BYTES)


def _bounded(cells: Sequence[Cell]) -> tuple[Cell, ...] | str:
    """Return the cells of a workbook's row within the limit that cells of a text have."""
    is_long = any(isinstance(cell, str) and len(cell) > csv.field_size_limit() for cell in cells)
    return long_cell() if is_long else tuple(cells)


def _row(record: CsvRecord) -> TableRow:
    return TableRow(record.line, record.fields if isinstance(record.fields, str) else tuple(record.fields), record.raw)


def _is_not_blank(row: TableRow) -> bool:
    return isinstance(row.cells, str) or any(cell.strip() if isinstance(cell, str) else True for cell in row.cells)


def _below_headings(table: Table, header: int | None) -> Table:
    for row in table.rows:
        if header is None or row.line == header:
            break
        if row.line > header:
            raise TableError(f"row {header} is blank, but the mapping names it as the row of headings")
    else:
        raise TableError("it has no table: all its rows are blank" if header is None else f"it has no row {header}")
    if isinstance(row.cells, str):
        raise TableError(f"the headings in line {row.line} cannot be read: {row.cells}")
    headings = tuple(" ".join(str(cell).split()) for cell in row.cells)
    while headings and not headings[-1]:
        headings = headings[:-1]
    if len(headings) > MOST_COLUMNS:
        raise TableError(f"it has {len(headings):,} columns; the limit is {MOST_COLUMNS:,}, as in Excel")
    first = list(islice(table.rows, _ROWS_TO_SEARCH))
    description = f"{table.description}, {counted(len(headings), 'column')}"
    return replace(
        table, description=description, lines_above=header - 1 if header else 0, headings=headings,
        beginning=tuple(first), header=row.line, rows=chain(first, table.rows),
    )  # fmt: skip
