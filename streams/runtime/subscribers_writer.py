"""Reads and writes who subscribed to what: the topic ``subscriptions``. Two writers at a time cannot mix."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, ProducerFenced

from schemas.subscription import Subscriber
from schemas.topics import SUBSCRIPTIONS
from streams.runtime.cluster import Cluster
from streams.runtime.producer import PublishError
from streams.runtime.reader import read_table
from streams.runtime.topic_admin import UnreachableError

Rows = Mapping[str, Subscriber | None]
"""Rows to write by destination; None removes one."""


async def read_subscribers(cluster: Cluster, prefix: str) -> dict[str, Subscriber]:
    """Return all subscribers by destination. Raises MissingTopicError, or KafkaError when Kafka does not answer."""
    rows = [Subscriber.from_bytes(record.value or b"") for record in await read_table(cluster, prefix, SUBSCRIPTIONS)]
    return {one.destination: one for one in rows}


async def write_subscribers(cluster: Cluster, prefix: str, plan: Callable[[Mapping[str, Subscriber]], Rows]) -> Rows:
    """Ask ``plan`` what is to change about the subscribers there are, write it in one transaction, and return it.

    Raises UnreachableError, MissingTopicError, or PublishError; then nothing was written.
    """
    producer = AIOKafkaProducer(**cluster.for_client(), transactional_id=f"{prefix}.subscriptions")
    try:
        await producer.start()
    except (KafkaError, OSError) as error:
        raise UnreachableError(f"Kafka does not answer at {cluster.bootstrap} ({type(error).__name__}).") from error
    try:
        # Read only now: whoever wrote before has finished, or is fenced off.
        rows = plan(await read_subscribers(cluster, prefix))
        if rows:
            async with producer.transaction():
                topic = SUBSCRIPTIONS.full_name(prefix)
                sent = [
                    await producer.send(topic, row.to_bytes() if row else None, destination.encode())
                    for destination, row in rows.items()
                ]
                await asyncio.gather(*sent)
    except ProducerFenced as error:
        raise PublishError("Someone else changes subscriptions at the same time: try again.") from error
    except KafkaError as error:
        raise PublishError(f"Kafka did not take the subscriptions: {type(error).__name__}: {error}") from error
    finally:
        await producer.stop()
    return rows
