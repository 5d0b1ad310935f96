"""A consumer raises an error if its fetching task has ended."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from faust_batches.kafka_consumer import Consumer


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
