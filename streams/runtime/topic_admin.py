"""Makes the cluster agree with :mod:`schemas.topics`, and says where it does not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError, TopicAlreadyExistsError

from schemas.topics import GROUPS, SIGHTINGS, TOPICS, Topic
from streams.runtime.cluster import Cluster
from streams.runtime.complaints import reason

_FOR_EVER = "-1"
_LONGEST_MS = str(2**63 - 1)
_STAMPED_BY_THE_BROKER = (SIGHTINGS, GROUPS)
"""What people and programs write: when it arrived is for the broker to say."""

PARTITIONS = 2
"""Of every topic, where nobody says otherwise: see docs/decisions/0018."""


class UnreachableError(RuntimeError):
    """Kafka does not answer. The message says where it was sought and what to do."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What all topics have in common."""

    prefix: str = "firstseen"
    partitions: int = PARTITIONS
    replication: int = 1
    timestamps: Literal["broker", "producer"] = "broker"
    """Who says when a sighting or a group arrived: the broker, or in a replay the replayer."""


def config_of(topic: Topic, layout: Layout) -> dict[str, str]:
    """Return the topic's settings in Kafka's words."""
    config = {"max.message.bytes": str(topic.largest_bytes)}
    if layout.timestamps == "broker" and topic in _STAMPED_BY_THE_BROKER:
        config["message.timestamp.type"] = "LogAppendTime"
    if topic.on_disk:
        # A store on disk goes on from where it was, be it a year ago: what was removed since must still be told.
        config["delete.retention.ms"] = _LONGEST_MS
    if topic.few_rows:
        config["segment.bytes"] = str(2 * 2**20)
    if topic.compacted:
        return {**config, "cleanup.policy": "compact"}
    config |= {"cleanup.policy": "delete", "retention.ms": _FOR_EVER, "retention.bytes": _FOR_EVER}
    if layout.timestamps == "producer":
        # Segments roll by record time: a replay of ten years would make five hundred of them.
        config["segment.ms"] = _LONGEST_MS
    return config


@contextmanager
def admin_client(cluster: Cluster) -> Iterator[KafkaAdminClient]:
    """Open an administration client.

    Raises UnreachableError when Kafka does not answer within ten seconds, or fails at what is done with the client.
    """
    try:
        client = KafkaAdminClient(**cluster.for_client(), bootstrap_timeout_ms=10_000)
    except KafkaError as error:
        msg = (
            f"Kafka does not answer at {cluster.bootstrap} ({type(error).__name__}). Is it running, and are "
            "FIRSTSEEN_KAFKA and its security settings right? `firstseen doctor` looks closer."
        )
        raise UnreachableError(msg) from error
    try:
        yield client
    except KafkaError as error:
        msg = f"Kafka at {cluster.bootstrap} did not answer as it should: {reason(error)}. Try again."
        raise UnreachableError(msg) from error
    finally:
        client.close()


def missing(client: KafkaAdminClient, layout: Layout) -> list[Topic]:
    """Return the topics that the cluster does not have."""
    there = set(client.list_topics())
    return [topic for topic in TOPICS if topic.full_name(layout.prefix) not in there]


def apply(cluster: Cluster, layout: Layout) -> list[str]:
    """Create the topics that are missing and correct the settings of the others. Return what was done, a line each."""
    done = []
    with admin_client(cluster) as client:
        absent = missing(client, layout)
        for topic in absent:
            name = topic.full_name(layout.prefix)
            options = {
                "num_partitions": layout.partitions,
                "replication_factor": layout.replication,
                "configs": config_of(topic, layout),
            }
            try:
                client.create_topics({name: options})
            except TopicAlreadyExistsError:  # another worker was faster
                continue
            done.append(f"created {name}")
        present = [topic for topic in TOPICS if topic not in absent]
        for topic in present:
            name = topic.full_name(layout.prefix)
            wrong = _differing_config(client, topic, layout)
            if wrong:
                client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, config_of(topic, layout))])
                done.append(f"corrected {name}: {', '.join(sorted(wrong))}")
    return done


def differences(cluster: Cluster, layout: Layout) -> list[str]:
    """Say what differs, a line each with what to do; empty when the cluster agrees."""
    found = []
    with admin_client(cluster) as client:
        absent = missing(client, layout)
        found += [f"{topic.full_name(layout.prefix)} is missing: `firstseen topics apply` makes it" for topic in absent]
        present = [topic for topic in TOPICS if topic not in absent]
        described = {d["name"]: d for d in _describe(client, [topic.full_name(layout.prefix) for topic in present])}
        for topic in present:
            name = topic.full_name(layout.prefix)
            count = len(described[name]["partitions"])
            if count != layout.partitions:
                found.append(
                    f"{name} has {count} partitions, not {layout.partitions}: set FIRSTSEEN_PARTITIONS={count}, or "
                    "move to a new prefix; partitions of a running system must not change, for state is bound to them"
                )
            for setting, (have, want) in sorted(_differing_config(client, topic, layout).items()):
                found.append(f"{name} has {setting}={have}, not {want}: `firstseen topics apply` corrects it")
    return found


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """What Kafka says of a topic."""

    id: str
    """Given when it was made; a topic that is made anew under its name has another."""
    partitions: int


def topic_facts(cluster: Cluster, names: list[str]) -> dict[str, TopicFacts]:
    """Return what Kafka says of these topics, by name.

    Raises UnreachableError when Kafka does not answer or one is not there.
    """
    with admin_client(cluster) as client:
        found = {
            described["name"]: TopicFacts(str(described["topic_id"]), len(described["partitions"]))
            for described in _describe(client, names)
        }
    if absent := [name for name in names if name not in found or not found[name].partitions]:
        raise UnreachableError(f"Kafka has no topic {absent[0]}: `firstseen topics apply` makes it")
    return found


def _describe(client: KafkaAdminClient, names: list[str]) -> list[dict[str, Any]]:
    return list(client.describe_topics(names)) if names else []


def _differing_config(client: KafkaAdminClient, topic: Topic, layout: Layout) -> dict[str, tuple[str, str]]:
    name = topic.full_name(layout.prefix)
    have = _config(client, name)
    return {
        setting: (have.get(setting, "?"), want)
        for setting, want in config_of(topic, layout).items()
        if have.get(setting) != want
    }


def _config(client: KafkaAdminClient, name: str) -> dict[str, str]:
    answer = client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)], config_filter="all")
    return {setting: entry["value"] for setting, entry in answer["topic"][name].items()}
