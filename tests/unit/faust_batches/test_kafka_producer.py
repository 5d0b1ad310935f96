"""A producer stops, whether Kafka answers or not."""

from __future__ import annotations

import asyncio
from typing import cast

from aiokafka import AIOKafkaProducer

from faust_batches.kafka_producer import stop_producer


class Sender:
    """Waits for Kafka, which is away, and goes on waiting when it is cancelled for the first time."""

    def __init__(self) -> None:
        self.sender_task = asyncio.create_task(self._send())

    async def _send(self) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.Event().wait()


class Producer:
    """Stops when everything is sent."""

    def __init__(self) -> None:
        self._sender = Sender()
        self.stopped = False

    async def stop(self) -> None:
        await asyncio.wait({self._sender.sender_task})
        self.stopped = True


async def test_a_producer_stops_while_kafka_is_away() -> None:
    producer = Producer()
    await stop_producer(cast("AIOKafkaProducer", producer), seconds=0)

    assert producer.stopped
    assert asyncio.all_tasks() == {asyncio.current_task()}
