"""The arguments and the result of a fold.

A fold is ``fold(tables, records, ...) -> Step``: a pure function of the state of one partition and a batch of its
records. It does not change its arguments; the :class:`Step` lists the changes.
"""

from __future__ import annotations

import sys
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import merge
from itertools import islice
from operator import itemgetter
from typing import Any, Generic, NamedTuple, Protocol, TypeVar, runtime_checkable

from sortedcontainers import SortedList


class RowValue(Protocol):
    """A decoded row of a table."""

    def to_bytes(self) -> bytes:
        """Return the row as it is written to the changelog."""
        ...

    @classmethod
    def from_bytes(cls, value: bytes, /) -> Any:
        """Return what :meth:`to_bytes` wrote. Raises ValueError for anything else."""
        ...


class RowType(Protocol):
    """Reads rows; usually the class of the rows."""

    def from_bytes(self, value: bytes, /) -> Any:
        """Return what :meth:`RowValue.to_bytes` wrote. Raises ValueError for anything else."""
        ...


class Topic(Protocol):
    """A topic that a fold writes to: any hashable value with these attributes."""

    def __hash__(self) -> int:
        """Topics are keys."""
        ...

    @property
    def name(self) -> str:
        """Its name, unique among the topics of the worker."""
        ...

    @property
    def largest_bytes(self) -> int:
        """The size of the largest record that it accepts."""
        ...


class TableTopic(Topic, Protocol):
    """A compacted topic that holds a table."""

    @property
    def record(self) -> RowType:
        """Reads its rows."""
        ...

    @property
    def on_disk(self) -> bool:
        """Whether the rows are kept on disk instead of in memory."""
        ...

    @property
    def few_rows(self) -> bool:
        """Whether the table has only a few rows, which are overwritten often. An unreadable row is then ignored."""
        ...


Row = TypeVar("Row", bound=RowValue)

Headers = tuple[tuple[str, bytes | None], ...]
"""Names and values. A name that is not UTF-8 has surrogates (``errors="surrogateescape"``)."""


_EPOCH = datetime.fromtimestamp(0, UTC)
_EARLIEST_MS = int((datetime.min.replace(tzinfo=UTC) - _EPOCH).total_seconds()) * 1000
_LATEST_MS = int((datetime.max.replace(tzinfo=UTC, microsecond=0) - _EPOCH).total_seconds()) * 1000


_LAST_CHARACTER = chr(sys.maxunicode)
"""No text in a key has it, so it ends a range of keys."""


class Incoming(NamedTuple):
    """An input record."""

    topic: str
    """Full name of the topic."""
    partition: int
    offset: int
    arrived: datetime
    """The record's timestamp, UTC."""
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    size: int | None = None
    """Size of the original value in bytes, if the value was truncated."""
    sha256: str | None = None
    """SHA-256 of the original value, if the value was truncated."""
    unreadable: str | None = None
    """Why key, value and headers cannot be read; the value is None then."""

    @classmethod
    def of(cls, record: Any) -> Incoming:
        """Convert a record from aiokafka. A timestamp outside the calendar becomes the nearest one inside."""
        timestamp = record.timestamp
        if not _EARLIEST_MS <= timestamp <= _LATEST_MS:
            timestamp = min(max(timestamp, _EARLIEST_MS), _LATEST_MS)
        arrived = _EPOCH + timedelta(0, 0, 0, timestamp)
        # The constructor of a named tuple takes twice the time, and this runs for each record.
        return tuple.__new__(
            cls,
            (
                record.topic,
                record.partition,
                record.offset,
                arrived,
                record.key,
                record.value,
                record.headers,
                record.size,
                record.sha256,
                record.unreadable,
            ),
        )


class Outgoing(NamedTuple):
    """A record to write."""

    topic: Any
    """A :class:`Topic`, typed as the application types it."""
    key: bytes | None
    value: bytes
    arrived: datetime
    """The record's timestamp: that of the input record that caused it."""
    partition: int | None = None
    """None: the key decides, as in every Kafka client."""
    headers: Headers = ()


class Failed(NamedTuple):
    """A record for which a fold raised an error."""

    record: Incoming
    error: Exception


class Tables(Protocol):
    """The tables of one partition."""

    def __getitem__(self, topic: Any, /) -> Mapping[str, Any]:
        """Return the table of a topic. A large table is :class:`Ordered` as well."""
        ...


@runtime_checkable
class Ordered(Protocol):
    """A table that supports range scans."""

    def range(self, first: str, last: str, *, reverse: bool = False) -> Iterator[tuple[str, Any]]:
        """Yield keys and rows in the order of keys, from ``first`` to ``last``, both inclusive.

        With ``reverse`` the last one comes first.
        """
        ...


Changes = dict[Any, dict[str, RowValue | None]]
"""New rows by table and key; None removes the row."""


