"""Files of sightings: read through an importer, judged line by line, and handed to Kafka."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import BinaryIO

import orjson

from firstseen.importers.formats import FORMATS
from firstseen.importers.rows import Imported, LeftOut, Row
from schemas.codes import identity
from schemas.days import parse_days
from schemas.rejection import Reason
from schemas.sighting import Sighting, parse_instant
from streams.intake.check import admit
from streams.intake.days import DayPolicy, likely_day
from streams.intake.parse import Refused, parse
from streams.steps import Incoming

STANDARD_INPUT = "-"

BEFORE_ALL = datetime.fromtimestamp(0, UTC)
"""When the first row of a replay arrives that does not tell."""


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
    occurred: date | None = None
    """The earliest day on which what the row tells of can have ended; None when it does not say, or not readably."""


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
    return Fed(row.line, key, value, _instant(row.sighting.get("reported")), _ended(row.sighting))


def judge(fed: Fed, arrived: datetime, days: DayPolicy) -> Sighting | Refused:
    """Say beforehand what intake will make of it when it arrives, UTC, or in its words why it would refuse it."""
    sighting = parse(Incoming("file", 0, fed.line, arrived, None, fed.value))
    if isinstance(sighting, Refused):
        return sighting
    place = admit(sighting, arrived, days)
    return place if isinstance(place, Refused) else sighting


def arrival(fed: Fed, before: datetime, now: datetime) -> datetime | Refused:
    """Return the time at which a row arrives in a replay, or why it cannot: it was reported after ``now``.

    That is its ``reported``, in whole milliseconds and never before 1970: Kafka knows no earlier time. A row that does
    not tell arrives with the row before it, but not before the days that it tells of.
    """
    if fed.reported and fed.reported > now:
        return _ahead(fed.reported, now)
    stamp = before
    if fed.reported:
        stamp = max(BEFORE_ALL, fed.reported)
    elif fed.occurred and fed.occurred <= now.date():
        stamp = max(before, datetime.combine(fed.occurred, time(), UTC))
    return stamp.replace(microsecond=stamp.microsecond // 1000 * 1000)


def _ahead(reported: datetime, now: datetime) -> Refused:
    meant = likely_day(reported.date(), BEFORE_ALL.date(), now.date())
    asked = f"; did you mean {meant}?" if meant else ""
    return Refused(Reason.BAD_DAYS, f"reported: {reported:%Y-%m-%d %H:%M} UTC is in the future{asked}")


def _ended(sighting: Mapping[str, object]) -> date | None:
    text = sighting.get("occurred")
    if not isinstance(text, str):
        return None
    try:
        days = parse_days(text)
    except ValueError:
        return None
    return days.first_day if sighting.get("precision") == "some_day" else days.ends_from


def _instant(text: object) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        return parse_instant(text)
    except ValueError:
        return None
