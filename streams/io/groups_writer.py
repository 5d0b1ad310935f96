"""Writes groups: into the topic ``groups``, and as one change into every partition of ``evidence``, or not at all.

A change of more than some megabytes becomes several, one after the other in one transaction.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime

from aiokafka import AIOKafkaProducer

from faust_batches.decoding import PassedOver, Unreadable, rows
from schemas.evidence import EvidenceChange
from schemas.group import Group, GroupsChange
from schemas.topics import EVIDENCE, GROUPS
from streams.io.exclusive_producer import only_writer
from streams.io.kafka_config import Cluster
from streams.io.reader import read_all

log = logging.getLogger(__name__)

Plan = Callable[[list[Group]], GroupsChange]


async def read_groups(cluster: Cluster, prefix: str, unreadable: Unreadable | None = None) -> list[Group]:
    """Return the groups that stand, by id. Raises MissingTopicError, or KafkaError when Kafka does not answer.

    ``unreadable`` is given each record that cannot be read; by default it is logged.
    """
    records = await read_all(cluster, prefix, GROUPS)
    return list(rows(records, Group.from_bytes, unreadable or PassedOver(log)).values())


async def write_groups(cluster: Cluster, prefix: str, plan: Plan, arrived: datetime | None = None) -> GroupsChange:
    """Ask ``plan`` what is to change about the groups that stand, and write it in one transaction.

    All regions meet the change at one point of their evidence, at the time that the broker gave it; ``arrived`` counts
    only where topics take the writer's time. Two writers cannot mix: the transactional id lets only the later one
    through. Raises UnreachableError, MissingTopicError, or PublishError; then nothing was written.
    """
    async with only_writer(cluster, prefix, "groups", max_request_size=EVIDENCE.largest_bytes) as producer:
        change = plan(await read_groups(cluster, prefix))
        if change.put or change.remove:
            await _write(producer, prefix, change, arrived)
    return change


async def _write(producer: AIOKafkaProducer, prefix: str, change: GroupsChange, arrived: datetime | None) -> None:
    stamp = int(arrived.timestamp() * 1000) if arrived else None
    written: list[tuple[str, bytes | None]] = [(group.id, group.to_bytes()) for group in change.put]
    written += [(group_id, None) for group_id in change.remove]
    evidence = EVIDENCE.full_name(prefix)
    async with producer.transaction():
        sent = [
            await producer.send(GROUPS.full_name(prefix), row, key.encode(), timestamp_ms=stamp) for key, row in written
        ]
        # The broker's time where it stamps the topic, else the one that was sent.
        when = max(one.timestamp for one in await asyncio.gather(*sent))
        arrived = datetime.fromtimestamp(when / 1000, UTC)
        records = [EvidenceChange(arrived=arrived, groups=part).to_bytes() for part in change.parts()]
        places = await producer.partitions_for(evidence)
        sent = [
            await producer.send(evidence, record, partition=place, timestamp_ms=when)
            for place in sorted(places)
            for record in records
        ]
        await asyncio.gather(*sent)
