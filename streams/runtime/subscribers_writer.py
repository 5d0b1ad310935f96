"""Reads and writes who subscribed to what: the topic ``subscriptions``. Two writers at a time cannot mix."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from schemas.subscription import Subscriber
from schemas.topics import SUBSCRIPTIONS
from streams.dispatch.subscribing import too_much
from streams.runtime.cluster import Cluster
from streams.runtime.fenced import only_writer
from streams.runtime.producer import PublishError
from streams.runtime.reader import read_table

Rows = Mapping[str, Subscriber | None]
"""Rows to write by destination; None removes one."""


class TooMuchError(PublishError):
    """More than a destination, or all of them, may ask for. The message says what."""


async def read_subscribers(cluster: Cluster, prefix: str) -> dict[str, Subscriber]:
    """Return all subscribers by destination. Raises MissingTopicError, or KafkaError when Kafka does not answer."""
    rows = [Subscriber.from_bytes(record.value or b"") for record in await read_table(cluster, prefix, SUBSCRIPTIONS)]
    return {one.destination: one for one in rows}


async def write_subscribers(cluster: Cluster, prefix: str, plan: Callable[[Mapping[str, Subscriber]], Rows]) -> Rows:
    """Ask ``plan`` what is to change about the subscribers there are, write it in one transaction, and return it.

    Raises UnreachableError, MissingTopicError, PublishError, or TooMuchError for more than may be written; then nothing
    was written.
    """
    async with only_writer(cluster, prefix, "subscriptions") as producer:
        known = await read_subscribers(cluster, prefix)
        rows = plan(known)
        if problem := too_much(known, rows):
            raise TooMuchError(problem)
        if rows:
            async with producer.transaction():
                topic = SUBSCRIPTIONS.full_name(prefix)
                sent = [
                    await producer.send(topic, row.to_bytes() if row else None, destination.encode())
                    for destination, row in rows.items()
                ]
                await asyncio.gather(*sent)
    return rows
