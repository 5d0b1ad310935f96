"""The tables of one partition: rows as bytes, in memory or on disk, decoded when a fold asks for them."""

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

CACHE_BYTES = 2 * 2**20
"""Rows of one table that are kept decoded, counted as their bytes in the changelog."""

Rows = Mapping[str, bytes | None]
"""Rows as they are in the changelog; None: the row is removed."""


class Table(Mapping[str, Any]):
    """One table. It stores the bytes of the changelog, so a restore decodes nothing."""

    __slots__ = ("_decoded", "_disk", "_from_bytes", "_memory", "ignores_unreadable", "topic")

    def __init__(
        self, topic: Topic, record: RowType, disk: RocksTable | None = None, *, ignores_unreadable: bool = False
    ) -> None:
        self.topic = topic
        self._from_bytes: Callable[[bytes], Any] = record.from_bytes
        self.ignores_unreadable = ignores_unreadable
        """Whether a row that cannot be read leaves the one before it."""
        self._disk = disk
        self._memory = SortedDict()
        self._decoded = _DecodedCache()

    @property
    def position(self) -> int:
        """The offset from which the changelog must be read to complete the table."""
        return self._disk.position if self._disk else 0

    def is_readable(self, row: bytes | None) -> bool:
        """Whether a row can be decoded; a removal can."""
        try:
            return row is None or bool(self._from_bytes(row))
        except ValueError:
            return False

    def get(self, key: str, default: Any = None) -> Any:
        """Return the row as a record, or the default when there is none."""
        if (known := self._decoded.get(key)) is not None:
            return known
        row = (self._disk or self._memory).get(key)
        return default if row is None else self._decode(key, row)

    def range(self, first: str, last: str) -> Iterator[tuple[str, Any]]:
        """Yield keys and records in the order of keys, from the first key to the last, both in."""
        for key, row in self._disk.range(first, last) if self._disk else self._in_memory(first, last):
            known = self._decoded.get(key)
            yield key, self._decode(key, row) if known is None else known

    def _in_memory(self, first: str, last: str) -> Iterator[tuple[str, bytes]]:
        return ((key, self._memory[key]) for key in self._memory.irange(first, last))

    def _decode(self, key: str, row: bytes) -> Any:
        record = self._from_bytes(row)
        self._decoded.put(key, record, len(row))
        return record

    def __getitem__(self, key: str) -> Any:
        """Return the row as a record. Raises KeyError when there is none."""
        if (record := self.get(key)) is None:
            raise KeyError(key)
        found: Any = record
        return found

    def __iter__(self) -> Iterator[str]:
        """Iterate over the keys."""
        return iter(self._disk or self._memory)

    def __len__(self) -> int:
        """Return the number of rows, counted one by one when they are on disk."""
        return sum(1 for _ in self)

    def put(self, rows: Rows, position: int) -> None:
        """Set rows that are committed; ``position`` is the offset after the last of them. Raises StoreError."""
        if self._disk:
            self._disk.write(rows, max(position, self._disk.position))
            return
        for key, row in rows.items():
            if row is None:
                self._memory.pop(key, None)
            else:
                self._memory[key] = row

    def remember(self, records: Mapping[str, RowValue | None], rows: Rows) -> None:
        """Keep the records of rows that were put decoded: a fold is likely to ask for them again."""
        for key, row in rows.items():
            if row is None:
                self._decoded.forget(key)
            else:
                self._decoded.put(key, records[key], len(row))

    def readable(self, keys: Iterable[str]) -> Iterator[tuple[str, Any]]:
        """Yield keys and records, None where there is no row; rows that cannot be read are left out."""
        for key in keys:
            with suppress(ValueError):
                yield key, self.get(key)

    def clear(self) -> None:
        """Remove all rows; the changelog is then read from its beginning. Raises StoreError."""
        self._decoded = _DecodedCache()
        self._memory.clear()
        if self._disk:
            self._disk.clear()

    def close(self) -> None:
        """Release the store on disk for another process."""
        if self._disk:
            self._disk.close()


class _DecodedCache:
    """Recently decoded records, up to a number of bytes; the oldest entry is evicted first."""

    def __init__(self) -> None:
        self._records: dict[str, tuple[Any, int]] = {}
        self._bytes = 0

    def get(self, key: str) -> Any:
        known = self._records.get(key)
        return known[0] if known else None

    def put(self, key: str, record: Any, size: int) -> None:
        self.forget(key)
        if record is None:
            return
        self._records[key] = record, size
        self._bytes += size
        while self._bytes > CACHE_BYTES:
            self.forget(next(iter(self._records)))

    def forget(self, key: str) -> None:
        _, size = self._records.pop(key, (None, 0))
        self._bytes -= size


class PartitionTables(dict[Any, Table]):
    """The tables of one partition, by topic."""

    def __init__(self, tables: Mapping[Topic, Table], folders: Iterable[Path]) -> None:
        super().__init__(tables)
        self._folders = list(folders)

    @classmethod
    def open(cls, config: BatchConfig, partition: int, folders: Mapping[Topic, Path]) -> PartitionTables:
        """Open the tables as they are on disk, or empty. Raises StoreError.

        ``folders`` has the folder of each table on disk; a table without one is kept in memory.
        """
        tables: dict[Any, Table] = {
            topic: Table(topic, topic.record, _opened(folders.get(topic), partition), ignores_unreadable=topic.few_rows)
            for topic in config.tables
        }
        positions = Table(config.positions, Position, ignores_unreadable=True)
        return cls({**tables, config.positions: positions}, folders.values())

    def apply_committed(self, changes: Changes, rows: Mapping[Topic, Rows], positions: Mapping[Topic, int]) -> None:
        """Set rows that are committed, each table with the offset after its last row. Raises StoreError."""
        for topic, changed in rows.items():
            self[topic].put(changed, positions[topic])
            self[topic].remember(changes[topic], changed)
        # Only after a commit: until then they may be the only copy of a table that was deleted by mistake.
        while self._folders:
            remove_older(self._folders.pop())

    def first_with_rows(self) -> str | None:
        """Return the name of a table that has a readable row."""
        return next((topic.name for topic, table in self.items() if any(table.readable(table))), None)

    def close(self) -> None:
        """Close what is on disk."""
        for table in self.values():
            table.close()


def _opened(folder: Path | None, partition: int) -> RocksTable | None:
    return RocksTable.open_first_free(folder, str(partition)) if folder else None
