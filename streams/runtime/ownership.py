"""A partition that this process owns: its state, and the transactional producer that fences every other owner.

The order that makes it safe: start the producer, which fences the previous owner and aborts what it had open; restore
the tables up to their committed end; only then read the committed offset and begin to work.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.partitioner import murmur2

from schemas.topics import STAGES, TABLES, Stage, Topic
from streams.runtime.cluster import Cluster
from streams.runtime.tables import PartitionTables, encode, restore
from streams.steps import Outgoing, Step

_Written = tuple[bytes | None, bytes | None, int | None, list[tuple[str, bytes]]]

BATCH_BYTES = 900_000
"""Below every topic's limit for one batch; a single larger record still goes, alone."""


@dataclass(frozen=True, slots=True)
class StageConfig:
    """What the runtime must know of a stage. Nothing of it is a business rule."""

    stage: Stage
    cluster: Cluster
    prefix: str
    """Prefix of all topic names and consumer groups."""
    batch_records: int = 2000
    """The most records that one batch holds."""

    @property
    def group(self) -> str:
        """The consumer group, and Faust's app id."""
        return f"{self.prefix}.{self.stage}"

    @property
    def input_topic(self) -> str:
        """Full name of the topic that the stage reads."""
        return STAGES[self.stage].full_name(self.prefix)


class OwnedPartition:
    """Partition *n* of a stage, from its assignment to its revocation."""

    def __init__(
        self, config: StageConfig, partition: int, producer: AIOKafkaProducer, tables: PartitionTables
    ) -> None:
        self.config, self.partition, self.tables = config, partition, tables
        self.turn = asyncio.Lock()
        """Held while a batch is folded and committed; a revocation waits for it."""
        self.released = False
        self._producer = producer

    @classmethod
    async def take(cls, config: StageConfig, partition: int) -> OwnedPartition:
        """Fence the previous owner, then restore."""
        producer = AIOKafkaProducer(
            **config.cluster.for_client(),
            transactional_id=f"{config.group}.{partition}",
            transaction_timeout_ms=20_000,
            request_timeout_ms=15_000,
            max_batch_size=BATCH_BYTES,
            max_request_size=64 * 2**20,
            # The first produce of a transaction is refused while the broker verifies it (KIP-890): ask again soon.
            retry_backoff_ms=10,
        )
        await producer.start()
        tables = await restore(config.cluster, config.prefix, TABLES[config.stage], partition)
        return cls(config, partition, producer, tables)

    async def release(self) -> None:
        """Finish the batch under way and stop: the next owner may come."""
        async with self.turn:
            self.released = True
        await self._producer.stop()

    async def partitions(self) -> int:
        """Return the number of partitions, the same for every topic."""
        return len(await self._producer.partitions_for(self.config.input_topic))

    async def commit(self, step: Step, next_offset: int) -> None:
        """Write outputs, changed rows and the offset as one transaction, then take the rows over.

        Raises an aiokafka KafkaError when it did not happen; the caller must end the process, for state and log may
        then differ in what they hold.
        """
        rows = encode(step.changes)
        written: dict[tuple[str, int], list[_Written]] = defaultdict(list)
        count = await self.partitions()
        for record in step.outgoing:
            written[self._full_name(record.topic), _partition_of(record, count)].append(
                (record.key, record.value, int(record.arrived.timestamp() * 1000), list(record.headers))
            )
        for topic, changed in rows.items():
            written[self._full_name(topic), self.partition] += [
                (key.encode(), row, None, []) for key, row in changed.items()
            ]
        position = {TopicPartition(self.config.input_topic, self.partition): next_offset}
        async with self._producer.transaction():
            futures = [f for place, records in written.items() for f in await self._send(*place, records)]
            await self._producer.send_offsets_to_transaction(position, self.config.group)
        await asyncio.gather(*futures)
        self.tables.apply(rows)

    async def _send(self, topic: str, partition: int, records: list[_Written]) -> list[asyncio.Future[object]]:
        futures = []
        builder = self._producer.create_batch()
        for key, value, timestamp, headers in records:
            while builder.append(key=key, value=value, timestamp=timestamp, headers=headers) is None:
                futures.append(await self._producer.send_batch(builder, topic, partition=partition))
                builder = self._producer.create_batch()
        futures.append(await self._producer.send_batch(builder, topic, partition=partition))
        return futures

    def _full_name(self, topic: Topic) -> str:
        return topic.full_name(self.config.prefix)


def _partition_of(record: Outgoing, count: int) -> int:
    return record.partition if record.partition is not None else home_partition(record.key or b"", count)


def home_partition(key: bytes, count: int) -> int:
    """Return the partition of a key among ``count``, as the default partitioner of every Kafka client has it."""
    return int(murmur2(key) & 0x7FFFFFFF) % count
