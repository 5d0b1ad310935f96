"""Describes topics and consumer groups with kafka-python's administration client."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kafka import KafkaAdminClient
from kafka.errors import (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    GroupIdNotFoundError,
    KafkaError,
    NotCoordinatorError,
    TopicAuthorizationFailedError,
    for_code,
)

from faust_batches.config import Client, Remedies
from faust_batches.errors import MissingTopicError, UnreachableError, reason
from faust_batches.kafka_client import ClosingClient

_CONNECT_MS = 10_000

COORDINATOR_STARTS = (CoordinatorNotAvailableError, CoordinatorLoadInProgressError, NotCoordinatorError)
"""Errors of a request about a group while its coordinator starts, as in the first seconds of a broker."""


@contextmanager
def admin_client(client: Client, remedies: Remedies) -> Iterator[KafkaAdminClient]:
    """Open an administration client.

    Raises UnreachableError when Kafka does not answer within ten seconds, or when a request inside the context fails.
    """
    arguments = client()
    address = ",".join(arguments["bootstrap_servers"])
    try:
        admin = KafkaAdminClient(**arguments, bootstrap_timeout_ms=_CONNECT_MS, kafka_client=ClosingClient)
    except KafkaError as error:
        msg = f"Kafka does not answer at {address} ({type(error).__name__}). {remedies.unreachable}"
        raise UnreachableError(msg) from error
    try:
        yield admin
    except KafkaError as error:
        msg = f"a request to Kafka at {address} failed: {reason(error)}. Try again."
        raise UnreachableError(msg) from error
    finally:
        admin.close()


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """Kafka's id and number of partitions of a topic."""

    id: str
    """Assigned at creation. A topic that is recreated under the same name has another id."""
    partitions: int


def describe(admin: KafkaAdminClient, names: Sequence[str]) -> list[dict[str, Any]]:
    """Return Kafka's descriptions of these topics, in one request."""
    return list(admin.describe_topics(list(names))) if names else []


def topic_facts(admin: KafkaAdminClient, names: Sequence[str], remedies: Remedies) -> dict[str, TopicFacts]:
    """Return the facts of these topics, by name. Raises MissingTopicError."""
    described = {description["name"]: description for description in describe(admin, names)}
    facts = {}
    for name in names:
        description = described.get(name)
        if description and for_code(description["error_code"]) is TopicAuthorizationFailedError:
            raise MissingTopicError(f"This user may not see {name}: grant Describe on the topic")
        if not description or not description["partitions"]:
            raise MissingTopicError(f"Kafka has no topic {name}: {remedies.missing_topic}")
        facts[name] = TopicFacts(str(description["topic_id"]), len(description["partitions"]))
    return facts


@dataclass(frozen=True, slots=True)
class ConsumerGroup:
    """A consumer group at one moment."""

    members: int
    committed: Mapping[int, int]
    """Committed offsets of one topic, by partition."""


def consumer_group(admin: KafkaAdminClient, name: str, topic: str) -> ConsumerGroup:
    """Return the members and offsets of a group; an unknown group is empty."""
    try:
        described = admin.describe_groups([name])
    except GroupIdNotFoundError:
        return ConsumerGroup(0, {})
    members = described[name]["members"] if isinstance(described, dict) else described[0]["members"]
    return ConsumerGroup(len(members), committed_offsets(admin, name, topic))


def committed_offsets(admin: KafkaAdminClient, group: str, topic: str) -> dict[int, int]:
    """Return the offsets that a group has committed for a topic, by partition; empty for an unknown group.

    Raises one of :data:`COORDINATOR_STARTS` while the coordinator of the group starts.
    """
    try:
        offsets = admin.list_group_offsets({group: None})[group]
    except GroupIdNotFoundError:
        return {}
    return {
        place.partition: committed.offset
        for place, committed in offsets.items()
        if place.topic == topic and committed.offset >= 0
    }
