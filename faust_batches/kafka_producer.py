"""Stops a producer of aiokafka, which waits without a limit while Kafka is away."""

from __future__ import annotations

import asyncio
from typing import Any

from aiokafka import AIOKafkaProducer

STOP_SECONDS = 5.0
"""Time for requests in progress. A transaction that is not committed by then never is: the next owner aborts it."""


async def stop_producer(producer: AIOKafkaProducer, seconds: float = STOP_SECONDS) -> None:
    """Stop a producer. After ``seconds``, discard what Kafka has not acknowledged."""
    stopping = asyncio.create_task(producer.stop())
    done, _ = await asyncio.wait({stopping}, timeout=seconds)
    sending = producer._sender.sender_task  # noqa: SLF001 - None if the producer could not start
    if sending and not done:
        await cancel(sending)
    await stopping


async def cancel(task: asyncio.Task[Any]) -> None:
    """Cancel a task until it ends, because aiokafka reacts to the first cancellation by waiting for Kafka."""
    while not task.done():
        task.cancel()
        await asyncio.sleep(0)
