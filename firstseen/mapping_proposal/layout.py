"""Finds the table in a user's file: its sheet, and the row of its headings below titles."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from firstseen.importers.cells import as_text
from firstseen.importers.headings import columns_by_heading
from firstseen.importers.tables import Layout, TableRow
from firstseen.publishing.sightings_file import FileError, open_table

_ENCODINGS = ("windows-1251", "windows-1256")
_ENOUGH = 3
"""A row with this many usual headings is the row of headings."""


@dataclass(frozen=True, slots=True, order=True)
class _Candidate:
    known: int
    """How many of its cells are usual headings."""
    cells: int


def layout_of(path: str) -> Layout:
    """Return the sheet and the row of the headings, each only if it differs from the default.

    If the encoding is uncertain, several are tried; the one with the most usual headings is chosen. Raises FileError.
    """
    try:
        best, chosen, others = _look(path, Layout())
    except FileError:
        found = [attempt for name in _ENCODINGS for attempt in _tried(path, Layout(encoding=name))]
        best, chosen = max(found, key=lambda pair: pair[0], default=(_Candidate(0, 0), Layout()))
        if best.known >= _ENOUGH:
            return chosen
        raise
    if best.known < _ENOUGH:
        for sheet in others:
            for found_here, layout in _tried(path, Layout(sheet=sheet)):
                if found_here > best:
                    best, chosen = found_here, layout
    return chosen


def _tried(path: str, layout: Layout) -> Iterator[tuple[_Candidate, Layout]]:
    with suppress(FileError):  # an empty sheet, or bytes that the encoding does not know
        best, chosen, _ = _look(path, layout)
        yield best, chosen


def _look(path: str, layout: Layout) -> tuple[_Candidate, Layout, list[str]]:
    """Return the rank of the best headings, the layout with their row, and the other sheets."""
    with open_table(path, layout) as table:
        best, header = _headings(table.headings, table.header, table.beginning)
        return best, replace(layout, header=header), [sheet for sheet in table.sheets if sheet != table.sheet]


def _headings(first: tuple[str, ...], line: int, rows: tuple[TableRow, ...]) -> tuple[_Candidate, int | None]:
    """Return the rank of the best row of headings and its line; None for the first row."""
    best, header = _candidate(first), None
    if best.known >= _ENOUGH:
        return best, None
    for row in rows:
        if isinstance(row.cells, str) or row.line == line:
            continue
        found = _candidate(tuple(" ".join(as_text(cell).split()) for cell in row.cells))
        if found.known >= _ENOUGH and found.known > best.known:
            best, header = found, row.line
    return best, header


def _candidate(cells: tuple[str, ...]) -> _Candidate:
    # Titles and sentences may contain words of headings, but are longer.
    headings = [cell if len(cell) <= 60 else "" for cell in cells]
    return _Candidate(len(columns_by_heading(headings)), sum(map(bool, cells)))
