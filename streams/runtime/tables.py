"""The state of one partition of a stage: rows as bytes, decoded when a fold asks for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.records import Record
from schemas.topics import Topic
from streams.runtime.cluster import Cluster
from streams.steps import Changes


class Table(Mapping[str, Record]):
    """One table. Bytes are what the changelog holds, so a restore decodes nothing."""

    __slots__ = ("_rows", "topic")

    def __init__(self, topic: Topic) -> None:
        self.topic = topic
        self._rows: dict[str, bytes] = {}

    def __getitem__(self, key: str) -> Record:
        """Return the row as a record. Raises KeyError when there is none."""
        return self.topic.record.from_bytes(self._rows[key])

    def __iter__(self) -> Iterator[str]:
        """Iterate over the keys."""
        return iter(self._rows)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._rows)

    def put(self, key: str, row: bytes | None) -> None:
        """Set a row as its changelog has it; None removes it."""
        if row is None:
            self._rows.pop(key, None)
        else:
            self._rows[key] = row


class PartitionTables(dict[Topic, Table]):
    """The tables of one partition, by topic."""

    def apply(self, rows: Mapping[Topic, Mapping[str, bytes | None]]) -> None:
        """Take over rows that are committed."""
        for topic, changed in rows.items():
            for key, row in changed.items():
                self[topic].put(key, row)


def encode(changes: Changes) -> dict[Topic, dict[str, bytes | None]]:
    """Return changed rows as their changelog is to have them."""
    return {
        topic: {key: None if row is None else row.to_bytes() for key, row in changed.items()}
        for topic, changed in changes.items()
    }


async def restore(cluster: Cluster, prefix: str, topics: tuple[Topic, ...], partition: int) -> PartitionTables:
    """Read a partition's tables back in bulk, up to the end of what is committed.

    Call it only after the partition's transactional producer has started: that aborts what the previous owner had
    open, so that the committed end is final.
    """
    tables = PartitionTables({topic: Table(topic) for topic in topics})
    if not topics:
        return tables
    by_name = {TopicPartition(topic.full_name(prefix), partition): tables[topic] for topic in topics}
    # With the default, "latest", the reset can land after the seek, and nothing would be restored.
    consumer = AIOKafkaConsumer(
        **cluster.for_client(),
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=8 * 2**20,
    )
    await consumer.start()
    try:
        consumer.assign(list(by_name))
        await consumer.seek_to_beginning(*by_name)
        ends = await consumer.end_offsets(list(by_name))
        # The position, not the last record: transaction markers and aborted records take offsets too.
        while any([await consumer.position(tp) < end for tp, end in ends.items()]):
            for tp, records in (await consumer.getmany(timeout_ms=200)).items():
                table = by_name[tp]
                for record in records:
                    table.put(record.key.decode(), record.value)
    finally:
        await consumer.stop()
    return tables