@dataclass(slots=True)
class Step:
    """The result of a batch: rows to change and records to write. It takes effect completely or not at all."""

    changes: Changes = field(default_factory=dict)
    outgoing: list[Outgoing] = field(default_factory=list)
    shown: list[Any] = field(default_factory=list)
    """Values of the application for the ``before_commit`` function of :meth:`faust_batches.batch.Batch.work`."""
    failed: list[Failed] = field(default_factory=list)
    """Records that become dead letters. The step has no changes and no output of theirs."""
    taken: int | None = None
    """How many records, from the start of the batch, the step finishes. None: all of them.

    If it is fewer, the step is committed with the position at the first unfinished record, and the fold is called again
    with that record and the ones after it (:mod:`faust_batches.folding`).
    """

    def emit(self, topic: Topic, key: str, record: RowValue, arrived: datetime, partition: int | None = None) -> None:
        """Add a record to write. ``partition`` None: the key decides."""
        # The constructor of a named tuple takes twice the time, and this runs for each record.
        fields = (topic, key.encode(), record.to_bytes(), arrived, partition, ())
        self.outgoing.append(tuple.__new__(Outgoing, fields))


Fold = Callable[[Tables, Sequence[Incoming]], Step]
"""A pure function: it does not change its arguments."""


class Draft(Generic[Row]):
    """A table with the changes that a fold has made so far; the table itself is not changed."""

    __slots__ = ("_changed_keys", "_changes", "_ordered", "_read", "_table")

    def __init__(self, table: Mapping[str, Row]) -> None:
        self._table = table
        self._read = table.get
        self._ordered: Ordered | None = None
        self._changes: dict[str, Row | None] = {}
        self._changed_keys: SortedList | None = None

    def get(self, key: str) -> Row | None:
        """Return the row, or None if there is none."""
        if key in self._changes:
            return self._changes[key]
        return self._read(key)

    def put(self, key: str, row: Row | None) -> None:
        """Set the row; None removes it."""
        self._changes[key] = row

    def keys(self) -> Iterator[str]:
        """Iterate over the keys of all rows, after the changes."""
        yield from (key for key in self._table if key not in self._changes)
        yield from (key for key, row in self._changes.items() if row is not None)

    def rows(self) -> Iterator[Row]:
        """Iterate over all rows, after the changes."""
        return (row for key in self.keys() if (row := self.get(key)) is not None)

    def range(self, first: str, last: str, *, reverse: bool = False) -> Iterator[tuple[str, Row]]:
        """Yield keys and rows, after the changes, in the order of keys, from ``first`` to ``last``, both inclusive.

        With ``reverse`` the last one comes first. The cost depends only on the rows that are read; a caller may stop at
        any row. Changes after the call do not appear. Exception: if the table is not :class:`Ordered`, its keys are
        sorted once.
        """
        unchanged = self.unchanged(first, last, reverse=reverse)
        within = {key: self._changes[key] for key in self._changed(first, last)} if self._changes else {}
        if not within:
            return unchanged
        kept = (found for found in unchanged if found[0] not in within)
        in_order = reversed(within.items()) if reverse else within.items()
        changed = ((key, row) for key, row in in_order if row is not None)
        return merge(kept, changed, key=itemgetter(0), reverse=reverse)

    def unchanged(self, first: str, last: str, *, reverse: bool = False) -> Iterator[tuple[str, Row]]:
        """Yield keys and rows as :meth:`range` does, but before the changes: faster if the caller made none there."""
        if self._ordered is None:
            self._ordered = self._table if isinstance(self._table, Ordered) else _Sorted(self._table)
        return self._ordered.range(first, last, reverse=reverse)

    def prefix(self, prefix: str, after: str | None = None) -> Iterator[tuple[str, Row]]:
        """Yield keys that begin with ``prefix`` and their rows, as :meth:`range` does.

        ``after``: only keys after this one, so that a scan continues where an earlier one stopped.
        """
        first = prefix if after is None else max(prefix, f"{after}\0")
        return self.range(first, prefix + _LAST_CHARACTER)

    def _changed(self, first: str, last: str) -> list[str]:
        # Most folds scan no range, so the keys are sorted when the first range is read. Keys are never removed from
        # the changes, so the keys that are not sorted yet are the last ones of the dict.
        if self._changed_keys is None:
            self._changed_keys = SortedList()
        if unsorted := len(self._changes) - len(self._changed_keys):
            self._changed_keys.update(islice(reversed(self._changes), unsorted))
        return list(self._changed_keys.irange(first, last))

    @property
    def changes(self) -> Mapping[str, Row | None]:
        """The final value of each row that was set or removed."""
        return self._changes


class _Sorted(Generic[Row]):
    """Range scans of a table that is not ordered."""

    def __init__(self, table: Mapping[str, Row]) -> None:
        self._table, self._keys = table, sorted(table)

    def range(self, first: str, last: str, *, reverse: bool = False) -> Iterator[tuple[str, Row]]:
        keys = self._keys[bisect_left(self._keys, first) : bisect_right(self._keys, last)]
        return ((key, self._table[key]) for key in (reversed(keys) if reverse else keys))


def changes(drafts: Iterable[tuple[Topic, Draft[Any]]]) -> Changes:
    """Return the changes of several tables; unchanged tables are left out."""
    return {topic: dict(draft.changes) for topic, draft in drafts if draft.changes}
