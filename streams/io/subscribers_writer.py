"""Reads and writes who subscribed to what: the topic ``subscriptions``. Two writers at a time cannot mix."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from faust_batches.decoding import PassedOver, Unreadable, rows
from schemas.subscription import Subscriber
from schemas.topics import SUBSCRIPTIONS
from streams.dispatch.subscribers import exceeded_limit
from streams.io.exclusive_producer import only_writer
from streams.io.kafka_config import Cluster
from streams.io.publisher import PublishError
from streams.io.reader import read_all

log = logging.getLogger(__name__)

Rows = Mapping[str, Subscriber | None]
"""Rows to write by destination; None removes one."""


class TooMuchError(PublishError):
    """More than a destination, or all of them, may ask for. The message says what."""


async def read_subscribers(
    cluster: Cluster, prefix: str, unreadable: Unreadable | None = None
) -> dict[str, Subscriber]:
    """Return all subscribers by destination. Raises MissingTopicError, or KafkaError when Kafka does not answer.

    ``unreadable`` is given each record that cannot be read; by default it is logged.
    """
    records = await read_all(cluster, prefix, SUBSCRIPTIONS)
    known = rows(records, Subscriber.from_bytes, unreadable or PassedOver(log))
    return {subscriber.destination: subscriber for subscriber in known.values()}


async def write_subscribers(
    cluster: Cluster,
    prefix: str,
    plan: Callable[[Mapping[str, Subscriber]], Rows],
    unreadable: Unreadable | None = None,
) -> Rows:
    """Ask ``plan`` what is to change about the subscribers there are, write it in one transaction, and return it.

    Raises UnreachableError, MissingTopicError, PublishError, or TooMuchError for more than may be written; then nothing
    was written.
    """
    async with only_writer(cluster, prefix, "subscriptions") as producer:
        known = await read_subscribers(cluster, prefix, unreadable)
        changed = plan(known)
        if problem := exceeded_limit(known, changed):
            raise TooMuchError(problem)
        if changed:
            async with producer.transaction():
                topic = SUBSCRIPTIONS.full_name(prefix)
                sent = [
                    await producer.send(topic, row.to_bytes() if row else None, destination.encode())
                    for destination, row in changed.items()
                ]
                await asyncio.gather(*sent)
    return changed
