"""What a fold takes and what it gives back: values, the same for every stage.

A fold is ``fold(tables, records, ...) -> Step``: a pure function of the state of one partition and of a batch of its
records. It never changes its arguments; it says in a :class:`Step` what is to become of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from schemas.records import Record
from schemas.topics import Topic

Row = TypeVar("Row", bound=Record)

Headers = tuple[tuple[str, bytes | None], ...]
"""Names and values, as a client wrote them. Bytes of a name that are not UTF-8 stand in it as lone surrogates."""


class Incoming(NamedTuple):
    """A record as a stage receives it."""

    topic: str
    """Full name of the topic."""
    partition: int
    offset: int
    arrived: datetime
    """The record's timestamp, UTC: set by the broker in production and by the replayer in a replay."""
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    size: int | None = None
    """Full length of a value that was cut because it is too large; None: it is whole."""
    sha256: str | None = None
    """Digest of the whole value, in hex, when it was cut."""
    unreadable: str | None = None
    """Why neither key, value nor headers can be read; they are empty then."""


class Outgoing(NamedTuple):
    """A record that a stage is to write."""

    topic: Topic
    key: bytes | None
    value: bytes
    arrived: datetime
    """Becomes the record's timestamp: that of the record that caused it."""
    partition: int | None = None
    """None: chosen by the key, as every Kafka client does."""
    headers: Headers = ()


class Tables(Protocol):
    """The state of one partition of a stage."""

    def __getitem__(self, topic: Topic, /) -> Mapping[str, Any]:
        """Return the table of a topic."""
        ...


Changes = dict[Topic, dict[str, Record | None]]
"""New rows by table and key; None removes the row."""


@dataclass(slots=True)
class Step:
    """What a batch comes to: rows to change and records to write. It takes effect whole or not at all."""

    changes: Changes = field(default_factory=dict)
    outgoing: list[Outgoing] = field(default_factory=list)

    def emit(self, topic: Topic, key: str, record: Record, arrived: datetime, partition: int | None = None) -> None:
        """Add a record to write. ``partition`` None: chosen by the key."""
        self.outgoing.append(Outgoing(topic, key.encode(), record.to_bytes(), arrived, partition))


class Draft(Generic[Row]):
    """A table seen through the changes that a fold has made so far; the table itself stays as it is."""

    __slots__ = ("_changes", "_table")

    def __init__(self, table: Mapping[str, Row]) -> None:
        self._table = table
        self._changes: dict[str, Row | None] = {}

    def get(self, key: str) -> Row | None:
        """Return the row, or None when there is none."""
        if key in self._changes:
            return self._changes[key]
        return self._table.get(key)

    def put(self, key: str, row: Row | None) -> None:
        """Set the row; None removes it."""
        self._changes[key] = row

    def keys(self) -> Iterator[str]:
        """Iterate over the keys of all rows that are there now."""
        yield from (key for key in self._table if key not in self._changes)
        yield from (key for key, row in self._changes.items() if row is not None)

    def rows(self) -> Iterator[Row]:
        """Iterate over all rows that are there now."""
        return (row for key in self.keys() if (row := self.get(key)) is not None)

    @property
    def changes(self) -> Mapping[str, Row | None]:
        """Every row that was set or removed, each once, as it is now."""
        return self._changes


def changes(drafts: Iterable[tuple[Topic, Draft[Any]]]) -> Changes:
    """Gather the changes of several tables; tables without one are left out."""
    return {topic: dict(draft.changes) for topic, draft in drafts if draft.changes}
