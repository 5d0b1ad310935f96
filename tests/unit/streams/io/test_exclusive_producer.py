"""A transaction ends, whether Kafka answers or not."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, cast

import pytest
from aiokafka import AIOKafkaProducer

from faust_batches.errors import UnreachableError
from streams.io.exclusive_producer import transact


class Producer:
    """Commits at once. An abort waits for Kafka, which is away."""

    def __init__(self) -> None:
        self.committed = False

    def transaction(self) -> Producer:
        return self

    async def __aenter__(self) -> None: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error:
            await forever()
        self.committed = True


async def forever() -> Any:
    await asyncio.Event().wait()


async def test_a_transaction_returns_what_was_written() -> None:
    async def write() -> str:
        return "written"

    producer = Producer()
    assert await transact(cast("AIOKafkaProducer", producer), write) == "written"
    assert producer.committed


async def test_a_transaction_that_kafka_does_not_answer_ends() -> None:
    producer = Producer()
    with pytest.raises(UnreachableError, match="has not answered for 0 seconds"):
        await transact(cast("AIOKafkaProducer", producer), forever, answer_seconds=0)
    assert not producer.committed
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_transaction_that_is_cancelled_while_kafka_is_away_ends() -> None:
    task = asyncio.create_task(transact(cast("AIOKafkaProducer", Producer()), forever))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert asyncio.all_tasks() == {asyncio.current_task()}
