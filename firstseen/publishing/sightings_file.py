"""Files of sightings: read through an importer, or as a table by a mapping, and judged row by row."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, cast

import orjson

from faust_batches.step import Incoming
from firstseen.importers.column_map import ColumnMap, MapError
from firstseen.importers.formats import FORMATS
from firstseen.importers.own_tables import read_rows
from firstseen.importers.recognition import HEAD_BYTES, misfit
from firstseen.importers.rows import Imported, Malformed, Row, Skipped
from firstseen.importers.tables import Layout, Table, TableError, read_table
from schemas.codes import identity
from schemas.days import parse_days
from schemas.rejection import Reason
from schemas.sighting import Sighting, parse_instant
from schemas.topics import SIGHTINGS
from streams.intake.check import check_sighting
from streams.intake.days import DayPolicy, likely_day
from streams.intake.parse import Rejected, parse

STANDARD_INPUT = "-"

EPOCH = datetime.fromtimestamp(0, UTC)
"""When the first row of a replay arrives that does not tell."""


class FileError(ValueError):
    """A file cannot be read. The message names it and says why."""


@dataclass(frozen=True, slots=True)
class OutgoingSighting:
    """One record to publish."""

    line: int
    key: str | None
    value: bytes
    reported: datetime | None
    """What the row says about when it was reported, UTC; None when it does not, or not readably."""
    occurred: date | None = None
    """The earliest day on which what the row tells of can have ended; None when it does not say, or not readably."""


OnTable = Callable[[str, Table], object]
"""Hears of a table and its file before its first row comes."""


def display_name(path: str) -> str:
    """Return the name of a file as it is shown."""
    return "standard input" if path == STANDARD_INPUT else path


@contextmanager
def _open(path: str) -> Iterator[BufferedReader]:
    if path == STANDARD_INPUT:
        yield cast("BufferedReader", sys.stdin.buffer)
        return
    try:
        with Path(path).open("rb") as file:
            yield file
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}") from error


@contextmanager
def open_table(path: str, layout: Layout) -> Iterator[Table]:
    """Open a table; what cannot be read twice, such as a pipe, is kept in a temporary file. Raises FileError."""
    with _open(path) as file, tempfile.TemporaryFile() as kept:
        seekable: BinaryIO = file
        if not file.seekable():
            shutil.copyfileobj(file, kept)
            seekable = cast("BinaryIO", kept)
        try:
            yield read_table(seekable, layout)
        except TableError as error:
            raise FileError(f"{display_name(path)}: {error}") from error


def read_file(
    path: str, format_: str, mapped: ColumnMap | None = None, on_table: OnTable = lambda _path, _table: None
) -> Iterator[Row]:
    """Yield the rows of a file, ``-`` being standard input. A mapping reads it as a table, whatever the format.

    A file that is plainly of another format gives one row, which says so. Raises FileError when the file cannot be
    opened, is no table, or lacks a column of the mapping.
    """
    if mapped is None:
        with _open(path) as file:
            yield from _lines(file, format_, path)
        return
    with open_table(path, mapped.layout) as table:
        on_table(path, table)
        try:
            yield from read_rows(table, mapped)
        except MapError as error:
            raise FileError(f"{display_name(path)} does not fit its mapping:\n{error}") from error


def _lines(file: BufferedReader, format_: str, path: str) -> Iterator[Row]:
    head = file.read1(HEAD_BYTES)
    if problem := misfit(head, format_, path):
        first = head.lstrip().split(b"\n", 1)[0].rstrip()
        yield Malformed(1, first, problem)
    else:
        yield from FORMATS[format_](_from_the_beginning(head, file))


def _from_the_beginning(head: bytes, file: BufferedReader) -> Iterator[bytes]:
    *whole, last = head.split(b"\n")
    yield from whole
    if last:
        yield last + file.readline()
    yield from file


def to_record(row: Row) -> OutgoingSighting | None:
    """Return what to publish for a row; a row that could not be mapped goes as it stands, so that intake refuses it."""
    match row:
        case Skipped():
            return None
        case Malformed():
            return OutgoingSighting(row.line, None, row.raw, None)
        case Imported():
            return sighting_record(row)


def sighting_record(row: Imported) -> OutgoingSighting:
    """Return what to publish for a row that became a sighting."""
    try:
        value = orjson.dumps(row.sighting)
    except (TypeError, ValueError):  # values that are no JSON: intake is to see them as they came
        return OutgoingSighting(row.line, None, row.raw, None)
    source, sighting_id = row.sighting.get("source"), row.sighting.get("id")
    key = identity(source, sighting_id) if isinstance(source, str) and isinstance(sighting_id, str) else None
    return OutgoingSighting(row.line, key, value, _instant(row.sighting.get("reported")), _ended(row.sighting))


def check_record(record: OutgoingSighting, arrived: datetime, days: DayPolicy) -> Sighting | Rejected:
    """Say beforehand what intake will make of it when it arrives, UTC, or in its words why it would refuse it."""
    sighting = parse(Incoming("file", 0, record.line, arrived, None, record.value))
    if isinstance(sighting, Rejected):
        return sighting
    place = check_sighting(sighting, arrived, days)
    return place if isinstance(place, Rejected) else sighting


def arrival_time(record: OutgoingSighting, before: datetime, now: datetime) -> datetime | Rejected:
    """Return the time at which a row arrives in a replay, or why it cannot: it was reported after ``now``.

    That is its ``reported``, in whole milliseconds and never before 1970: Kafka knows no earlier time. A row that does
    not tell arrives with the row before it, but not before the days that it tells of.
    """
    if record.reported and record.reported > now:
        return _ahead(record.reported, now)
    stamp = before
    if record.reported:
        stamp = max(EPOCH, record.reported)
    elif record.occurred and record.occurred <= now.date():
        stamp = max(before, datetime.combine(record.occurred, time(), UTC))
    return stamp.replace(microsecond=stamp.microsecond // 1000 * 1000)


def as_incoming(rows: Iterable[Row], now: datetime, rejected: list[str]) -> Iterator[Incoming]:
    """Yield the rows as records that arrive in a replay; append to ``rejected`` why the others cannot arrive."""
    records = (record for row in rows if (record := to_record(row)))
    stamp = EPOCH
    for offset, record in enumerate(records):
        arrived = arrival_time(record, stamp, now)
        if isinstance(arrived, Rejected):
            rejected.append(arrived.detail)
            continue
        stamp = arrived
        yield Incoming(SIGHTINGS.name, 0, offset, stamp, record.key.encode() if record.key else None, record.value)


def _ahead(reported: datetime, now: datetime) -> Rejected:
    meant = likely_day(reported.date(), EPOCH.date(), now.date())
    asked = f"; did you mean {meant}?" if meant else ""
    return Rejected(Reason.BAD_DAYS, f"reported: {reported:%Y-%m-%d %H:%M} UTC is in the future{asked}")


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
