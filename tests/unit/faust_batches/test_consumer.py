"""How what was fetched becomes a batch: handed on once, taken as a whole."""

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

CONFIG = StageConfig("intake", KafkaConfig("127.0.0.1:1"), "t", Path()).batches()
HERE = TP(CONFIG.input_topic, 0)


def record(offset: int) -> Any:
    return SimpleNamespace(topic=HERE.topic, partition=0, offset=offset, timestamp=0, key=None, value=b"", headers=())


def owned(writer: MemoryWriter | None = None) -> OwnedPartition:
    return partition_in_memory(CONFIG, writer or MemoryWriter())


def batch_of(partition: OwnedPartition) -> Batch:
    return Batch(partition, asyncio.Semaphore(1), lambda: None)


async def test_what_comes_while_a_batch_is_on_its_way_is_in_it_and_not_handed_on_again() -> None:
    consumer: Any = object.__new__(batches.Transport.Consumer)
    consumer.config, consumer.owned = CONFIG, {0: owned()}
    handed_on = [consumer._buffer_records(HERE, [record(n)]) for n in range(3)]
    # One more for each fetch would fill Faust's buffer, and it would read no more of the partition.
    assert [len(one) for one in handed_on] == [1, 0, 0]
    assert [one.offset for one in consumer.owned[0].next_records()] == [0, 1, 2]
    assert len(consumer._buffer_records(HERE, [record(3)])) == 1


async def test_a_batch_of_nothing_waits_for_nobody() -> None:
    partition = owned()
    async with partition.lock, asyncio.timeout(5), batch_of(partition) as batch:
        await batch.work(lambda _, __: Step())


async def test_the_group_is_told_of_the_last_batch_when_a_partition_is_let_go() -> None:
    told: list[dict[Any, int]] = []

    async def commit(offsets: dict[Any, int]) -> None:
        told.append(offsets)

    async def call_thread(method: Any, offsets: dict[Any, int]) -> None:
        await method(offsets)

    async def stop() -> None:
        assert told == [], "the position is not the last before the batch under way is done"

    writer = MemoryWriter()
    writer.stop = stop  # type: ignore[method-assign]
    partition = owned(writer)
    partition.tables[POSITIONS["intake"]].put({"0": Position(next_offset=7).to_bytes()}, 0)
    consumer: Any = object.__new__(batches.Transport.Consumer)
    consumer.config, consumer.owned, consumer.companions = CONFIG, {0: partition}, []
    consumer._thread = SimpleNamespace(_consumer=SimpleNamespace(commit=commit), call_thread=call_thread)
    await consumer._release()
    assert told == [{HERE: 7}]
