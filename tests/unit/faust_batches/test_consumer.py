"""Fetched records become a batch, which is announced once and takes the whole buffer."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from faust.types import TP

from faust_batches import consumer as batches
from faust_batches.batch import Batch
from faust_batches.memory import MemoryWriter, partition_in_memory
from faust_batches.owned_partition import OwnedPartition
from faust_batches.position import Position
from faust_batches.step import Step
from schemas.topics import POSITIONS
from streams.io.kafka_config import KafkaConfig
from streams.io.stage_config import StageConfig
from tests.support.tables import each_row
from tests.support.waiting import PATIENCE_SECONDS

CONFIG = StageConfig("intake", KafkaConfig("127.0.0.1:1"), "t", Path()).batches()
HERE = TP(CONFIG.input_topic, 0)


def record(offset: int) -> Any:
    return SimpleNamespace(topic=HERE.topic, partition=0, offset=offset, timestamp=0, key=None, value=b"", headers=())


def owned(writer: MemoryWriter | None = None) -> OwnedPartition:
    return partition_in_memory(CONFIG, writer or MemoryWriter())


def batch_of(partition: OwnedPartition) -> Batch:
    return Batch(partition, asyncio.Semaphore(1), lambda: None)


async def test_records_that_arrive_before_a_batch_runs_join_it_and_are_announced_once() -> None:
    consumer: Any = object.__new__(batches.Transport.Consumer)
    consumer.config, consumer.owned = CONFIG, {0: owned()}
    handed_on = [consumer._buffer_records(HERE, [record(n)]) for n in range(3)]
    # An item for each fetch would fill Faust's buffer, and Faust would stop reading the partition.
    assert [len(items) for items in handed_on] == [1, 0, 0]
    assert [record.offset for record in consumer.owned[0].next_records()] == [0, 1, 2]
    assert len(consumer._buffer_records(HERE, [record(3)])) == 1


async def test_an_empty_batch_does_not_wait_for_the_lock() -> None:
    partition = owned()
    async with partition.lock, asyncio.timeout(PATIENCE_SECONDS), batch_of(partition) as batch:
        await batch.work(lambda _, __: Step())


async def test_the_offset_of_the_last_batch_is_committed_to_the_group_on_release() -> None:
    committed: list[dict[Any, int]] = []

    async def commit(offsets: dict[Any, int]) -> None:
        committed.append(offsets)

    async def call_thread(method: Any, offsets: dict[Any, int]) -> None:
        await method(offsets)

    async def stop() -> None:
        assert committed == [], "the batch in progress may still change the position"

    writer = MemoryWriter()
    writer.stop = stop  # type: ignore[method-assign]
    partition = owned(writer)
    partition.tables[POSITIONS["intake"]].put({"0": Position(next_offset=7).to_bytes()}, 0)
    consumer: Any = object.__new__(batches.Transport.Consumer)
    consumer.config, consumer.owned, consumer.background_tasks = CONFIG, {0: partition}, []
    consumer._thread = SimpleNamespace(_consumer=SimpleNamespace(commit=commit), call_thread=call_thread)
    await consumer._release()
    assert committed == [], "the last owner may have read more"
    consumer.owned, partition.read_before = {0: partition}, 0
    await consumer._release()
    assert committed == [{HERE: 7}]


@each_row(("next_offset", "read_to"), [(7, 7), (8, 9)])
def test_markers_after_the_last_record_are_read_once_it_is_processed(next_offset: int, read_to: int) -> None:
    partition = owned()
    partition.tables[POSITIONS["intake"]].put({"0": Position(next_offset=next_offset).to_bytes()}, 0)
    partition.receive([record(7)])
    partition.fetched = (9, 9)
    assert partition.read_to == read_to
