"""GDELT 2.0: which files of 15 minutes there are, and what is in one. Pure: :mod:`firstseen.follow.gdelt` fetches.

``lastupdate.txt`` names the newest files with size and MD5. Those before it are named by their time, every 15 minutes,
so that none of the publisher's whole list, of over 100 MB, has to be read to catch up.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

STEP = timedelta(minutes=15)
LARGEST_TABLE_BYTES = 256 * 2**20
_STAMP = "%Y%m%d%H%M%S"
_LINE = re.compile(r"([0-9]{1,12}) ([0-9a-fA-F]{32}) \S*?([0-9]{14})\.export\.CSV\.zip")


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest file of events."""

    at: datetime
    """The time in its name, UTC."""
    md5: str
    """In hex, lower case."""


@dataclass(frozen=True, slots=True)
class CatchUp:
    """What to read, the oldest first."""

    files: tuple[datetime, ...]
    skipped: int
    """So many older files are left out."""


def parse_lastupdate(text: str) -> Newest:
    """Read ``lastupdate.txt``. Raises ValueError when it names no file of events."""
    for line in text.splitlines():
        if found := _LINE.fullmatch(line.strip()):
            return Newest(parse_stamp(found[3]), found[2].lower())
    raise ValueError("it names no file that ends in .export.CSV.zip")


def parse_stamp(text: str) -> datetime:
    """Read the time in a file's name, UTC. Raises ValueError."""
    return datetime.strptime(text, _STAMP).replace(tzinfo=UTC)


def stamp_of(at: datetime) -> str:
    """Return a time as it stands in a file's name."""
    return at.strftime(_STAMP)


def name_of(at: datetime) -> str:
    """Return the name of the file of events of a time."""
    return f"{stamp_of(at)}.export.CSV.zip"


def to_catch_up(cursor: str | None, newest: datetime, most: timedelta) -> CatchUp:
    """Return the files after ``cursor`` up to the newest, itself in, but no more than ``most`` holds.

    Without a cursor as many as ``most`` holds, at least the newest. Raises ValueError for a cursor that is no time.
    """
    allowed = max(1, most // STEP)
    waiting = max(0, (newest - parse_stamp(cursor)) // STEP) if cursor else allowed
    count = min(waiting, allowed)
    return CatchUp(tuple(newest - STEP * back for back in reversed(range(count))), waiting - count)


def unpack(body: bytes, md5: str | None) -> list[bytes]:
    """Return the lines of the one table in a zip file, whose MD5 is known of the newest file only.

    Raises ValueError that says what is wrong: the sum, a cut or damaged archive, more or less than one file in it.
    """
    if md5 is not None and hashlib.md5(body, usedforsecurity=False).hexdigest() != md5:
        raise ValueError("its MD5 is not the one that lastupdate.txt names")
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            names = archive.namelist()
            if len(names) != 1:
                raise ValueError(f"the archive holds {len(names)} files, not one")
            with archive.open(names[0]) as file:
                table = file.read(LARGEST_TABLE_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise ValueError("the archive is cut short or damaged") from error
    if len(table) > LARGEST_TABLE_BYTES:
        raise ValueError(f"the table in it is larger than {LARGEST_TABLE_BYTES // 2**20} MiB")
    return list(io.BytesIO(table))
