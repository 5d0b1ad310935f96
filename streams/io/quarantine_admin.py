"""Reads the quarantine, and republishes its records to their original topic and partition."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.structs import RecordMetadata

from faust_batches.decoding import LogUnreadable, rows
from schemas.quarantine import Quarantined
from schemas.topics import QUARANTINE, SIGHTINGS, TOPICS
from streams.io.exclusive_producer import exclusive_producer, transact
from streams.io.kafka_config import KafkaConfig
from streams.io.reader import partitions, read_all, read_at, until_readable

log = logging.getLogger(__name__)


async def read_quarantine(cluster: KafkaConfig, prefix: str) -> list[Quarantined]:
    """Return the records in quarantine, by id. Unreadable records are logged.

    Raises MissingTopicError, or KafkaError when Kafka does not answer.
    """
    found = rows(await read_all(cluster, prefix, QUARANTINE), Quarantined.from_bytes, LogUnreadable(log))
    return list(found.values())


async def republish(cluster: KafkaConfig, prefix: str, chosen: Sequence[Quarantined]) -> list[Quarantined]:
    """Republish records to their topic and partition, and remove them from quarantine, each in one transaction.

    The record with its headers is read from its topic. If it is no longer there, the copy in quarantine is used, unless
    it is truncated. Returns the records that could not be republished, including those of other topics. Raises
    UnreachableError, MissingTopicError or PublishError.
    """
    ours = {(tp.topic, tp.partition) for tp in await partitions(cluster, prefix, TOPICS)}
    missing = [row for row in chosen if (row.topic, row.partition) not in ours]
    written: list[RecordMetadata] = []
    async with exclusive_producer(
        cluster, prefix, "quarantine", max_request_size=2 * SIGHTINGS.largest_bytes
    ) as producer:
        for row in (row for row in chosen if (row.topic, row.partition) in ours):
            record = await read_at(cluster, TopicPartition(row.topic, row.partition), row.offset, row.arrived)
            if record is None and row.original is not None and row.original_bytes == len(row.original):
                written += await _publish(producer, prefix, row, row.key, row.original, ())
            elif record is None or record.unreadable:
                missing.append(row)
            else:
                written += await _publish(producer, prefix, row, record.key, record.value, record.headers)
    await until_readable(cluster, written)
    return missing


async def _publish(
    producer: AIOKafkaProducer,
    prefix: str,
    row: Quarantined,
    key: bytes | None,
    value: bytes | None,
    headers: Sequence[tuple[str, bytes | None]],
) -> list[RecordMetadata]:
    """Republish the record and remove its row, in one transaction. Headers with an unprintable name are left out."""
    writable = [(name, text) for name, text in headers if name.isprintable()]
    if key is None and value is None:
        value = b""  # aiokafka does not write a record without key and value
    stamp = int(row.arrived.timestamp() * 1000)

    async def write() -> list[RecordMetadata]:
        sent = [
            await producer.send(row.topic, value, key, partition=row.partition, timestamp_ms=stamp, headers=writable),
            await producer.send(QUARANTINE.full_name(prefix), None, row.id.encode()),
        ]
        return list(await asyncio.gather(*sent))

    return await transact(producer, write)
