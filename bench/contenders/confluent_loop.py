"""A hand-written loop on confluent-kafka: fetch, fold, one transaction. One process per hop.

It follows the library's own example of transactions: one transactional producer per process; offsets are sent with the
consumer group's metadata. State is a dictionary per partition; its changed rows are written to compacted topics in the
transaction, and it is restored when a partition is assigned.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Producer, TopicPartition

from bench.contenders.rules import HOPS, Fold, fold_of
from faust_batches.step import Incoming
from faust_batches.tables import PartitionTables
from faust_batches.transaction import EncodedRows
from schemas.topics import STAGES, Stage
from streams.io.kafka_config import KafkaConfig
from streams.io.stage_config import StageConfig

_BATCH_RECORDS = 4000
Consumed = Any
"""A consumed ``Message``: its topic, partition and offset are never None, although the library's types allow it."""

_BY_ITS_KEY = -1
"""Value of a partition that lets the partitioner choose; the library has no name for it."""


class Loop:
    """Processes a hop."""

    def __init__(self, stage: Stage, bootstrap: str, prefix: str) -> None:
        self._stage: Stage = stage
        self._prefix = prefix
        self._common = {"bootstrap.servers": bootstrap}
        self._fold: Fold = fold_of(stage)
        self._tables: dict[int, PartitionTables] = {}
        self._consumer = Consumer({
            **self._common, "group.id": f"{prefix}.{stage}", "auto.offset.reset": "earliest",
            "enable.auto.commit": False, "isolation.level": "read_committed", "fetch.wait.max.ms": 100,
        })  # fmt: skip
        self._producer = Producer({
            **self._common, "transactional.id": f"{prefix}.{stage}", "partitioner": "murmur2_random",
            "linger.ms": 5, "batch.size": 900_000, "queue.buffering.max.messages": 1_000_000,
        })  # fmt: skip

    def run(self) -> None:
        """Process until the process is ended."""
        self._producer.init_transactions()
        self._consumer.subscribe([STAGES[self._stage].full_name(self._prefix)], on_assign=self._on_assign)
        while True:
            batches: dict[int, list[Incoming]] = defaultdict(list)
            messages: list[Consumed] = self._consumer.consume(_BATCH_RECORDS, 0.1)
            for message in messages:
                if message.error():
                    raise RuntimeError(message.error())
                batches[message.partition()].append(_incoming(message))
            if batches:
                self._commit(batches)

    def _commit(self, batches: dict[int, list[Incoming]]) -> None:
        self._producer.begin_transaction()
        rows, changes, positions = {}, {}, []
        for partition, records in batches.items():
            step = self._fold(self._tables[partition], records)
            rows[partition], changes[partition] = EncodedRows.of(step).rows, step.changes
            for out in step.outgoing:
                self._producer.produce(
                    out.topic.full_name(self._prefix), out.value, out.key,
                    _BY_ITS_KEY if out.partition is None else out.partition,
                    timestamp=int(out.arrived.timestamp() * 1000),
                )  # fmt: skip
            for topic, changed in rows[partition].items():
                name = topic.full_name(self._prefix)
                for key, row in changed.items():
                    self._producer.produce(name, row, key.encode(), partition)
            last = records[-1]
            positions.append(TopicPartition(last.topic, partition, last.offset + 1))
        self._producer.send_offsets_to_transaction(positions, self._consumer.consumer_group_metadata())
        self._producer.commit_transaction()
        for partition, changed_rows in rows.items():
            self._tables[partition].apply_committed(changes[partition], changed_rows, dict.fromkeys(changed_rows, 0))

    def _on_assign(self, _: Any, assigned: list[TopicPartition]) -> None:
        for place in assigned:
            self._tables[place.partition] = self._restore(place.partition)

    def _restore(self, partition: int) -> PartitionTables:
        tables = PartitionTables.open(
            StageConfig(self._stage, KafkaConfig(""), self._prefix, Path()).batches(), partition, {}
        )
        by_name = {topic.full_name(self._prefix): table for topic, table in tables.items()}
        reader = Consumer({
            **self._common, "group.id": f"{self._prefix}.restore", "enable.auto.commit": False,
            "isolation.level": "read_committed", "enable.partition.eof": True,
        })  # fmt: skip
        reader.assign([TopicPartition(name, partition, OFFSET_BEGINNING) for name in by_name])
        left = set(by_name)
        while left:
            messages: list[Consumed] = reader.consume(_BATCH_RECORDS, 0.1)
            for message in messages:
                error = message.error()
                if error is not None and error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - its public name
                    left.discard(message.topic())
                elif error is None:
                    by_name[message.topic()].put({message.key().decode(): message.value()}, 0)
        reader.close()
        return tables


def _incoming(message: Consumed) -> Incoming:
    arrived = datetime.fromtimestamp(message.timestamp()[1] / 1000, UTC)
    headers = tuple(message.headers() or ())
    return Incoming(
        message.topic(), message.partition(), message.offset(), arrived, message.key(), message.value(), headers
    )


if __name__ == "__main__":
    name, address, prefix_, _ = sys.argv[1:]
    Loop(next(stage for stage in HOPS if stage == name), address, prefix_).run()
