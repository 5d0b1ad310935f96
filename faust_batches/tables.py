"""The tables of a partition. Rows are kept as bytes, in memory or on disk, and decoded when a fold reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from sortedcontainers import SortedDict

from faust_batches.config import BatchConfig
from faust_batches.position import Position
from faust_batches.rocksdb import RocksTable, remove_older
from faust_batches.step import Changes, RowType, RowValue, Topic

CACHE_BYTES = 4 * 2**20
"""Size of the cache of decoded rows of a table, in bytes of their encoded form."""

_MISSING = object()
"""Cached for a key without a row, so that a fold that asks for it again does not read the disk."""

Rows = Mapping[str, bytes | None]
"""Encoded rows by key; None removes the row."""


class Table(Mapping[str, Any]):
    """A table. It stores the bytes of the changelog, so a restore decodes no row."""

    __slots__ = ("_decoded", "_disk", "_from_bytes", "_memory", "_read", "ignores_unreadable", "topic")

    def __init__(
        self, topic: Topic, record: RowType, disk: RocksTable | None = None, *, ignores_unreadable: bool = False
    ) -> None:
        self.topic = topic
        self._from_bytes: Callable[[bytes], Any] = record.from_bytes
        self.ignores_unreadable = ignores_unreadable
        """Whether an unreadable row leaves the row before it in place."""
        self._disk = disk
        self._memory = SortedDict()
        self._read: Callable[[str], bytes | None] = disk.get if disk else self._memory.get
        self._decoded = _DecodedCache()

    @property
    def position(self) -> int:
        """The changelog offset from which a restore must read."""
        return self._disk.position if self._disk else 0

    def is_readable(self, row: bytes | None) -> bool:
        """Whether a row can be decoded. True for a removal."""
        try:
            return row is None or bool(self._from_bytes(row))
        except ValueError:
            return False

    def get(self, key: str, default: Any = None) -> Any:
        """Return the decoded row, or the default if there is none."""
        if (known := self._decoded.get(key)) is not None:
            return default if known is _MISSING else known
        row = self._read(key)
        if row is not None:
            return self._decode(key, row)
        if self._disk:
            self._decoded.put(key, _MISSING, len(key))
        return default

    def range(self, first: str, last: str, *, reverse: bool = False) -> Iterator[tuple[str, Any]]:
        """Yield keys and decoded rows in the order of keys, from ``first`` to ``last``, both inclusive.

        With ``reverse`` the last one comes first.
        """
        scan = self._disk.range if self._disk else self._in_memory
        for key, row in scan(first, last, reverse=reverse):
            known = self._decoded.get(key)
            yield key, self._decode(key, row) if known is None else known

    def _in_memory(self, first: str, last: str, *, reverse: bool) -> Iterator[tuple[str, bytes]]:
        return ((key, self._memory[key]) for key in self._memory.irange(first, last, reverse=reverse))

    def _decode(self, key: str, row: bytes) -> Any:
        record = self._from_bytes(row)
        self._decoded.put(key, record, len(row))
        return record

    def __getitem__(self, key: str) -> Any:
        """Return the decoded row. Raises KeyError if there is none."""
        if (record := self.get(key)) is None:
            raise KeyError(key)
        found: Any = record
        return found

    def __iter__(self) -> Iterator[str]:
        """Iterate over the keys."""
        return iter(self._disk or self._memory)

    def __len__(self) -> int:
        """Return the number of rows, by counting them."""
        return sum(1 for _ in self)

    def put(self, rows: Rows, position: int) -> None:
        """Set committed rows. ``position``: the offset after the last of them. Raises StoreError."""
        if self._disk:
            self._disk.write(rows, max(position, self._disk.position))
            return
        for key, row in rows.items():
            if row is None:
                self._memory.pop(key, None)
            else:
                self._memory[key] = row

    def remember(self, records: Mapping[str, RowValue | None], rows: Rows) -> None:
        """Cache the decoded form of rows that were just put, because a fold is likely to read them again."""
        for key, row in rows.items():
            if row is None:
                self._decoded.put(key, _MISSING, len(key))
            else:
                self._decoded.put(key, records[key], len(row))

    def readable(self, keys: Iterable[str]) -> Iterator[tuple[str, Any]]:
        """Yield keys and decoded rows, None for a missing row. Unreadable rows are left out."""
        for key in keys:
            with suppress(ValueError):
                yield key, self.get(key)

    def clear(self) -> None:
        """Remove all rows; the next restore reads the whole changelog. Raises StoreError."""
        self._decoded = _DecodedCache()
        self._memory.clear()
        if self._disk:
            self._disk.clear()

    def close(self) -> None:
        """Close the store on disk, so that another process can open it."""
        if self._disk:
            self._disk.close()


class _DecodedCache:
    """Decoded rows in two generations, each with up to half of the bytes.

    A row that is put or read is in the younger generation. When that is full, it becomes the older one, and the rows of
    the older one are evicted. So no eviction has to search for the oldest row.
    """

    __slots__ = ("_bytes", "_older", "_younger")

    def __init__(self) -> None:
        self._younger: dict[str, tuple[Any, int]] = {}
        self._older: dict[str, tuple[Any, int]] = {}
        self._bytes = 0
        """Of the younger generation."""

    def get(self, key: str) -> Any:
        if known := self._younger.get(key):
            return known[0]
        if known := self._older.pop(key, None):
            self.put(key, *known)
            return known[0]
        return None

    def put(self, key: str, record: Any, size: int) -> None:
        replaced = self._younger.get(key)
        self._younger[key] = record, size
        self._bytes += size - replaced[1] if replaced else size
        if self._bytes > CACHE_BYTES // 2:
            self._older, self._younger, self._bytes = self._younger, {}, 0


class PartitionTables(dict[Any, Table]):
    """The tables of one partition, by topic."""

    def __init__(self, tables: Mapping[Topic, Table], folders: Iterable[Path]) -> None:
        super().__init__(tables)
        self._folders = list(folders)

    @classmethod
    def open(cls, config: BatchConfig, partition: int, folders: Mapping[Topic, Path]) -> PartitionTables:
        """Open the tables: those on disk with their rows, the others empty. Raises StoreError.

        ``folders`` has the folder of each table on disk; a table without one is kept in memory.
        """
        tables: dict[Any, Table] = {
            topic: Table(topic, topic.record, _opened(folders.get(topic), partition), ignores_unreadable=topic.few_rows)
            for topic in config.tables
        }
        positions = Table(config.positions, Position, ignores_unreadable=True)
        return cls({**tables, config.positions: positions}, folders.values())

    def apply_committed(self, changes: Changes, rows: Mapping[Topic, Rows], positions: Mapping[Topic, int]) -> None:
        """Set committed rows, and for each table the offset after its last row. Raises StoreError."""
        for topic, changed in rows.items():
            self[topic].put(changed, positions[topic])
            self[topic].remember(changes[topic], changed)
        # Only after a commit: before it, a folder may be the only copy of a table that was deleted by mistake.
        while self._folders:
            remove_older(self._folders.pop())

    def first_with_rows(self) -> str | None:
        """Return the name of a table that has a readable row."""
        return next((topic.name for topic, table in self.items() if any(table.readable(table))), None)

    def close(self) -> None:
        """Close the tables on disk."""
        for table in self.values():
            table.close()


def _opened(folder: Path | None, partition: int) -> RocksTable | None:
    return RocksTable.open_first_free(folder, str(partition)) if folder else None
