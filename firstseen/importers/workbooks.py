"""Reads workbooks of Excel and LibreOffice (.xlsx, .xlsb, .xls, .ods) with python-calamine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from typing import BinaryIO

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum

from firstseen.importers.workbook_size import WorkbookError, require_bounded

_SIGNATURES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
"""First bytes of a ZIP file (newer workbooks) and of the container of older or encrypted workbooks."""


def is_workbook(file: BinaryIO) -> bool:
    """Whether a seekable file starts like a workbook, whatever its name."""
    file.seek(0)
    return file.read(8).startswith(_SIGNATURES)


_Cell = str | float | bool | date | datetime | time | timedelta
_Cells = Sequence[_Cell]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook."""

    name: str
    all: tuple[str, ...]
    """The names of all sheets of its workbook."""
    description: str
    """The sheet in words."""
    rows: Iterator[tuple[int, _Cells]]
    """Its rows with their numbers, from 1."""


def read_sheet(file: BinaryIO, name: str | None) -> Sheet:
    """Read a sheet by its name; without a name, the first sheet that is not empty.

    A cell with a formula has its saved value; a cell with an error such as #N/A is blank. Cells merged over several
    rows have the same value in each of them. The whole sheet is held in memory. Raises WorkbookError.
    """
    require_bounded(file)
    file.seek(0)
    try:
        workbook = CalamineWorkbook.from_filelike(file)
        sheet = _sheet(workbook, name)
    except PasswordError as error:
        raise WorkbookError("the workbook is protected by a password: save it without one") from error
    except (CalamineError, OSError) as error:
        raise WorkbookError(f"it starts like a workbook but cannot be read as one: {error}") from error
    names = tuple(_sheets(workbook))
    others = f" (of {len(names)}; `sheet:` names another)" if len(names) > 1 else ""
    rows = enumerate(_merged_down(sheet), start=1)
    return Sheet(sheet.name, names, f"a workbook, sheet {sheet.name!r}{others}", rows)


def _merged_down(sheet: CalamineSheet) -> Iterator[_Cells]:
    """Yield the rows; merged cells have their value in the first cell of each of their rows."""
    begin: dict[int, list[tuple[int, int]]] = {}
    for (top, left), (bottom, _) in sheet.merged_cell_ranges or ():
        if bottom > top:
            begin.setdefault(top, []).append((left, bottom))
    open_: dict[int, tuple[int, _Cell]] = {}
    """By column, the last row of the merged range at this row, and its value."""
    for at, row in enumerate(sheet.iter_rows()):
        cells: list[_Cell] = list(row)
        open_ |= {left: (bottom, cells[left]) for left, bottom in begin.get(at, ()) if left < len(cells)}
        open_ = {left: (bottom, value) for left, (bottom, value) in open_.items() if bottom >= at}
        for left, (_, value) in open_.items():
            if cells[left] == "":
                cells[left] = value
        yield cells


def _sheets(workbook: CalamineWorkbook) -> list[str]:
    return [sheet.name for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]


def _sheet(workbook: CalamineWorkbook, name: str | None) -> CalamineSheet:
    names = _sheets(workbook)
    if name is not None:
        if name not in names:
            near = get_close_matches(name, names, n=1)
            meant = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(map(repr, names))}"
            raise WorkbookError(f"there is no sheet {name!r}: {meant}")
        return workbook.get_sheet_by_name(name)
    for candidate in names:
        sheet = workbook.get_sheet_by_name(candidate)
        if sheet.start is not None and any(cell != "" for row in sheet.iter_rows() for cell in row):
            return sheet
    raise WorkbookError("every sheet of the workbook is empty")
