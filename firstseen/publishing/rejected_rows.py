"""The rows of a table that are refused, in a file of the same columns and why: to be mended and published again."""

from __future__ import annotations

import codecs
import csv
import io
from pathlib import Path
from typing import BinaryIO, Self

from firstseen.importers.own_tables import WHY_COLUMN, written_row
from firstseen.importers.tables import Table
from firstseen.publishing.checks import CheckedRow
from firstseen.publishing.sightings_file import STANDARD_INPUT, FileError


class RejectedRows:
    """Writes a file when the first row is refused, and not before; use it as a context.

    The cells are as they were, so that the same mapping reads the file again; Excel opens it as UTF-8. The reason comes
    first, for a row may have more cells than there are headings.
    """

    def __init__(self, given: Path | None, inputs: list[str]) -> None:
        """``given`` None: for each table a file in the current folder, whose name is not taken."""
        if given and any(given.resolve() == Path(one).resolve() for one in inputs if one != STANDARD_INPUT):
            raise FileError(f"{given} is one of the files that are read: name another for the refused rows")
        self._given = given
        self._path = ""
        self._table: Table | None = None
        self._file: BinaryIO | None = None
        self.written: list[Path] = []
        """The files that there are."""

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the file."""
        self._close()

    def _close(self) -> None:
        if self._file:
            self._file.close()
        self._file = None

    def opened(self, path: str, table: Table) -> None:
        """Take note of the table whose rows come next. Raises FileError when its rows do not fit the file."""
        before, self._path, self._table = self._table, path, table
        if self._given is None:
            self._close()
        elif before and (before.headings, before.separator) != (table.headings, table.separator):
            raise FileError(f"{path} has other columns than the table before it: publish them one by one")

    def write(self, checked: CheckedRow) -> None:
        """Write a refused row of that table; what is of no table is passed over. Raises FileError."""
        if self._table is None:
            return
        file = self._file or self._begin(self._table)
        file.write(_line(self._table, f"line {checked.line}: {checked.sentence}", checked.row.raw))

    def _begin(self, table: Table) -> BinaryIO:
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
    row = _without_first(raw, table.separator) if table.headings[:1] == (WHY_COLUMN,) else raw
    return written_row([why], table.separator) + table.separator.encode() + row + b"\r\n"


def _without_first(raw: bytes, separator: str) -> bytes:
    """Leave out the reason for which a row was refused before."""
    text = raw.decode(errors="surrogateescape")
    try:
        cells = next(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True), [])
    except csv.Error:
        return raw
    return written_row(cells[1:], separator)


def _free_name(path: str) -> Path:
    stem = "standard-input" if path == STANDARD_INPUT else Path(path).stem.removesuffix(".rejected")
    names = (Path(f"{stem}.rejected{number}.csv") for number in ("", *(f"-{one}" for one in range(2, 1000))))
    return next(name for name in names if not name.exists())
