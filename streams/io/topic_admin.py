"""Creates and configures the topics of :mod:`schemas.topics` in a cluster, and reports differences."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, OffsetSpec
from kafka.errors import (
    ClusterAuthorizationFailedError,
    NoError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    for_code,
)

from faust_batches import admin
from faust_batches.config import Remedies
from schemas.labels import counted, join_first
from schemas.topics import GROUPS, SIGHTINGS, STAGES, SUBSCRIPTIONS, TABLES, TOPICS, Stage, Topic
from streams.io.clock import monotonic, pause
from streams.io.kafka_config import KafkaConfig

_UNLIMITED = "-1"
_MAX_MS = str(2**63 - 1)
_BROKER_TIMESTAMPS = (SIGHTINGS, GROUPS)
"""Topics that people and other programs write to. The broker sets their timestamps."""

_STATEFUL_TOPICS = frozenset(
    (*STAGES.values(), *(table for tables in TABLES.values() for table in tables), GROUPS, SUBSCRIPTIONS)
)
"""Inputs and tables of stages. A stage would mistake an empty replacement for its complete state.

The other topics, such as heartbeats and dead letters, are always created: a new version may add some.
"""

PARTITIONS = 2
"""Default number of partitions of every topic; docs/decisions/0018 gives the reason."""

_VISIBLE_SECONDS = 60.0
"""How long to wait until the broker that was asked knows the new topics."""
_POLL_SECONDS = 0.05


class TopicsError(RuntimeError):
    """A topic has a property that cannot be changed, or this user lacks a permission. The message says what to do."""


@dataclass(frozen=True, slots=True)
class TopicSettings:
    """Settings that all topics share."""

    prefix: str = "firstseen"
    partitions: int = PARTITIONS
    replication: int = 1
    timestamps: Literal["broker", "producer"] = "broker"
    """Who sets the timestamps of sightings and groups: the broker, or, in a replay, the producer."""


def topic_config(topic: Topic, settings: TopicSettings) -> dict[str, str]:
    """Return the topic's Kafka settings, by name."""
    config = {"max.message.bytes": str(topic.largest_bytes)}
    if settings.timestamps == "broker" and topic in _BROKER_TIMESTAMPS:
        config["message.timestamp.type"] = "LogAppendTime"
    if topic not in _BROKER_TIMESTAMPS:
        # Otherwise one record with a timestamp in the far future makes Kafka reject every output that it causes.
        config["message.timestamp.after.max.ms"] = _MAX_MS
    if topic.on_disk:
        # A store on disk may be opened again after a year, and then needs every tombstone since it was closed.
        config["delete.retention.ms"] = _MAX_MS
    if settings.replication >= 3:
        # With the usual default of 1, a committed record may be on a single broker.
        config["min.insync.replicas"] = "2"
    if topic.few_rows:
        config["segment.bytes"] = str(2 * 2**20)
    if topic.compacted:
        return {**config, "cleanup.policy": "compact"}
    config |= {"cleanup.policy": "delete", "retention.ms": _UNLIMITED, "retention.bytes": _UNLIMITED}
    if settings.timestamps == "producer":
        # Segments roll by record time: a replay of ten years would create five hundred segments.
        config["segment.ms"] = _MAX_MS
    return config


REMEDIES = Remedies(
    unreachable=(
        "Check that it is running and that FIRSTSEEN_KAFKA and its security settings are right; `firstseen doctor` "
        "checks both."
    ),
    missing_topic="`firstseen topics apply` creates it",
)
"""What the error messages of Kafka's clients advise."""


def admin_client(cluster: KafkaConfig) -> AbstractContextManager[KafkaAdminClient]:
    """Open an administration client.

    Raises UnreachableError when Kafka does not answer within ten seconds, or when a request inside the context fails.
    """
    return admin.admin_client(cluster.for_client, REMEDIES)


def require_kafka(cluster: KafkaConfig) -> None:
    """Raise UnreachableError if Kafka does not answer.

    For commands that start with a producer, which would log its failed attempts first. Readers need no such check.
    """
    with admin_client(cluster):
        pass


@dataclass(frozen=True, slots=True)
class ExistingTopic:
    """The state of a topic in the cluster."""

    partitions: int
    replication: int
    """The smallest number of replicas of a partition."""
    config: Mapping[str, str] | None
    """Its Kafka settings, by name; None: this user may not read them."""


