"""Writes the rejected rows of a table to a file with the same columns and the reason, to correct and publish again.

Comes from :mod:`firstseen.publishing.row_checks`; the file goes back through ``firstseen sightings publish`` with
the same mapping.
"""

from __future__ import annotations

import codecs
import csv
import io
from pathlib import Path
from typing import BinaryIO, Self

from firstseen.importers.own_tables import WHY_COLUMN, written_row
from firstseen.importers.tables import Table
from firstseen.publishing.row_checks import CheckedRow
from firstseen.publishing.sightings_file import STANDARD_INPUT, FileError, require_place


class RejectedRowsFile:
    """Creates a file when the first row is rejected; use it as a context manager.

    The cells are unchanged, so the same mapping reads the file again; a byte order mark makes Excel read it as UTF-8.
    The reason is the first column, because a row can have more cells than there are headings.
    """

    def __init__(self, given: Path | None, inputs: list[str]) -> None:
        """``given`` None: a new file in the current folder for each table."""
        if given and any(given.resolve() == Path(path).resolve() for path in inputs if path != STANDARD_INPUT):
            raise FileError(f"{given} is one of the input files: name another file for the rejected rows")
        if given:
            require_place(given)
        self._given = given
        self._path = ""
        self._table: Table | None = None
        self._file: BinaryIO | None = None
        self.written: list[Path] = []
        """The files that were created."""

    def __enter__(self) -> Self:
        """Return the writer."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._close()

    def _close(self) -> None:
        if self._file:
            self._file.close()
        self._file = None

    def opened(self, path: str, table: Table) -> None:
        """Set the table of the next rows. Raises FileError if its columns differ from those of the file."""
        previous, self._path, self._table = self._table, path, table
        if self._given is None:
            self._close()
        elif previous and (previous.headings, previous.separator) != (table.headings, table.separator):
            raise FileError(f"{path} has other columns than the previous table: publish the tables one at a time")

    def write(self, checked: CheckedRow) -> None:
        """Write a rejected row of that table; without a table do nothing. Raises FileError."""
        if self._table is None:
            return
        file = self._file or self._create(self._table)
        file.write(_line(self._table, f"line {checked.line}: {checked.sentence}", checked.row.raw))

    def _create(self, table: Table) -> BinaryIO:
        path = self._given or _free_name(self._path)
        try:
            file = self._file = path.open("wb")
        except OSError as error:
            raise FileError(f"{path} cannot be written: {error.strerror}") from error
        self.written.append(path)
        blank = table.separator.encode() + b"\r\n"
        headings = _line(table, WHY_COLUMN, written_row(table.headings, table.separator))
        file.write(codecs.BOM_UTF8 + blank * table.lines_above + headings)
        return file


def _line(table: Table, why: str, raw: bytes) -> bytes:
    row = _without_reason(raw, table.separator) if table.headings[:1] == (WHY_COLUMN,) else raw
    return written_row([why], table.separator) + table.separator.encode() + row + b"\r\n"


def _without_reason(raw: bytes, separator: str) -> bytes:
    """Remove the reason of an earlier rejection."""
    text = raw.decode(errors="surrogateescape")
    try:
        cells = next(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True), [])
    except csv.Error:
        return raw
    return written_row(cells[1:], separator)


def _free_name(path: str) -> Path:
    stem = "standard-input" if path == STANDARD_INPUT else Path(path).stem.removesuffix(".rejected")
    names = (Path(f"{stem}.rejected{number}.csv") for number in ("", *(f"-{suffix}" for suffix in range(2, 1000))))
    return next(name for name in names if not name.exists())
