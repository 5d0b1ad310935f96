"""Writes to Kafka in transactions, with one writer of a subject at a time: a new writer fences the previous one.

aiokafka waits without a limit while Kafka is away: in a transaction, in its abort, and when a producer stops. Here each
of them has a limit.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, ProducerFenced, TransactionalIdAuthorizationFailed

from faust_batches.errors import UnreachableError, reason
from faust_batches.kafka_producer import cancel, stop_producer
from streams.io.kafka_config import KafkaConfig
from streams.io.publisher import ANSWER_SECONDS, PublishError

T = TypeVar("T")


@asynccontextmanager
async def exclusive_producer(
    cluster: KafkaConfig, prefix: str, subject: str, **options: Any
) -> AsyncIterator[AIOKafkaProducer]:
    """Open a transactional producer for ``subject``, such as ``groups``, which is part of its transactional id.

    Read the current rows inside the context: the previous writer has finished then. Raises UnreachableError, or
    PublishError when this user may not write, Kafka rejected a record or another writer started; then nothing was
    written.
    """
    producer = AIOKafkaProducer(**cluster.for_client(), transactional_id=f"{prefix}.{subject}", **options)
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            await producer.start()
    except (KafkaError, OSError) as error:
        await stop_producer(producer)
        if isinstance(error, TransactionalIdAuthorizationFailed):
            raise PublishError(
                f"This user may not change {subject}: grant Write on the transactional id {prefix}.{subject}."
            ) from error
        raise UnreachableError(f"Kafka does not answer at {cluster.bootstrap} ({type(error).__name__}).") from error
    try:
        yield producer
    except ProducerFenced as error:
        raise PublishError(f"Another process is changing {subject} at the same time: try again.") from error
    except KafkaError as error:
        raise PublishError(f"Kafka rejected the change of {subject}: {reason(error)}") from error
    finally:
        await stop_producer(producer)


async def transact(
    producer: AIOKafkaProducer, write: Callable[[], Awaitable[T]], answer_seconds: float = ANSWER_SECONDS
) -> T:
    """Return what ``write`` returns, which sends records in one transaction.

    Raises KafkaError if Kafka rejected the transaction, UnreachableError if its outcome is unknown after
    ``answer_seconds``.
    """

    async def transaction() -> T:
        async with producer.transaction():
            return await write()

    writing = asyncio.create_task(transaction())
    try:
        done, _ = await asyncio.wait({writing}, timeout=answer_seconds)
    finally:
        await cancel(writing)
    if not done:
        raise UnreachableError(
            f"Kafka has not answered for {answer_seconds:g} seconds: the change may have been written, or not."
        )
    return writing.result()