@dataclass(frozen=True, slots=True)
class ClusterTopics:
    """Which of Firstseen's topics the cluster has."""

    present: Mapping[Topic, ExistingTopic]
    absent: Sequence[Topic] = ()
    hidden: Sequence[Topic] = ()
    """Topics that this user may not describe; they may exist."""


def topics_of(stage: Stage) -> list[Topic]:
    """Return the topics that the worker of a stage reads, writes or restores."""
    return [topic for topic in TOPICS if stage in (*topic.written_by.split(", "), *topic.read_by.split(", "))]


def missing(client: KafkaAdminClient, prefix: str, topics: Sequence[Topic]) -> list[Topic]:
    """Return the topics that the cluster does not have. Raises TopicsError if this user may not describe one."""
    cluster_topics = _cluster_topics(client, prefix, topics)
    if cluster_topics.hidden:
        raise TopicsError(_hidden(cluster_topics.hidden, prefix))
    return list(cluster_topics.absent)


def uneven_partitions(client: KafkaAdminClient, prefix: str, topics: Sequence[Topic]) -> str | None:
    """Return a sentence if topics have different numbers of partitions, which splits the records of a key; else None.

    All topics exist.
    """
    by_count = _by_partitions(_cluster_topics(client, prefix, topics))
    if len(by_count) <= 1:
        return None
    usual, *others = by_count
    odd = [topic for count in others for topic in by_count[count]]
    counts = " or ".join(counted(count, "partition") for count in others)
    return (
        f"{_names(odd, prefix)}: {counts}, and the others have {usual}. All must have the same number: "
        f"{_even_again(odd)}."
    )


def _by_partitions(cluster_topics: ClusterTopics) -> dict[int, list[Topic]]:
    """Return the topics with each number of partitions, the most frequent number first."""
    by_count: dict[int, list[Topic]] = {}
    for topic, existing in cluster_topics.present.items():
        by_count.setdefault(existing.partitions, []).append(topic)
    return dict(sorted(by_count.items(), key=lambda found: -len(found[1])))


def _even_again(odd: Sequence[Topic]) -> str:
    """Return what to do about topics that have another number of partitions than the others."""
    stages = [stage for stage, tables in TABLES.items() if set(tables).intersection(odd)]
    if set(odd).intersection((*STAGES.values(), GROUPS, SUBSCRIPTIONS)):
        return "start again under another FIRSTSEEN_PREFIX"
    them = "it" if len(odd) == 1 else "them"
    if not stages:
        return f"delete {them} with Kafka's tools, and `firstseen topics apply` creates {them} again"
    rebuild = " and ".join(f"`firstseen rebuild {stage}`" for stage in stages)
    return f"stop the workers, delete {them} with Kafka's tools, run `firstseen topics apply --new`, then {rebuild}"


def apply(cluster: KafkaConfig, settings: TopicSettings, *, new: Collection[Topic] = ()) -> list[str]:
    """Create missing topics and correct the settings of the others. Return one line for each change.

    Raises TopicsError, and changes nothing, if an existing topic has another number of partitions or replicas, or if an
    input or table of a stage is missing while others hold records; the topics in ``new`` are created nevertheless.
    """
    with admin_client(cluster) as client:
        cluster_topics = _cluster_topics(client, settings.prefix, TOPICS, configs=True)
        lost = [topic for topic in _lost(client, cluster_topics, settings.prefix) if topic not in new]
        if problems := blocking_problems(cluster_topics, settings, lost):
            raise TopicsError("\n".join(problems))
        return [*_create(client, cluster_topics.absent, settings), *_correct(client, cluster_topics, settings)]


def blocking_problems(cluster_topics: ClusterTopics, settings: TopicSettings, lost: Sequence[Topic]) -> list[str]:
    """Return the problems that prevent :func:`apply`, one line each. ``lost``: missing inputs and tables of stages."""
    problems = list(_layout_differences(cluster_topics, settings))
    if cluster_topics.hidden:
        problems.append(_hidden(cluster_topics.hidden, settings.prefix))
    if lost:
        stages = [stage for stage, tables in TABLES.items() if set(tables) & set(lost)]
        rebuild = "".join(f", then `firstseen rebuild {stage}`" for stage in stages)
        problems.append(
            f"missing, while other topics hold records: {_names(lost, settings.prefix)}. If an earlier version of "
            "Firstseen wrote those, stop all workers and run `firstseen upgrade`. If the topics were lost and are "
            "created empty, Firstseen reports again what it has already reported: restore them; or stop the workers "
            f"and run `firstseen topics apply --new`{rebuild}"
        )
    return problems


