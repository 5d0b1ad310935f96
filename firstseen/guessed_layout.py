"""Where the table lies in somebody's file: on which sheet, and below which lines of titles."""

from __future__ import annotations

from dataclasses import dataclass

from firstseen.feeding import FileError, open_table
from firstseen.importers.cells import as_text
from firstseen.importers.headings import columns_by_heading
from firstseen.importers.tables import Layout, TableRow

_ENOUGH = 3
"""A row of so many usual headings is the row of headings."""


@dataclass(frozen=True, slots=True, order=True)
class _Candidate:
    known: int
    """How many of its cells are usual headings."""
    cells: int


def layout_of(path: str) -> Layout:
    """Return the sheet and the row of the headings, each only where it is not the one that is read anyway.

    Raises FileError.
    """
    with open_table(path, Layout()) as table:
        first, sheets = table.sheet, table.sheets
        best, header = _headings(table.headings, table.header, table.beginning)
    if best.known >= _ENOUGH:
        return Layout(header=header)
    chosen = Layout(header=header)
    for sheet in sheets:
        if sheet == first:
            continue
        try:
            with open_table(path, Layout(sheet=sheet)) as table:
                found, row = _headings(table.headings, table.header, table.beginning)
        except FileError:  # an empty sheet
            continue
        if found > best:
            best, chosen = found, Layout(sheet=sheet, header=row)
    return chosen


def _headings(first: tuple[str, ...], line: int, rows: tuple[TableRow, ...]) -> tuple[_Candidate, int | None]:
    """Return how good the best row of headings is, and its line; None: the first row is."""
    best, header = _candidate(first), None
    if best.known >= _ENOUGH:
        return best, None
    for row in rows:
        if isinstance(row.cells, str) or row.line == line:
            continue
        found = _candidate(tuple(" ".join(as_text(cell).split()) for cell in row.cells))
        if found.known > best.known + 1 or (found.known > best.known and best.cells == 1):
            best, header = found, row.line
    return best, header


def _candidate(cells: tuple[str, ...]) -> _Candidate:
    # A title or a sentence holds the words of headings, too, and is longer.
    headings = [cell if len(cell) <= 60 else "" for cell in cells]
    return _Candidate(len(columns_by_heading(headings)), sum(map(bool, cells)))
