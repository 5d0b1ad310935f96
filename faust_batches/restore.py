"""Restores the tables of a partition from their changelogs, in bulk, up to the committed end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence

from aiokafka import TopicPartition

from faust_batches.config import BatchConfig
from faust_batches.exits import ExitCode, FatalError
from faust_batches.reading import open_consumer, read_to_end
from faust_batches.record_batches import Fetched
from faust_batches.step import Step, Topic
from faust_batches.tables import PartitionTables, Table

log = logging.getLogger("faust_batches.worker")

STANDSTILL_SECONDS = 60.0
"""A restore that does not advance for so long fails. A client needs less to find a broker that has come back."""

PROGRESS_SECONDS = 5.0
"""How often a restore logs its progress."""


async def restore(config: BatchConfig, tables: PartitionTables, partition: int) -> Step:
    """Read a partition's tables back up to the end of what is committed.

    Only rows that were written within a transaction count: the library writes all of its rows so, and a console
    producer does not. Returns a step that replaces the rows of such other writers by those before them.

    Call it after the partition's transactional producer has started: that aborts the open transaction of the previous
    owner, so that the committed end is final. Raises StoreError, KafkaError when Kafka does not answer, FatalError when
    a batch of rows cannot be read, or TimeoutError when it does not advance for a minute: a client whose fetching task
    has died reports no records forever.
    """
    by_place = {TopicPartition(config.topic_name(topic), partition): table for topic, table in tables.items()}
    foreign: dict[Topic, set[str]] = {}
    async with open_consumer(config.client()) as consumer:
        consumer.assign(list(by_place))
        ends = await consumer.end_offsets(list(by_place))
        for place, table in by_place.items():
            if table.position > ends[place]:
                table.clear()  # the topic has lost its end: the rows that the store has beyond it are not on record
            consumer.seek(place, min(table.position, ends[place]))
        chunks = read_to_end(consumer, ends, on_progress=_ProgressLog(partition), standstill_seconds=STANDSTILL_SECONDS)
        async for place, records in chunks:
            table = by_place[place]
            table.put(_rows(records, table), records[-1].offset + 1)
            if keys := _foreign_keys(records):
                foreign.setdefault(table.topic, set()).update(keys)
    for topic, keys in foreign.items():
        log.warning("%s, partition %d: ignored %d rows of another writer", topic.name, partition, len(keys))
    return Step({topic: dict(tables[topic].readable(keys)) for topic, keys in foreign.items()})


class _ProgressLog:
    def __init__(self, partition: int) -> None:
        self._partition, self._clock = partition, asyncio.get_running_loop().time
        self._logged_at = self._clock()

    def __call__(self, left: int) -> None:
        if self._clock() - self._logged_at > PROGRESS_SECONDS:
            self._logged_at = self._clock()
            log.info("partition %d: restoring its tables, %s offsets left", self._partition, f"{left:,}")


def _rows(records: Sequence[Fetched], table: Table) -> Mapping[str, bytes | None]:
    rows: dict[str, bytes | None] = {}
    for record in records:
        if not record.transactional:
            continue
        if record.unreadable:
            place = f"{record.topic}, partition {record.partition}, offset {record.offset}"
            raise FatalError(ExitCode.LOST_RECORDS, f"{place}: {record.unreadable}. Restore Kafka's data, or rebuild.")
        # No row of this library has such a key. Where all depends on one row, an unreadable one leaves the one before.
        if record.key is None or not _is_utf8(record.key):
            continue
        if table.ignores_unreadable and not table.is_readable(record.value):
            continue
        rows[record.key.decode()] = record.value
    return rows


def _foreign_keys(records: Sequence[Fetched]) -> set[str]:
    keys = (record.key for record in records if not record.transactional and record.key is not None)
    return {key.decode() for key in keys if _is_utf8(key)}


def _is_utf8(key: bytes) -> bool:
    try:
        key.decode()
    except UnicodeDecodeError:
        return False
    return True
