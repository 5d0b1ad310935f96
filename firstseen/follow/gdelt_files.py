"""Names and contents of GDELT 2.0's 15-minute files. Pure: :mod:`firstseen.follow.gdelt` downloads them.

``lastupdate.txt`` names the newest files with size and MD5. The names of older files follow from their time, every 15
minutes, so that catching up does not need the publisher's full list of over 100 MB.
"""

from __future__ import annotations

import hashlib
import io
import lzma
import re
import zipfile
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

STEP = timedelta(minutes=15)
FIRST_FILE = datetime(2015, 2, 18, 23, 0, tzinfo=UTC)
"""GDELT 2.0 has no earlier files."""
LARGEST_TABLE_BYTES = 256 * 2**20
_STAMP = "%Y%m%d%H%M%S"
_LINE = re.compile(r"([0-9]{1,12}) ([0-9a-fA-F]{32}) \S*?([0-9]{14})\.export\.CSV\.zip")

_DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, NotImplementedError, RuntimeError)
"""Raised for a damaged archive, depending on how it is compressed; OSError by bzip2."""


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest file of events."""

    at: datetime
    """The time in its name, UTC."""
    md5: str
    """In hex, lower case."""


@dataclass(frozen=True, slots=True)
class CatchUp:
    """The files to read, oldest first."""

    files: tuple[datetime, ...]
    skipped: int
    """How many older files are not read."""


def parse_lastupdate(text: str) -> Newest:
    """Parse ``lastupdate.txt``. Raises ValueError if it names no file of events."""
    for line in text.splitlines():
        if found := _LINE.fullmatch(line.strip()):
            return Newest(parse_stamp(found[3]), found[2].lower())
    raise ValueError("it names no file that ends in .export.CSV.zip")


def parse_stamp(text: str) -> datetime:
    """Parse the time in a file name, UTC. Raises ValueError."""
    return datetime.strptime(text, _STAMP).replace(tzinfo=UTC)


def stamp_of(at: datetime) -> str:
    """Return a time as file names have it."""
    return at.strftime(_STAMP)


def name_of(at: datetime) -> str:
    """Return the name of the file of events for a time."""
    return f"{stamp_of(at)}.export.CSV.zip"


def to_catch_up(cursor: str | None, newest: datetime, most: timedelta) -> CatchUp:
    """Return the files after ``cursor`` up to and including the newest, limited to the period ``most``.

    Without a cursor, return the files of ``most``, at least the newest. Raises ValueError if ``cursor`` is not a time.
    """
    allowed = max(1, min(most, newest - FIRST_FILE) // STEP)
    waiting = max(0, (newest - parse_stamp(cursor)) // STEP) if cursor else allowed
    count = min(waiting, allowed)
    return CatchUp(tuple(newest - STEP * back for back in reversed(range(count))), waiting - count)


def unpack(body: bytes, md5: str | None) -> bytes:
    """Return the only table in a zip file. The MD5 is known for the newest file only.

    Raises ValueError for a wrong MD5, a truncated or damaged archive, and more or less than one file in it.
    """
    if md5 is not None and hashlib.md5(body, usedforsecurity=False).hexdigest() != md5:
        raise ValueError("its MD5 differs from the one in lastupdate.txt")
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            names = archive.namelist()
            if len(names) != 1:
                raise ValueError(f"the archive holds {len(names)} files, not one")
            with archive.open(names[0]) as file:
                table = file.read(LARGEST_TABLE_BYTES + 1)
    except _DAMAGED as error:
        raise ValueError("the archive is truncated or damaged") from error
    if len(table) > LARGEST_TABLE_BYTES:
        raise ValueError(f"the table in it is larger than {LARGEST_TABLE_BYTES // 2**20} MiB")
    return table
