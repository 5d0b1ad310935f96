"""A partition without Kafka: commits take effect in memory. For tests of folds, batches and background tasks."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence

from faust_batches.config import BatchConfig
from faust_batches.owned_partition import OwnedPartition
from faust_batches.position import StateIdentity
from faust_batches.tables import PartitionTables
from faust_batches.transaction import EncodedRecord, TargetPartition


class MemoryWriter:
    """A writer without Kafka that keeps the records of every commit."""

    def __init__(self, partitions: int = 1) -> None:
        self.records: dict[TargetPartition, list[EncodedRecord]] = defaultdict(list)
        """All committed records, by topic name and partition."""
        self.stopped = False
        self._partitions = partitions

    async def partitions(self, topic: str) -> int:  # noqa: ARG002 - all topics have the same number
        """Return the number of partitions."""
        return self._partitions

    async def write(self, records: Mapping[TargetPartition, Sequence[EncodedRecord]]) -> dict[TargetPartition, int]:
        """Keep the records. Return the offset after the last record in each partition."""
        await asyncio.sleep(0)  # as a real commit does, let other tasks run
        for target, group in records.items():
            self.records[target] += group
        return {target: len(self.records[target]) for target in records}

    async def stop(self) -> None:
        """Record that the partition was released."""
        self.stopped = True


def partition_in_memory(config: BatchConfig, writer: MemoryWriter, partition: int = 0) -> OwnedPartition:
    """Return an owned partition with empty tables, all in memory."""
    state = StateIdentity(input_id="memory", table_ids={}, partitions=1)
    return OwnedPartition(config, partition, writer, PartitionTables.open(config, partition, {}), state)
