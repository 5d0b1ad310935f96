"""Reads topics to their end. Restores, rebuilds and all other readers use this loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import TopicPartition

from faust_batches.kafka_consumer import Consumer
from faust_batches.record_batches import Fetched

_POLL_MS = 200


@asynccontextmanager
async def open_consumer(arguments: Mapping[str, Any], **options: Any) -> AsyncIterator[Consumer]:
    """Give a started consumer without a group that reads committed records from the beginning.

    ``options`` overrides aiokafka's options. Raises KafkaError or OSError when Kafka does not answer.
    """
    defaults = {
        "isolation_level": "read_committed",
        # With aiokafka's default, "latest", an offset reset after a seek to the beginning can skip all records.
        "auto_offset_reset": "earliest",
        "enable_auto_commit": False,
        "max_partition_fetch_bytes": 8 * 2**20,
    }
    consumer = Consumer(**arguments, **{**defaults, **options})
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()


async def read_to_end(
    consumer: Consumer,
    ends: Mapping[TopicPartition, int],
    *,
    on_progress: Callable[[int], None] = lambda _: None,
    max_records: int | None = None,
    standstill_seconds: float | None = None,
) -> AsyncIterator[tuple[TopicPartition, list[Fetched]]]:
    """Yield the fetched records of each assigned partition until its position reaches its end.

    They may include records at or after the end. Before each fetch, ``on_progress`` receives the number of offsets that
    are left. Raises TimeoutError if that number does not fall for ``standstill_seconds``.
    """
    clock = asyncio.get_running_loop().time
    left_before, moved_at = None, clock()
    # Compare positions, not the offset of the last record: markers and aborted records take offsets, too.
    while left := sum([max(0, end - await consumer.position(place)) for place, end in ends.items()]):
        if left != left_before:
            left_before, moved_at = left, clock()
        elif standstill_seconds is not None and clock() - moved_at > standstill_seconds:
            raise TimeoutError(f"{left:,} offsets cannot be read")
        on_progress(left)
        for place, records in (await consumer.getmany(timeout_ms=_POLL_MS, max_records=max_records)).items():
            yield place, records
