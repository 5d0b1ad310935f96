"""Decodes the records of a topic. An unreadable record is skipped and does not stop the reader."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from msgspec import DecodeError
from pydantic import ValidationError

from faust_batches.step import Incoming

Value = TypeVar("Value")

Unreadable = Callable[[Incoming, Exception], None]
"""Receives an unreadable record, and the error."""

_MAX_REMEMBERED = 100_000

_ENUM_VALUE = re.compile(r"Invalid enum value .*(?= - at )", re.DOTALL)
"""The only part of msgspec's messages that quotes the record."""


class LogUnreadable:
    """Logs each unreadable record once, even if its topic is read several times."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._known: set[tuple[str, int, int]] = set()

    def __call__(self, record: Incoming, error: Exception) -> None:
        """Log the record, unless it was logged before."""
        place = record.topic, record.partition, record.offset
        if place in self._known:
            return
        if len(self._known) < _MAX_REMEMBERED:
            self._known.add(place)
        self._log.warning("%s/%d@%d cannot be read and is skipped: %s", *place, error_summary(error))


def error_summary(error: Exception) -> str:
    """Return the error of a record in one line, without the record's content."""
    if isinstance(error.__cause__, ValidationError):  # of a value that pydantic reads within a struct
        error = error.__cause__
    if isinstance(error, ValidationError):
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        more = f" ({error.error_count() - 1} more)" if error.error_count() > 1 else ""
        text = f"{where}: {first['msg']}{more}" if where else f"{first['msg']}{more}"
    elif isinstance(error, DecodeError):
        text = _ENUM_VALUE.sub("Invalid value", str(error))
    else:
        text = f"{type(error).__name__}: {error}"
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())[:300]


def decoded(
    records: Iterable[Incoming], read: Callable[[bytes], Value], unreadable: Unreadable
) -> Iterator[tuple[Incoming, Value]]:
    """Yield each record with the value that ``read`` decodes; ``unreadable`` receives each for which it fails."""
    for record in records:
        try:
            value = read(record.value or b"")
        except Exception as error:  # noqa: BLE001 - one bad record must not hide the others
            unreadable(record, error)
        else:
            yield record, value


def take_row(table: dict[str, Value], record: Incoming, read: Callable[[bytes], Value], unreadable: Unreadable) -> bool:
    """Apply a record to a table: set or remove its row. Returns False if the record is unreadable."""
    try:
        if record.key is None:
            raise ValueError("it has no key")
        key = record.key.decode()
        if record.value is None:
            table.pop(key, None)
        else:
            table[key] = read(record.value)
    except Exception as error:  # noqa: BLE001 - see above
        unreadable(record, error)
        return False
    return True


def rows(records: Iterable[Incoming], read: Callable[[bytes], Value], unreadable: Unreadable) -> dict[str, Value]:
    """Return the rows of a table, sorted by key. ``records``: all its records in their order.

    Only the last readable row of each key is kept.
    """
    written: dict[bytes, list[Incoming]] = {}
    for record in records:
        written.setdefault(record.key or b"", []).append(record)
    table: dict[str, Value] = {}
    for _, versions in sorted(written.items()):
        for record in reversed(versions):
            if take_row(table, record, read, unreadable):
                break
    return table
