"""Reads files of sightings, and turns each row into the record that is published.

A file goes through an importer, or through a mapping if it is a table. The records go to
:mod:`firstseen.publishing.row_checks` and to the topic ``sightings``, or into a replay.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from io import BufferedReader
from pathlib import Path
from stat import S_ISDIR
from typing import BinaryIO, cast

from pydantic_core import to_json

from faust_batches.step import Incoming
from firstseen.importers.column_mapping import ColumnMapping, MappingError
from firstseen.importers.formats import FORMATS
from firstseen.importers.own_tables import read_rows
from firstseen.importers.recognition import HEAD_BYTES, misfit
from firstseen.importers.rows import Imported, Malformed, OtherFormat, Row, Skipped
from firstseen.importers.tables import Layout, Table, TableError, read_table
from schemas.codes import identity
from schemas.days import parse_days
from schemas.labels import time_in_words
from schemas.rejection import Reason
from schemas.sighting import Sighting, parse_instant
from schemas.topics import SIGHTINGS
from streams.intake.check import check_record
from streams.intake.day_limits import DayPolicy, likely_day
from streams.intake.parse import Rejected

STANDARD_INPUT = "-"

EPOCH = datetime.fromtimestamp(0, UTC)
"""The earliest time that Kafka can store, and the arrival in a replay of rows before any known time."""


class FileError(ValueError):
    """A file cannot be read or written. The message names it and says why."""


@dataclass(frozen=True, slots=True)
class OutgoingSighting:
    """One record to publish."""

    line: int
    key: str | None
    value: bytes
    members: Mapping[str, object] = field(default_factory=dict)
    """The members of the sighting; none if the row is not one."""

    @property
    def reported(self) -> datetime | None:
        """When the row was reported according to itself, UTC; None if it has no readable time."""
        text = self.members.get("reported")
        try:
            return parse_instant(text) if isinstance(text, str) else None
        except ValueError:
            return None

    @property
    def occurred(self) -> date | None:
        """The earliest day on which the reported event can have ended; None if the row has no readable days."""
        text = self.members.get("occurred")
        try:
            days = parse_days(text) if isinstance(text, str) else None
        except ValueError:
            return None
        if days is None:
            return None
        return days.first_day if self.members.get("precision") == "some_day" else days.ends_from


OnTable = Callable[[str, Table], object]
"""Is called with the path and the table before the first row of each table."""


def display_name(path: str) -> str:
    """Return the name of a file for messages."""
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


def require_files(paths: Iterable[str]) -> None:
    """Raise FileError if a file does not exist or is a folder, before anything is started or sent.

    It opens none of them, because a pipe can be opened only once.
    """
    for path in paths:
        if path == STANDARD_INPUT:
            continue
        try:
            mode = Path(path).stat().st_mode
        except OSError as error:
            raise FileError(f"{path} cannot be read: {error.strerror}") from error
        if S_ISDIR(mode):
            raise FileError(f"{path} cannot be read: it is a folder")


def require_folder(path: Path) -> None:
    """Make a folder for files that are written at the end. Raises FileError."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = "it is a file" if path.is_file() else error.strerror
        raise FileError(f"{path} cannot be a folder: {why}") from error


def require_place(path: Path) -> None:
    """Raise FileError if a file that is written at the end cannot be written, as far as that can be seen now."""
    folder = path.parent
    if path.is_dir():
        raise FileError(f"{path} cannot be written: it is a folder")
    if not folder.is_dir():
        raise FileError(f"{path} cannot be written: {folder} {'is a file' if folder.exists() else 'does not exist'}")


@contextmanager
def open_table(path: str, layout: Layout) -> Iterator[Table]:
    """Open a table. Input that cannot be rewound, such as a pipe, is copied to a temporary file. Raises FileError."""
    with _open(path) as file, tempfile.TemporaryFile() as copy:
        seekable: BinaryIO = file
        if not file.seekable():
            shutil.copyfileobj(file, copy)
            seekable = cast("BinaryIO", copy)
        try:
            yield read_table(seekable, layout)
        except TableError as error:
            raise FileError(f"{display_name(path)}: {error}") from error


