"""Workbooks of Excel and LibreOffice: .xlsx, .xlsb, .xls and .ods, as python-calamine reads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from typing import BinaryIO

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum

_SIGNATURES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
"""How a ZIP begins, which newer workbooks are, and how the container of older and of encrypted ones does."""


class WorkbookError(ValueError):
    """A workbook cannot be read. The message says why, and what to do."""


def is_workbook(file: BinaryIO) -> bool:
    """Whether a seekable file begins as a workbook does, whatever its name."""
    file.seek(0)
    return file.read(8).startswith(_SIGNATURES)


Rows = Iterator[tuple[int, Sequence[str | float | bool | date | datetime | time | timedelta]]]


def sheet_rows(file: BinaryIO, name: str | None) -> tuple[str, Rows]:
    """Return in words which sheet is read, and its rows with their numbers; no name means the first that is not empty.

    A cell with a formula has the value that was saved with it; one with an error such as #N/A is blank. The whole
    sheet is held in memory. Raises WorkbookError.
    """
    file.seek(0)
    try:
        workbook = CalamineWorkbook.from_filelike(file)
        sheet = _sheet(workbook, name)
    except PasswordError as error:
        raise WorkbookError("the workbook is protected by a password: save it without one") from error
    except (CalamineError, OSError) as error:
        raise WorkbookError(f"it begins as a workbook does, and cannot be read as one: {error}") from error
    others = len(_sheets(workbook)) - 1
    said = f"a workbook, sheet {sheet.name!r}" + (f" (of {others + 1}; `sheet:` names another)" if others else "")
    return said, enumerate(sheet.iter_rows(), start=1)


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
    for one in names:
        sheet = workbook.get_sheet_by_name(one)
        if sheet.start is not None and any(cell != "" for row in sheet.iter_rows() for cell in row):
            return sheet
    raise WorkbookError("every sheet of the workbook is empty")
