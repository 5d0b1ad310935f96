"""The state of one partition of a stage: rows as bytes, in memory or on disk, decoded when a fold asks for them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from aiokafka import TopicPartition
from sortedcontainers import SortedDict

from faust_batches.exits import ExitCode, FatalError
from faust_batches.plain_consumer import Consumer
from faust_batches.record_batches import Fetched
from faust_batches.rocksdb import RocksTable, remove_older
from faust_batches.step import Changes, Step
from schemas.record import Record
from schemas.topics import Topic
from streams.io.kafka_config import KafkaConfig

log = logging.getLogger("firstseen.worker")

RECENT_BYTES = 2 * 2**20
"""Rows of one table that are kept decoded, counted as their bytes in the changelog."""

STANDSTILL_SECONDS = 60.0
"""Longer than a client takes to find a broker that has come back: a restore that gets no further will not."""

PROGRESS_SECONDS = 5.0
"""How often a restore says how far it is."""

Rows = Mapping[str, bytes | None]
"""Rows as their changelog has them; None: it is gone."""


class Table(Mapping[str, Record]):
    """One table. Bytes are what the changelog holds, so a restore decodes nothing."""

    __slots__ = ("_disk", "_memory", "_recent", "topic")

    def __init__(self, topic: Topic, disk: RocksTable | None = None) -> None:
        self.topic = topic
        self._disk = disk
        self._memory = SortedDict()
        self._recent = _Recent()

    @property
    def position(self) -> int:
        """Offset from which the changelog must be read to make the table whole."""
        return self._disk.position if self._disk else 0

    def get(self, key: str, default: Any = None) -> Any:
        """Return the row as a record, or the default when there is none."""
        if (known := self._recent.get(key)) is not None:
            return known
        row = (self._disk or self._memory).get(key)
        return default if row is None else self._decode(key, row)

    def range(self, first: str, last: str) -> Iterator[tuple[str, Record]]:
        """Yield keys and records in the order of keys, from the first key to the last, both in."""
        for key, row in self._disk.range(first, last) if self._disk else self._in_memory(first, last):
            known = self._recent.get(key)
            yield key, self._decode(key, row) if known is None else known

    def _in_memory(self, first: str, last: str) -> Iterator[tuple[str, bytes]]:
        return ((key, self._memory[key]) for key in self._memory.irange(first, last))

    def _decode(self, key: str, row: bytes) -> Record:
        record = self.topic.record.from_bytes(row)
        self._recent.put(key, record, len(row))
        return record

    def __getitem__(self, key: str) -> Record:
        """Return the row as a record. Raises KeyError when there is none."""
        if (record := self.get(key)) is None:
            raise KeyError(key)
        found: Record = record
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

    def remember(self, records: Mapping[str, Record | None], rows: Rows) -> None:
        """Keep the records of rows that were put, for they are likely to be asked for again."""
        for key, row in rows.items():
            if row is None:
                self._recent.forget(key)
            else:
                self._recent.put(key, records[key], len(row))

    def clear(self) -> None:
        """Remove all rows, so that the changelog is read from its beginning. Raises StoreError."""
        self._recent = _Recent()
        self._memory.clear()
        if self._disk:
            self._disk.clear()

    def close(self) -> None:
        """Let another process have what is on disk."""
        if self._disk:
            self._disk.close()


class _Recent:
    """Records that were used lately, up to a number of bytes; the one that was put first goes first."""

    def __init__(self) -> None:
        self._records: dict[str, tuple[Record, int]] = {}
        self._bytes = 0

    def get(self, key: str) -> Record | None:
        known = self._records.get(key)
        return known[0] if known else None

    def put(self, key: str, record: Record | None, size: int) -> None:
        self.forget(key)
        if record is None:
            return
        self._records[key] = record, size
        self._bytes += size
        while self._bytes > RECENT_BYTES:
            self.forget(next(iter(self._records)))

    def forget(self, key: str) -> None:
        _, size = self._records.pop(key, (None, 0))
        self._bytes -= size


class PartitionTables(dict[Topic, Table]):
    """The tables of one partition, by topic."""

    def __init__(self, tables: Mapping[Topic, Table], folders: Iterable[Path]) -> None:
        super().__init__(tables)
        self._folders = list(folders)

    @classmethod
    def open(cls, topics: tuple[Topic, ...], folders: Mapping[Topic, Path], partition: int) -> PartitionTables:
        """Open the tables as they are on disk, or empty. Raises StoreError."""
        tables = {topic: Table(topic, _opened(folders.get(topic), partition)) for topic in topics}
        return cls(tables, folders.values())

    def apply_committed(self, changes: Changes, rows: Mapping[Topic, Rows], positions: Mapping[Topic, int]) -> None:
        """Take over rows that are committed. Raises StoreError."""
        for topic, changed in rows.items():
            self[topic].put(changed, positions[topic])
            self[topic].remember(changes[topic], changed)
        # Not before a commit: until then they may be all that is left of a table that was deleted by mistake.
        while self._folders:
            remove_older(self._folders.pop())

    def first_with_rows(self) -> str | None:
        """Return the name of a table that has a row which can be read."""
        return next((topic.name for topic, table in self.items() if any(_as_they_are(table, table))), None)

    def close(self) -> None:
        """Close what is on disk."""
        for table in self.values():
            table.close()


def _opened(folder: Path | None, partition: int) -> RocksTable | None:
    return RocksTable.open_first_free(folder, str(partition)) if folder else None


async def restore(cluster: KafkaConfig, prefix: str, tables: PartitionTables, partition: int) -> Step:
    """Read a partition's tables back in bulk, up to the end of what is committed.

    Only rows that were written within a transaction count: all of ours are, and those of a console producer are not.
    Return a step that writes over the rows of others what was there before them.

    Call it only after the partition's transactional producer has started: that aborts what the previous owner had
    open, so that the committed end is final. Raises StoreError, KafkaError when Kafka does not answer, FatalError when
    a batch of rows cannot be read, or TimeoutError when it gets no further for a minute: a client whose task has died
    says for ever that there is nothing.
    """
    by_name = {TopicPartition(topic.full_name(prefix), partition): table for topic, table in tables.items()}
    overwritten: dict[Topic, set[str]] = {}
    # With the default, "latest", the reset can land after the seek, and nothing would be restored.
    consumer = Consumer(
        **cluster.for_client(),
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=8 * 2**20,
    )
    await consumer.start()
    try:
        consumer.assign(list(by_name))
        ends = await consumer.end_offsets(list(by_name))
        for tp, table in by_name.items():
            if table.position > ends[tp]:
                table.clear()  # the topic has lost its end: what the store has beyond it is not on record
            consumer.seek(tp, min(table.position, ends[tp]))
        loop = asyncio.get_running_loop()
        left, moved, said = None, loop.time(), loop.time()
        # The position, not the last record: transaction markers and aborted records take offsets too.
        while still := sum([max(0, end - await consumer.position(tp)) for tp, end in ends.items()]):
            if still != left:
                left, moved = still, loop.time()
            elif loop.time() - moved > STANDSTILL_SECONDS:
                raise TimeoutError(f"{still:,} offsets of its tables cannot be read")
            if loop.time() - said > PROGRESS_SECONDS:
                said = loop.time()
                log.info("partition %d: restoring its tables, %s offsets left", partition, f"{still:,}")
            for tp, records in (await consumer.getmany(timeout_ms=200)).items():
                table = by_name[tp]
                table.put(_rows(records, table.topic), records[-1].offset + 1)
                if foreign := _foreign_keys(records):
                    overwritten.setdefault(table.topic, set()).update(foreign)
    finally:
        await consumer.stop()
    for topic, keys in overwritten.items():
        log.warning("%s, partition %d: %d rows of another writer are ignored", topic.name, partition, len(keys))
    return Step({topic: dict(_as_they_are(tables[topic], keys)) for topic, keys in overwritten.items()})


def _as_they_are(table: Table, keys: Iterable[str]) -> Iterator[tuple[str, Record | None]]:
    """Yield the rows of these keys, without those that cannot be read."""
    for key in keys:
        with suppress(ValueError):
            yield key, table.get(key)


def _rows(records: Sequence[Fetched], topic: Topic) -> Rows:
    rows: dict[str, bytes | None] = {}
    for record in records:
        if not record.transactional:
            continue
        if record.unreadable:
            place = f"{record.topic}, partition {record.partition}, offset {record.offset}"
            raise FatalError(ExitCode.LOST_RECORDS, f"{place}: {record.unreadable}. Restore Kafka's data, or rebuild.")
        # None of ours has another key. Where all depends on one row, one that cannot be read leaves the row before it.
        if record.key is None or not _is_utf8(record.key) or (topic.few_rows and not _is_readable(topic, record.value)):
            continue
        rows[record.key.decode()] = record.value
    return rows


def _foreign_keys(records: Sequence[Fetched]) -> set[str]:
    keys = (one.key for one in records if not one.transactional and one.key is not None)
    return {key.decode() for key in keys if _is_utf8(key)}


def _is_readable(topic: Topic, row: bytes | None) -> bool:
    try:
        return row is None or bool(topic.record.from_bytes(row))
    except ValueError:
        return False


def _is_utf8(key: bytes) -> bool:
    try:
        key.decode()
    except UnicodeDecodeError:
        return False
    return True
