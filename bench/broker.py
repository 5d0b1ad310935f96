"""Operations of the race on the broker: write a backlog, see whether groups have committed all of it, delete topics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from confluent_kafka import Consumer, ConsumerGroupState, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource

from bench.contenders.registry import Hop
from bench.workload import PARTITIONS, KeyedRecord

_MAX_MARKERS = 8
"""A group that is behind by at most this many offsets may have only transaction markers before it."""


FIRST_MS = 1_767_225_600_000
"""The timestamp of the first record, 2026-01-01; each further record is a millisecond later. Timestamps are the same in
every run, so that the alerts are."""


def feed(
    bootstrap: str, topic: str, records: Sequence[KeyedRecord], first: int = 0, partitions: int = PARTITIONS
) -> None:
    """Write records to a topic and wait until the broker has acknowledged them.

    ``first`` is the number of records before these. ``partitions`` must divide :data:`bench.workload.PARTITIONS`.
    """
    producer = Producer({
        "bootstrap.servers": bootstrap, "linger.ms": 5, "batch.size": 500_000,
        "queue.buffering.max.messages": 2_000_000, "queue.buffering.max.kbytes": 1_000_000,
    })  # fmt: skip
    for number, record in enumerate(records, FIRST_MS + first):
        producer.produce(topic, record.value, record.key, record.partition % partitions, timestamp=number)
    if left := producer.flush(120):
        raise RuntimeError(f"{left} of {len(records)} records were not acknowledged for {topic}")


class LagMonitor:
    """Measures the lag of consumer groups in the same way for all contenders, cheap enough for ten times a second."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._consumers: dict[str, Consumer] = {}
        self._admin = AdminClient({"bootstrap.servers": bootstrap})
        self._known: dict[str, list[TopicPartition]] = {}

    def left(self, hop: Hop) -> int:
        """Return the approximate lag of a group; 0 when it has committed everything."""
        consumer = self._consumer(hop.group)
        left = 0
        try:
            places = self._partitions(hop.topic)
            committed = [max(0, place.offset) for place in consumer.committed(places, 20)]
            for place, offset in zip(places, committed, strict=True):
                gap = consumer.get_watermark_offsets(place, 20)[1] - offset
                if gap > _MAX_MARKERS or (gap > 0 and _has_record(consumer, hop.topic, place.partition, offset)):
                    left += gap
        except KafkaException:  # a broker's first group has no offsets topic yet
            return 1
        return left

    def members(self, group: str) -> int:
        """Return the number of a group's members; 0 during a rebalance."""
        try:
            found = self._admin.describe_consumer_groups([group])[group].result(20)
        except KafkaException:
            return 0
        return len(found.members) if found.state == ConsumerGroupState.STABLE else 0

    def count(self, topic: str) -> int:
        """Return how many committed records a topic holds."""
        return sum(1 for _ in self.read(topic))

    def read(self, topic: str) -> Iterator[tuple[bytes, bytes]]:
        """Yield key and value of each committed record of a topic, by partition in order; absent ones are empty."""
        consumer = self._consumer("bench.count")
        places = self._partitions(topic)
        consumer.assign(places)
        ended = 0
        while ended < len(places):
            for message in consumer.consume(5000, 0.2):
                if message.error() is None:
                    yield message.key() or b"", message.value() or b""
                else:
                    ended += 1

    def topics(self) -> list[str]:
        """Return the names of all topics but Kafka's own."""
        return sorted(name for name in self._admin.list_topics(timeout=20).topics if not name.startswith("__"))

    def is_compacted(self, topic: str) -> bool:
        """Whether Kafka keeps only the latest record of each key."""
        resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
        return "compact" in str(self._admin.describe_configs([resource])[resource].result(20)["cleanup.policy"].value)

    def sweep(self) -> None:
        """Delete all topics: their compaction would take CPU from the next contender."""
        topics = self.topics()
        for done in self._admin.delete_topics(topics).values() if topics else ():
            done.result(20)

    def close(self) -> None:
        """Close the connections."""
        for consumer in self._consumers.values():
            consumer.close()

    def _partitions(self, topic: str) -> list[TopicPartition]:
        """Return all partitions of a topic, each at offset 0."""
        if topic not in self._known:
            numbers = self._admin.list_topics(topic, timeout=20).topics[topic].partitions
            self._known[topic] = [TopicPartition(topic, number, 0) for number in numbers]
        return self._known[topic]

    def _consumer(self, group: str) -> Consumer:
        """Return a consumer that reads a group's offsets without joining it."""
        if group not in self._consumers:
            self._consumers[group] = Consumer({
                "bootstrap.servers": self._bootstrap, "group.id": group, "enable.auto.commit": False,
                "isolation.level": "read_committed", "enable.partition.eof": True, "auto.offset.reset": "earliest",
                "fetch.wait.max.ms": 10,
            })  # fmt: skip
        return self._consumers[group]


def _has_record(consumer: Consumer, topic: str, partition: int, offset: int) -> bool:
    consumer.assign([TopicPartition(topic, partition, offset)])
    message = consumer.poll(5)
    consumer.unassign()
    if message is None:
        return True
    error = message.error()
    return error is None or error.code() != KafkaError._PARTITION_EOF  # noqa: SLF001 - its public name
