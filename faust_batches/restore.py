"""Restores the tables of a partition from their changelogs up to the committed end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence

from aiokafka import TopicPartition

from faust_batches.config import BatchConfig
from faust_batches.exits import ExitCode, FatalError
from faust_batches.lost_records import require_rows
from faust_batches.reading import open_consumer, read_to_end
from faust_batches.record_batches import Fetched
from faust_batches.step import Step, Topic
from faust_batches.tables import PartitionTables, Table

log = logging.getLogger("faust_batches.worker")

STANDSTILL_SECONDS = 60.0
"""A restore fails if it does not advance for this long. A client finds a restarted broker in less time."""

PROGRESS_SECONDS = 5.0
"""How often a restore logs its progress."""


async def restore(config: BatchConfig, tables: PartitionTables, partition: int) -> Step:
    """Restore the tables of a partition from the committed records of their changelogs.

    Only rows from transactions count. The library writes every row in a transaction; a console producer does not.
    Returns a step that overwrites the rows of such other writers with the last rows of the library.

    Call it after the partition's transactional producer has started. That aborts the open transaction of the previous
    owner, so the committed end is final. Raises StoreError; KafkaError if Kafka does not answer; FatalError if rows
    were removed or cannot be read; TimeoutError if the restore does not advance for a minute, because a client whose
    fetching task has ended returns no records, forever.
    """
    by_partition = {TopicPartition(config.topic_name(topic), partition): table for topic, table in tables.items()}
    foreign: dict[Topic, set[str]] = {}
    async with open_consumer(config.client()) as consumer:
        consumer.assign(list(by_partition))
        begins = await consumer.beginning_offsets(list(by_partition))
        ends = await consumer.end_offsets(list(by_partition))
        for tp, table in by_partition.items():
            if table.position > ends[tp]:
                table.clear()  # the topic was truncated, so the store has rows that the topic lacks
            position = min(table.position, ends[tp])
            require_rows(config, tp, position, begins[tp])
            consumer.seek(tp, position)
        chunks = read_to_end(consumer, ends, on_progress=_ProgressLog(partition), standstill_seconds=STANDSTILL_SECONDS)
        async for tp, records in chunks:
            table = by_partition[tp]
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
        # The library writes no such key. In a table of few rows, an unreadable row leaves the row before it in place.
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
