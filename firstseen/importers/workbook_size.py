"""Limits the memory that a workbook takes, before python-calamine reads it.

A workbook is a ZIP file, of which a few kilobytes can unpack to gigabytes. Calamine holds a sheet as a rectangle up to
its last cell, so that one stray cell far below the table takes all memory.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, BinaryIO

LARGEST_UNPACKED_BYTES = 512 * 2**20
MOST_CELLS = 20_000_000
"""Cells of the rectangle up to the last row and the last column of a sheet; calamine takes 32 bytes for each."""

_CHUNK_BYTES = 2**20
_LONGEST_REFERENCE = 32
_REFERENCE = re.compile(rb"\sr=[\"']([A-Za-z]{0,3})([0-9]{1,7})[\"']")
"""Of a cell, or without letters of a row. A row may leave out the references of its cells."""
_READ = (".xml", ".bin", ".rels")
_OPEN_DOCUMENT = "content.xml"
_LONGEST_TAG = 2**16
_PART_OF_TABLE = re.compile(rb"<table:(table|table-row|table-cell|covered-table-cell)(?=[\s/>])([^<]*)")
_REPEATED = re.compile(rb"\stable:number-(?:rows|columns)-repeated\s*=\s*[\"']([0-9]{1,9})[\"']")
"""Of a row or a cell of an OpenDocument. LibreOffice ends every sheet with blank ones up to its limits: not counted."""


class WorkbookError(ValueError):
    """A workbook cannot be read. The message says why and what to do."""


def require_bounded(file: BinaryIO) -> None:
    """Raise WorkbookError if a workbook takes too much memory, or its archive is damaged."""
    file.seek(0)
    if not zipfile.is_zipfile(file):
        return  # an older workbook has at most 65,536 rows and 256 columns, and is not packed
    try:
        with zipfile.ZipFile(file) as archive:
            parts = [part for part in archive.infolist() if part.filename.casefold().endswith(_READ)]
            if sum(part.file_size for part in parts) > LARGEST_UNPACKED_BYTES:
                largest = f"{LARGEST_UNPACKED_BYTES // 2**20} MiB"
                raise WorkbookError(f"the workbook unpacks to more than {largest}: save the sheet as CSV UTF-8")
            for part in parts:
                check = _check_open_document if part.filename == _OPEN_DOCUMENT else _check
                with archive.open(part) as content:  # it ends in an error after the size in the directory
                    check(content)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise WorkbookError(f"it starts like a workbook but its archive cannot be read: {error}") from error


def _check(content: IO[bytes]) -> None:
    # A sheet may have any name.
    rows = columns = 0
    for chunk in _chunks(content):
        for letters, row in _REFERENCE.findall(chunk):
            rows, columns = max(rows, int(row)), max(columns, _number(letters))
        if len(parts := chunk.split(b"<row")) > 1:
            columns = max(columns, *(cells.count(b"<c ") + cells.count(b"<c>") for cells in parts))
        _require_few(rows, columns)


def _check_open_document(content: IO[bytes]) -> None:
    above = repeated = left = columns = 0
    for chunk in _whole_tags(content):
        for name, attributes in _PART_OF_TABLE.findall(chunk):
            count = int(found[1]) if (found := _REPEATED.search(attributes)) else 1
            if name == b"table":
                above = repeated = left = columns = 0
            elif name == b"table-row":
                above, repeated, left = above + repeated, count, 0
            else:
                left += count
                if not attributes.rstrip().endswith(b"/>") or b"office:value" in attributes:
                    columns = max(columns, left)
                    _require_few(above + repeated, columns)


def _require_few(rows: int, columns: int) -> None:
    if rows * columns > MOST_CELLS:
        raise WorkbookError(
            f"a sheet has {rows:,} rows and {columns:,} columns up to its last cell; the limit is {MOST_CELLS:,} "
            "cells: delete what is outside of the table, or save the sheet as CSV UTF-8"
        )


def _whole_tags(content: IO[bytes]) -> Iterator[bytes]:
    """Yield the content in chunks that end before a tag."""
    rest = b""
    while chunk := content.read(_CHUNK_BYTES):
        text, opening, end = (rest + chunk).rpartition(b"<")
        yield text
        rest = (opening + end)[-_LONGEST_TAG:]
    yield rest


def _chunks(content: IO[bytes]) -> Iterator[bytes]:
    """Yield the content in chunks that repeat the end of the last one, where a reference may begin."""
    end = b""
    while chunk := content.read(_CHUNK_BYTES):
        yield end + chunk
        end = chunk[-_LONGEST_REFERENCE:]


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number
