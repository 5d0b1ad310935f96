"""A hand-written loop on aiokafka: fetch, fold, one transaction. One process per hop.

Records are written with the library's batch builder, which its documentation recommends for control over batches. State
is a dictionary per partition; its changed rows are written to compacted topics in the transaction, and it is restored
when a partition is assigned.
"""

from __future__ import annotations

import asyncio
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition

from bench.contenders.rules import HOPS, fold_of
from bench.workload import PARTITIONS
from faust_batches.restore import restore
from faust_batches.step import Incoming, Step
from faust_batches.tables import PartitionTables
from faust_batches.transaction import EncodedRows, home_partition
from schemas.topics import STAGES, Stage
from streams.io.kafka_config import KafkaConfig
from streams.io.stage_config import StageConfig

_Written = dict[tuple[str, int], list[tuple[bytes | None, bytes | None, int | None]]]


class Loop(ConsumerRebalanceListener):  # type: ignore[misc] # it has no types
    """Processes a hop."""

    def __init__(self, stage: Stage, bootstrap: str, prefix: str) -> None:
        self._stage: Stage = stage
        self._bootstrap, self._prefix = bootstrap, prefix
        self._fold = fold_of(stage)
        self._tables: dict[int, PartitionTables] = {}
        self._restored = asyncio.Event()

    async def run(self) -> None:
        """Process until the process is ended."""
        group = f"{self._prefix}.{self._stage}"
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_partition_fetch_bytes=4 * 2**20,
            fetch_max_wait_ms=100,
        )
        producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            transactional_id=group,
            max_batch_size=900_000,
            max_request_size=64 * 2**20,
            retry_backoff_ms=10,
        )
        await producer.start()
        consumer.subscribe([STAGES[self._stage].full_name(self._prefix)], listener=self)
        await consumer.start()
        while True:
            fetched = await consumer.getmany(timeout_ms=100, max_records=4000)
            await self._restored.wait()
            if fetched:
                await self._commit(producer, group, fetched)

    async def on_partitions_revoked(self, _: Iterable[TopicPartition]) -> None:
        """Hold back the next batch until the state is restored."""
        self._restored.clear()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Restore the state."""
        for place in assigned:
            config = StageConfig(self._stage, KafkaConfig(self._bootstrap), self._prefix, Path()).batches()
            tables = PartitionTables.open(config, place.partition, {})
            await restore(config, tables, place.partition)
            self._tables[place.partition] = tables
        self._restored.set()

    async def _commit(self, producer: AIOKafkaProducer, group: str, fetched: dict[TopicPartition, list[Any]]) -> None:
        written: _Written = defaultdict(list)
        rows, changes = {}, {}
        for place, records in fetched.items():
            step = self._fold(self._tables[place.partition], [Incoming.of(record) for record in records])
            rows[place.partition], changes[place.partition] = EncodedRows.of(step).rows, step.changes
            self._add_outgoing(written, step)
            for topic, changed in rows[place.partition].items():
                written[topic.full_name(self._prefix), place.partition] += [
                    (key.encode(), row, None) for key, row in changed.items()
                ]
        positions = {place: records[-1].offset + 1 for place, records in fetched.items()}
        async with producer.transaction():
            for (topic_name, partition), lines in written.items():
                await _send(producer, topic_name, partition, lines)
            await producer.send_offsets_to_transaction(positions, group)
        for partition, changed_rows in rows.items():
            self._tables[partition].apply_committed(changes[partition], changed_rows, dict.fromkeys(changed_rows, 0))

    def _add_outgoing(self, written: _Written, step: Step) -> None:
        for out in step.outgoing:
            partition = home_partition(out.key or b"", PARTITIONS) if out.partition is None else out.partition
            stamp = int(out.arrived.timestamp() * 1000)
            written[out.topic.full_name(self._prefix), partition].append((out.key, out.value, stamp))


async def _send(
    producer: AIOKafkaProducer, topic: str, partition: int, lines: list[tuple[bytes | None, bytes | None, int | None]]
) -> None:
    batch = producer.create_batch()
    for key, value, timestamp in lines:
        while batch.append(key=key, value=value, timestamp=timestamp) is None:
            await producer.send_batch(batch, topic, partition=partition)
            batch = producer.create_batch()
    await producer.send_batch(batch, topic, partition=partition)


if __name__ == "__main__":
    name, address, prefix_, _ = sys.argv[1:]
    asyncio.run(Loop(next(stage for stage in HOPS if stage == name), address, prefix_).run())