def read_file(
    path: str, format_: str, mapped: ColumnMapping | None = None, on_table: OnTable = lambda _path, _table: None
) -> Iterator[Row]:
    """Yield the rows of a file; ``-`` is standard input. With a mapping the file is a table, whatever the format.

    A file of an evidently different format yields a single row, which is OtherFormat and says so. Raises FileError if
    the file cannot be opened, is not a table, or lacks a column of the mapping.
    """
    if mapped is None:
        with _open(path) as file:
            yield from _lines(file, format_, path)
        return
    with open_table(path, mapped.layout) as table:
        on_table(path, table)
        try:
            yield from read_rows(table, mapped)
        except MappingError as error:
            raise FileError(f"{display_name(path)} does not fit its mapping:\n{error}") from error


def _lines(file: BufferedReader, format_: str, path: str) -> Iterator[Row]:
    head = file.read1(HEAD_BYTES)
    if problem := misfit(head, format_, path):
        first = head.lstrip().split(b"\n", 1)[0].rstrip()
        yield OtherFormat(1, first, problem)
    else:
        yield from FORMATS[format_](_from_the_beginning(head, file))


def _from_the_beginning(head: bytes, file: BufferedReader) -> Iterator[bytes]:
    *whole, last = head.split(b"\n")
    yield from whole
    if last:
        yield last + file.readline()
    yield from file


def of_their_format(rows: Iterable[tuple[str, Row]]) -> Iterator[tuple[str, Row]]:
    """Yield rows with the paths of their files. Raises FileError if a file is of a different format.

    It is for those who publish or count rows without a verdict on each: of such a file one row alone would remain.
    """
    for path, row in rows:
        if isinstance(row, OtherFormat):
            raise FileError(f"{display_name(path)}: {row.why}")
        yield path, row


def to_record(row: Row) -> OutgoingSighting | None:
    """Return the record of a row; None if the row is skipped.

    A malformed row is published unchanged, so that intake rejects it and its content is not lost.
    """
    match row:
        case Skipped():
            return None
        case Malformed():
            return OutgoingSighting(row.line, None, row.raw)
        case Imported():
            return sighting_record(row)


def sighting_record(row: Imported) -> OutgoingSighting:
    """Return the record of a row that became a sighting."""
    try:
        value = to_json(row.sighting, inf_nan_mode="null")
    except (TypeError, ValueError):  # a value that JSON cannot hold: intake rejects the row as it is
        return OutgoingSighting(row.line, None, row.raw)
    source, sighting_id = row.sighting.get("source"), row.sighting.get("id")
    key = identity(source, sighting_id) if isinstance(source, str) and isinstance(sighting_id, str) else None
    return OutgoingSighting(row.line, key, value, row.sighting)


def check_outgoing(record: OutgoingSighting, arrived: datetime, days: DayPolicy) -> Sighting | Rejected:
    """Apply the rules of intake to a record that arrives at an instant, UTC: return the sighting or its rejection."""
    checked = check_record(Incoming("file", 0, record.line, arrived, None, record.value), days)
    return checked.valid_or_rejected


def arrival_time(record: OutgoingSighting, before: datetime, now: datetime) -> datetime | Rejected:
    """Return the time at which a record arrives in a replay; a rejection if it was reported after ``now``.

    The time is ``reported``, in whole milliseconds and not before 1970, because Kafka stores no earlier time. A record
    without it arrives with the previous one (``before``), but not before its own days.
    """
    stamp = before
    if reported := record.reported:
        if reported > now:
            return _in_the_future(reported, now)
        stamp = max(EPOCH, reported)
    elif (occurred := record.occurred) and occurred <= now.date():
        stamp = max(before, datetime.combine(occurred, time(), UTC))
    return stamp.replace(microsecond=stamp.microsecond // 1000 * 1000)


def as_incoming(rows: Iterable[Row], now: datetime, rejected: list[str]) -> Iterator[Incoming]:
    """Yield the rows as records of a replay, and append to ``rejected`` the reason for each omitted row."""
    stamp = EPOCH
    for offset, row in enumerate(rows):
        if isinstance(row, Malformed):
            rejected.append(row.why)
            continue
        record = to_record(row)
        if record is None:
            continue
        arrived = arrival_time(record, stamp, now)
        if isinstance(arrived, Rejected):
            rejected.append(arrived.detail)
            continue
        stamp = arrived
        yield Incoming(SIGHTINGS.name, 0, offset, stamp, record.key.encode() if record.key else None, record.value)


def _in_the_future(reported: datetime, now: datetime) -> Rejected:
    likely = likely_day(reported.date(), EPOCH.date(), now.date())
    hint = f"; did you mean {likely}?" if likely else ""
    return Rejected(Reason.BAD_DAYS, f"reported: {time_in_words(reported)} is in the future{hint}")
