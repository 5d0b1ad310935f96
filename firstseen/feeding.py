"""Files of sightings: read through an importer, judged line by line, and handed to Kafka."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import orjson

from firstseen.importers.formats import FORMATS
from firstseen.importers.rows import Imported, LeftOut, Row
from schemas.codes import identity
from schemas.sighting import Sighting, parse_instant
from streams.intake.parse import Refused, parse
from streams.intake.place import locate
from streams.steps import Incoming

STANDARD_INPUT = "-"


class FileError(ValueError):
    """A file cannot be read. The message names it and says why."""


@dataclass(frozen=True, slots=True)
class Fed:
    """One record to publish."""

    line: int
    key: str | None
    value: bytes
    reported: datetime | None
    """What the row says about when it was reported, UTC; None when it does not, or not readably."""


@contextmanager
def _open(path: str) -> Iterator[BinaryIO]:
    if path == STANDARD_INPUT:
        yield sys.stdin.buffer
        return
    try:
        with Path(path).open("rb") as file:
            yield file
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}") from error


def rows(path: str, format_: str) -> Iterator[Row]:
    """Yield the rows of a file, ``-`` being standard input. Raises FileError when it cannot be opened."""
    with _open(path) as file:
        yield from FORMATS[format_](file)


def feed(row: Row) -> Fed | None:
    """Return what to publish for a row; a row that could not be mapped goes as it stands, so that intake refuses it."""
    if isinstance(row, LeftOut):
        return None
    if not isinstance(row, Imported):
        return Fed(row.line, None, row.raw, None)
    try:
        value = orjson.dumps(row.sighting)
    except (TypeError, ValueError):  # values that are no JSON: intake is to see them as they came
        return Fed(row.line, None, row.raw, None)
    source, sighting_id = row.sighting.get("source"), row.sighting.get("id")
    key = identity(source, sighting_id) if isinstance(source, str) and isinstance(sighting_id, str) else None
    return Fed(row.line, key, value, _instant(row.sighting.get("reported")))


def judge(fed: Fed) -> Sighting | Refused:
    """Say beforehand what intake will make of it, or in its words why it would refuse it."""
    record = Incoming("file", 0, fed.line, datetime.fromtimestamp(0, UTC), None, fed.value)
    sighting = parse(record)
    if not isinstance(sighting, Sighting) or sighting.retracted:
        return sighting
    place = locate(sighting)
    return place if isinstance(place, Refused) else sighting


def _instant(text: object) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        return parse_instant(text)
    except ValueError:
        return None
