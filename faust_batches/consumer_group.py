"""What Kafka knows of a stage's consumer group: who is in it, and what it has committed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kafka.errors import GroupIdNotFoundError

from streams.io.kafka_config import KafkaConfig
from streams.io.topic_admin import admin_client


@dataclass(frozen=True, slots=True)
class ConsumerGroup:
    """A consumer group at one moment."""

    members: int
    committed: Mapping[int, int]
    """Offsets by partition of the topic that was asked for."""


def consumer_group(cluster: KafkaConfig, name: str, topic: str) -> ConsumerGroup:
    """Return what Kafka knows of a group; an unknown one is empty. Raises UnreachableError without an answer."""
    with admin_client(cluster) as client:
        try:
            described = client.describe_groups([name])
            offsets = client.list_group_offsets({name: None})[name]
        except GroupIdNotFoundError:
            return ConsumerGroup(0, {})
    members = described[name]["members"] if isinstance(described, dict) else described[0]["members"]
    committed = {place.partition: found.offset for place, found in offsets.items() if place.topic == topic}
    return ConsumerGroup(len(members), {partition: offset for partition, offset in committed.items() if offset >= 0})