def existing(cluster: KafkaConfig, names: Sequence[str]) -> list[str]:
    """Return the topics that the cluster has and this user may describe, of those with these full names."""
    with admin_client(cluster) as client:
        return [found["name"] for found in admin.describe(client, names) if for_code(found["error_code"]) is NoError]


def delete(cluster: KafkaConfig, names: Sequence[str]) -> list[str]:
    """Delete topics. Return one line for each. Raises TopicsError if Kafka refuses."""
    with admin_client(cluster) as client:
        answers = client.delete_topics(list(names), raise_errors=False)["topics"]
    for answer in answers:
        error = for_code(answer["error_code"])
        if error not in {NoError, UnknownTopicOrPartitionError}:
            raise TopicsError(f"Kafka did not delete {answer['name']}: {answer['error_message'] or error.__name__}")
    return [f"deleted {name}" for name in names]


def differences(cluster: KafkaConfig, settings: TopicSettings) -> list[str]:
    """Compare the cluster with the settings. Return one line for each difference, with its remedy."""
    with admin_client(cluster) as client:
        return differences_in(_cluster_topics(client, settings.prefix, TOPICS, configs=True), settings)


def differences_in(cluster_topics: ClusterTopics, settings: TopicSettings) -> list[str]:
    """Return one line for each difference from the settings, with its remedy."""
    found = [
        f"{t.full_name(settings.prefix)} is missing: `firstseen topics apply` creates it" for t in cluster_topics.absent
    ]
    if cluster_topics.hidden:
        found.append(_hidden(cluster_topics.hidden, settings.prefix))
    found += _layout_differences(cluster_topics, settings)
    if unread := [topic for topic, existing in cluster_topics.present.items() if existing.config is None]:
        found.append(_unread(unread, settings.prefix))
    for topic, existing in cluster_topics.present.items():
        name = topic.full_name(settings.prefix)
        for setting, (actual, expected) in _differing(topic, existing, settings).items():
            found.append(f"{name} has {setting}={actual}, not {expected}: `firstseen topics apply` corrects it")
    return found


def _layout_differences(cluster_topics: ClusterTopics, settings: TopicSettings) -> Iterator[str]:
    """Yield one line for each number of partitions or replicas that differs from the settings."""
    by_replication: dict[int, list[Topic]] = {}
    for topic, existing in cluster_topics.present.items():
        by_replication.setdefault(existing.replication, []).append(topic)
    for number, (count, topics) in enumerate(_by_partitions(cluster_topics).items()):
        if count == settings.partitions:
            continue
        problem = f"{_names(topics, settings.prefix)}: {counted(count, 'partition')}, not {settings.partitions}"
        if number:  # the others have another number
            yield f"{problem}: {_even_again(topics)}"
        else:
            yield (
                f"{problem}. Set FIRSTSEEN_PARTITIONS={count}, or start again under another FIRSTSEEN_PREFIX: it "
                "cannot change, because the state of a key stays in its partition"
            )
    for count, topics in by_replication.items():
        if count != settings.replication:
            yield (
                f"{_names(topics, settings.prefix)}: replication factor {count}, not {settings.replication}. Set "
                f"FIRSTSEEN_REPLICATION={count}, or move the replicas with kafka-reassign-partitions.sh"
            )


def _cluster_topics(
    client: KafkaAdminClient, prefix: str, topics: Sequence[Topic], *, configs: bool = False
) -> ClusterTopics:
    """Describe all topics in one request, and their settings in another."""
    by_name = {topic.full_name(prefix): topic for topic in topics}
    described = {answer["name"]: answer for answer in admin.describe(client, list(by_name))}
    errors = {name: for_code(answer["error_code"]) for name, answer in described.items()}
    known = [name for name in by_name if name in described and errors[name] is not UnknownTopicOrPartitionError]
    hidden = [name for name in known if errors[name] is TopicAuthorizationFailedError]
    present = [name for name in known if name not in hidden]
    settings = _configs(client, present) if configs else {}
    return ClusterTopics(
        present={
            by_name[name]: ExistingTopic(
                partitions=len(described[name]["partitions"]),
                replication=min((len(p["replica_nodes"]) for p in described[name]["partitions"]), default=0),
                config=settings.get(name) or None,
            )
            for name in present
        },
        absent=[topic for name, topic in by_name.items() if name not in known],
        hidden=[by_name[name] for name in hidden],
    )


