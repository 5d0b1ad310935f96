"""A consumer raises an error if its fetching task has ended, and chooses how long a request may wait."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.consumer import consumer
from aiokafka.errors import KafkaError

from faust_batches import kafka_consumer
from faust_batches.kafka_consumer import Consumer, next_wait_ms


async def dead() -> None:
    """Stand for the task that fetches, when it has failed."""


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, list[str]]]]:
    """What aiokafka gives, in order."""
    given: list[dict[str, list[str]]] = []

    async def getmany(*_: Any, **__: Any) -> dict[str, list[str]]:
        return given.pop(0)

    monkeypatch.setattr(AIOKafkaConsumer, "getmany", getmany)
    monkeypatch.setattr(AIOKafkaConsumer, "__del__", lambda _: None, raising=False)
    yield given


async def test_fetched_records_are_returned_before_the_error_is_raised(answers: list[dict[str, list[str]]]) -> None:
    consumer: Any = object.__new__(Consumer)
    consumer._fetcher = SimpleNamespace(error_future=asyncio.create_task(dead()))
    answers += [{}, {"place": ["record"]}, {}]

    assert await consumer.getmany(timeout_ms=1) == {}
    await consumer._fetcher.error_future
    assert await consumer.getmany(timeout_ms=1) == {"place": ["record"]}
    with pytest.raises(KafkaError, match="lost permanently"):
        await consumer.getmany(timeout_ms=1)


@pytest.mark.parametrize(("assigned_seconds", "wait_ms"), [(0.0, 50), (0.1, 50), (0.6, 150), (1.0, 250), (600.0, 250)])
def test_a_request_waits_longer_the_older_the_assignment_is(assigned_seconds: float, wait_ms: int) -> None:
    assert next_wait_ms(assigned_seconds, 250, leaves_out=False) == wait_ms
    assert next_wait_ms(assigned_seconds, 250, leaves_out=True) == 50


async def test_a_request_is_short_after_an_assignment_and_if_it_leaves_out_a_partition() -> None:
    clock = MagicMock()
    client = MagicMock(_metadata_max_age_ms=1000, _loop=clock)
    fetcher: Any = consumer.Fetcher(client, MagicMock(), fetch_max_wait_ms=250)
    before, after = MagicMock(tps=[], active=False), MagicMock(tps=[], active=False)

    def wait_ms(at: float, assignment: MagicMock) -> int:
        clock.time.return_value = at
        fetcher._get_actions_per_node(assignment)
        wait: int = fetcher._fetch_max_wait_ms
        return wait

    try:
        assert [wait_ms(10.0, before), wait_ms(12.0, before), wait_ms(12.1, after)] == [50, 250, 50]
        fetcher._records[TopicPartition("sightings", 0)] = object()
        left_out_wait = wait_ms(14.0, after)
        fetcher._records.clear()
        assert [left_out_wait, wait_ms(14.1, after)] == [50, 250]
    finally:
        fetcher._loop = asyncio.get_running_loop()
        await fetcher.close()


async def test_a_consumer_that_is_cancelled_while_it_looks_for_the_brokers_leaves_no_connection_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = asyncio.Event()

    class Connection:
        is_open = True

        async def send(self, _: object) -> None:
            asked.set()
            await asyncio.Event().wait()

        def close(self) -> None:
            self.is_open = False

    connection = Connection()

    async def connect(*_: object, **__: object) -> Connection:
        return connection

    monkeypatch.setattr(kafka_consumer, "_connect", connect)
    consumer = Consumer(bootstrap_servers="127.0.0.1:9")
    starting = asyncio.create_task(consumer.start())
    await asked.wait()
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    await consumer.stop()
    assert not connection.is_open
