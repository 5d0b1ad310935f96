"""Reads and writes what people configure: the topics ``groups``, ``areas`` and ``subscriptions``.

Only one writer changes such a topic at a time: each change is a transaction, and a new writer fences the previous one.
A failed change may have been written only if Kafka stopped answering during its transaction. A change of groups or
areas is also written to every partition of ``evidence``, in the same transaction.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from aiokafka import AIOKafkaProducer
from aiokafka.structs import RecordMetadata

from faust_batches.decoding import LogUnreadable, Unreadable, rows
from places.area_records import area_code
from schemas.area import Area, AreasChange
from schemas.evidence import EvidenceChange
from schemas.group import Group, GroupsChange
from schemas.subscription import Subscriber
from schemas.topics import AREAS, EVIDENCE, GROUPS, SUBSCRIPTIONS, Topic
from streams.dispatch.subscribers import SubscriberRows, exceeded_limit
from streams.io.exclusive_producer import exclusive_producer, transact
from streams.io.kafka_config import KafkaConfig
from streams.io.publisher import PublishError
from streams.io.reader import read_all, until_readable

log = logging.getLogger(__name__)

GroupPlan = Callable[[list[Group]], GroupsChange]
"""Returns the change to make to the current groups."""

AreaPlan = Callable[[list[Area]], AreasChange]
"""Returns the change to make to the current areas; its number of partitions does not matter."""

_Row = tuple[str, bytes | None]
"""Key and value of a record; None removes the row."""


class SubscriptionLimitError(PublishError):
    """A destination, or all together, would exceed a limit. The message names the limit."""


async def read_groups(cluster: KafkaConfig, prefix: str, unreadable: Unreadable | None = None) -> list[Group]:
    """Return the current groups, by id. Raises MissingTopicError, or KafkaError when Kafka does not answer.

    ``unreadable`` receives each record that cannot be read; by default it is logged.
    """
    records = await read_all(cluster, prefix, GROUPS)
    return list(rows(records, Group.from_bytes, unreadable or LogUnreadable(log)).values())


async def write_groups(
    cluster: KafkaConfig, prefix: str, plan: GroupPlan, arrived: datetime | None = None
) -> GroupsChange:
    """Write the change that ``plan`` makes to the current groups, in one transaction, and return it.

    Every region gets the change at one point of its evidence, with the timestamp that the broker assigned; ``arrived``
    counts only where topics take the producer's timestamp. A change of several megabytes becomes several records.
    Raises UnreachableError, MissingTopicError, or PublishError; then nothing was written.
    """
    async with exclusive_producer(cluster, prefix, "groups", max_request_size=EVIDENCE.largest_bytes) as producer:
        change = plan(await read_groups(cluster, prefix))
        if change.put or change.remove:
            await until_readable(cluster, await _write_groups(producer, prefix, change, arrived))
    return change


async def _write_groups(
    producer: AIOKafkaProducer, prefix: str, change: GroupsChange, arrived: datetime | None
) -> list[RecordMetadata]:
    rows: list[_Row] = [(group.id, group.to_bytes()) for group in change.put]
    rows += [(group_id, None) for group_id in change.remove]

    def changes(at: datetime) -> list[EvidenceChange]:
        return [EvidenceChange(arrived=at, groups=part) for part in change.parts()]

    return await _write_everywhere(producer, prefix, GROUPS, rows, changes, arrived)


async def _write_everywhere(
    producer: AIOKafkaProducer,
    prefix: str,
    topic: Topic,
    rows: Sequence[_Row],
    changes: Callable[[datetime], Sequence[EvidenceChange]],
    arrived: datetime | None,
) -> list[RecordMetadata]:
    """Write rows of a topic, and their change into every partition of ``evidence``, in one transaction."""
    stamp = int(arrived.timestamp() * 1000) if arrived else None
    evidence = EVIDENCE.full_name(prefix)

    async def write() -> list[RecordMetadata]:
        sent = [
            await producer.send(topic.full_name(prefix), row, key.encode(), timestamp_ms=stamp) for key, row in rows
        ]
        # The broker's timestamp if the topic uses that, otherwise the timestamp that was sent.
        written = await asyncio.gather(*sent)
        timestamp = max(metadata.timestamp for metadata in written)
        records = [change.to_bytes() for change in changes(datetime.fromtimestamp(timestamp / 1000, UTC))]
        partitions = await producer.partitions_for(evidence)
        sent = [
            await producer.send(evidence, record, partition=partition, timestamp_ms=timestamp)
            for partition in sorted(partitions)
            for record in records
        ]
        return [*written, *await asyncio.gather(*sent)]

    return await transact(producer, write)


async def read_areas(cluster: KafkaConfig, prefix: str, unreadable: Unreadable | None = None) -> list[Area]:
    """Return the areas that presence counts in. Raises MissingTopicError, or KafkaError when Kafka does not answer.

    ``unreadable`` receives each record that cannot be read; by default it is logged.
    """
    records = await read_all(cluster, prefix, AREAS)
    return list(rows(records, Area.from_bytes, unreadable or LogUnreadable(log)).values())


async def write_areas(cluster: KafkaConfig, prefix: str, plan: AreaPlan) -> AreasChange:
    """Write the change that ``plan`` makes to the current areas, in one transaction, and return it.

    Presence counts the sightings on record in them. Raises UnreachableError, MissingTopicError, or PublishError; then
    nothing was written.
    """
    async with exclusive_producer(cluster, prefix, "areas", max_request_size=EVIDENCE.largest_bytes) as producer:
        known = await read_areas(cluster, prefix)
        change = plan(known).replace(partitions=len(await producer.partitions_for(EVIDENCE.full_name(prefix))))
        if change.put or change.remove:
            written: list[_Row] = [(area_code(area.name), area.to_bytes()) for area in change.put]
            written += [(area_code(area.name), None) for area in change.remove]

            def changes(at: datetime) -> list[EvidenceChange]:
                return [EvidenceChange(arrived=at, areas=part) for part in change.parts()]

            await until_readable(cluster, await _write_everywhere(producer, prefix, AREAS, written, changes, None))
    return change


async def read_subscribers(
    cluster: KafkaConfig, prefix: str, unreadable: Unreadable | None = None
) -> dict[str, Subscriber]:
    """Return all subscribers by destination. Raises MissingTopicError, or KafkaError when Kafka does not answer.

    ``unreadable`` receives each record that cannot be read; by default it is logged.
    """
    records = await read_all(cluster, prefix, SUBSCRIPTIONS)
    subscribers = rows(records, Subscriber.from_bytes, unreadable or LogUnreadable(log))
    return {subscriber.destination: subscriber for subscriber in subscribers.values()}


async def write_subscribers(
    cluster: KafkaConfig,
    prefix: str,
    plan: Callable[[Mapping[str, Subscriber]], SubscriberRows],
    unreadable: Unreadable | None = None,
) -> SubscriberRows:
    """Write the rows that ``plan`` returns for the current subscribers, in one transaction, and return them.

    Raises UnreachableError, MissingTopicError, PublishError, or SubscriptionLimitError when the rows exceed a limit;
    then nothing was written.
    """
    async with exclusive_producer(cluster, prefix, "subscriptions") as producer:
        current = await read_subscribers(cluster, prefix, unreadable)
        changed = plan(current)
        if problem := exceeded_limit(current, changed):
            raise SubscriptionLimitError(problem)

        async def write() -> list[RecordMetadata]:
            topic = SUBSCRIPTIONS.full_name(prefix)
            sent = [
                await producer.send(topic, row.to_bytes() if row else None, destination.encode())
                for destination, row in changed.items()
            ]
            return await asyncio.gather(*sent)

        if changed:
            await until_readable(cluster, await transact(producer, write))
    return changed