def _lost(client: KafkaAdminClient, cluster_topics: ClusterTopics, prefix: str) -> list[Topic]:
    """Return the missing inputs and tables of stages; none if the existing ones are empty."""
    lost = [topic for topic in cluster_topics.absent if topic in _STATEFUL_TOPICS]
    kept = [topic for topic in cluster_topics.present if topic in _STATEFUL_TOPICS]
    if not lost or not kept:
        return []
    partitions = [
        TopicPartition(t.full_name(prefix), n) for t in kept for n in range(cluster_topics.present[t].partitions)
    ]
    ends = client.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST))
    return lost if any(end.offset for end in ends.values()) else []


def _create(client: KafkaAdminClient, topics: Sequence[Topic], settings: TopicSettings) -> Iterator[str]:
    options = {
        topic.full_name(settings.prefix): {
            "num_partitions": settings.partitions,
            "replication_factor": settings.replication,
            "configs": topic_config(topic, settings),
        }
        for topic in topics
    }
    if not options:
        return
    for answer in client.create_topics(options, raise_errors=False)["topics"]:
        error = for_code(answer["error_code"])
        if error is NoError:
            yield f"created {answer['name']}"
        elif error in {TopicAuthorizationFailedError, ClusterAuthorizationFailedError}:
            raise TopicsError(f"this user may not create {answer['name']}: grant Create on the topics")
        elif error is not TopicAlreadyExistsError:  # another process created it first
            raise TopicsError(f"Kafka did not create {answer['name']}: {answer['error_message'] or error.__name__}")
    _wait_until_visible(client, list(options))


def _wait_until_visible(client: KafkaAdminClient, names: Sequence[str]) -> None:
    """Wait until a broker describes the new topics: the controller answers before the brokers have learned of them."""
    deadline = monotonic() + _VISIBLE_SECONDS
    while not all(map(_is_visible, admin.describe(client, names))) and monotonic() < deadline:
        pause(_POLL_SECONDS)


def _is_visible(description: Mapping[str, Any]) -> bool:
    partitions = description["partitions"]
    errors = [description["error_code"], *(partition.get("error_code", 0) for partition in partitions)]
    return bool(partitions) and not any(errors)


def _correct(client: KafkaAdminClient, cluster_topics: ClusterTopics, settings: TopicSettings) -> Iterator[str]:
    wrong = {
        t: differing
        for t, existing in cluster_topics.present.items()
        if (differing := _differing(t, existing, settings))
    }
    if unread := [topic for topic, existing in cluster_topics.present.items() if existing.config is None]:
        yield _unread(unread, settings.prefix)
    if not wrong:
        return
    names = {topic.full_name(settings.prefix): topic for topic in wrong}
    changes = [ConfigResource(ConfigResourceType.TOPIC, name, topic_config(t, settings)) for name, t in names.items()]
    answers = client.alter_configs(changes, raise_on_unknown=False)["topic"]
    for name, topic in names.items():
        if answers[name] != "OK":
            raise TopicsError(f"Kafka did not correct {name}: {answers[name]}")
        yield f"corrected {name}: {', '.join(sorted(wrong[topic]))}"


def _differing(topic: Topic, existing: ExistingTopic, settings: TopicSettings) -> dict[str, tuple[str, str]]:
    """Return the settings that differ, each with its actual and its expected value."""
    if existing.config is None:
        return {}
    actual, expected = existing.config, topic_config(topic, settings)
    return {s: (actual.get(s, "?"), value) for s, value in sorted(expected.items()) if actual.get(s) != value}


def _names(topics: Sequence[Topic], prefix: str) -> str:
    return join_first([topic.full_name(prefix) for topic in topics], 3)


def _hidden(topics: Sequence[Topic], prefix: str) -> str:
    return f"this user may not see {_names(topics, prefix)}: grant Describe on the topics; they may exist"


def _unread(topics: Sequence[Topic], prefix: str) -> str:
    return f"the settings of {_names(topics, prefix)} were not compared: grant this user DescribeConfigs on the topics"


def _configs(client: KafkaAdminClient, names: list[str]) -> dict[str, dict[str, str]]:
    """Return the settings of each topic, by topic; empty for a topic whose settings this user may not read."""
    if not names:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    answer = client.describe_configs(resources, config_filter="all").get("topic", {})
    return {name: {s: entry["value"] for s, entry in entries.items()} for name, entries in answer.items()}
