"""Makes the cluster agree with :mod:`schemas.topics`, and says where it does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal

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
from schemas.topics import GROUPS, SIGHTINGS, STAGES, SUBSCRIPTIONS, TABLES, TOPICS, Stage, Topic
from streams.io.kafka_config import KafkaConfig

_FOR_EVER = "-1"
_LONGEST_MS = str(2**63 - 1)
_STAMPED_BY_THE_BROKER = (SIGHTINGS, GROUPS)
"""Topics that people and programs write: the broker sets their timestamps."""

_GONE_ON_FROM = frozenset(
    (*STAGES.values(), *(table for tables in TABLES.values() for table in tables), GROUPS, SUBSCRIPTIONS)
)
"""Inputs and tables of stages. If one of these is missing and is recreated empty, stages would believe it. Others, such
as heartbeats and dead letters, may be new in a version, and are always created."""

PARTITIONS = 2
"""Default number of partitions of every topic: see docs/decisions/0018."""


class TopicsError(RuntimeError):
    """The topics differ in what must not change, or may not be seen or changed. The message says what to do."""


@dataclass(frozen=True, slots=True)
class TopicSettings:
    """Settings that all topics share."""

    prefix: str = "firstseen"
    partitions: int = PARTITIONS
    replication: int = 1
    timestamps: Literal["broker", "producer"] = "broker"
    """Who sets the timestamps of sightings and groups: the broker, or the producer in a replay."""


def topic_config(topic: Topic, settings: TopicSettings) -> dict[str, str]:
    """Return the topic's settings in Kafka's words."""
    config = {"max.message.bytes": str(topic.largest_bytes)}
    if settings.timestamps == "broker" and topic in _STAMPED_BY_THE_BROKER:
        config["message.timestamp.type"] = "LogAppendTime"
    if topic not in _STAMPED_BY_THE_BROKER:
        # A timestamp in the far future must not make Kafka reject every output that the record causes.
        config["message.timestamp.after.max.ms"] = _LONGEST_MS
    if topic.on_disk:
        # A store on disk may continue after a year: the tombstones since then must still exist.
        config["delete.retention.ms"] = _LONGEST_MS
    if settings.replication >= 3:
        # Otherwise the cluster's default applies, and with 1 a committed record is on a single broker.
        config["min.insync.replicas"] = "2"
    if topic.few_rows:
        config["segment.bytes"] = str(2 * 2**20)
    if topic.compacted:
        return {**config, "cleanup.policy": "compact"}
    config |= {"cleanup.policy": "delete", "retention.ms": _FOR_EVER, "retention.bytes": _FOR_EVER}
    if settings.timestamps == "producer":
        # Segments roll by record time: a replay of ten years would create five hundred.
        config["segment.ms"] = _LONGEST_MS
    return config


REMEDIES = Remedies(
    unreachable=(
        "Check that it is running and that FIRSTSEEN_KAFKA and its security settings are right; `firstseen doctor` "
        "finds out more."
    ),
    missing_topic="`firstseen topics apply` creates it",
)
"""What the errors of Kafka's clients advise."""


def admin_client(cluster: KafkaConfig) -> AbstractContextManager[KafkaAdminClient]:
    """Open an administration client.

    Raises UnreachableError when Kafka does not answer within ten seconds, or when a request inside the context fails.
    """
    return admin.admin_client(cluster.for_client, REMEDIES)


def require_kafka(cluster: KafkaConfig) -> None:
    """Check that Kafka answers, for commands that start with a producer: it would log its failed attempts first.

    Raises UnreachableError. Readers need no such check.
    """
    with admin_client(cluster):
        pass


@dataclass(frozen=True, slots=True)
class Present:
    """A topic as the cluster has it."""

    partitions: int
    replication: int
    """The smallest number of replicas of a partition."""
    config: Mapping[str, str] | None
    """Its settings in Kafka's words; None: this user may not read them."""


@dataclass(frozen=True, slots=True)
class Survey:
    """Which of our topics the cluster has."""

    present: Mapping[Topic, Present]
    absent: Sequence[Topic] = ()
    hidden: Sequence[Topic] = ()
    """Kafka does not say whether they are there: this user may not describe them."""


def topics_of(stage: Stage) -> list[Topic]:
    """Return the topics that the worker of a stage reads, writes or restores."""
    return [topic for topic in TOPICS if stage in (*topic.written_by.split(", "), *topic.read_by.split(", "))]


def missing(client: KafkaAdminClient, prefix: str, topics: Sequence[Topic]) -> list[Topic]:
    """Return those of these topics that the cluster does not have.

    Raises TopicsError when this user may not know.
    """
    survey = _survey(client, prefix, topics)
    if survey.hidden:
        raise TopicsError(_hidden(survey.hidden, prefix))
    return list(survey.absent)


def apply(cluster: KafkaConfig, settings: TopicSettings, *, new: bool = False) -> list[str]:
    """Create missing topics and correct the settings of the others. Return what was done, one line each.

    Raises TopicsError, and changes nothing, when what is there has another number of partitions or copies, or when a
    topic that a stage goes on from is missing beside others that hold records; ``new`` creates it all the same.
    """
    with admin_client(cluster) as client:
        survey = _survey(client, settings.prefix, TOPICS, configs=True)
        lost = [] if new else _lost(client, survey, settings.prefix)
        if problems := obstacles(survey, settings, lost):
            raise TopicsError("\n".join(problems))
        return [*_create(client, survey.absent, settings), *_correct(client, survey, settings)]


def obstacles(survey: Survey, settings: TopicSettings, lost: Sequence[Topic]) -> list[str]:
    """Return what prevents applying the topics, one line each. ``lost`` are missing inputs or tables."""
    problems = list(_shapes(survey, settings))
    if survey.hidden:
        problems.append(_hidden(survey.hidden, settings.prefix))
    if lost:
        stages = [stage for stage, tables in TABLES.items() if set(tables) & set(lost)]
        rebuild = "".join(f", then `firstseen rebuild {stage}`" for stage in stages)
        problems.append(
            f"missing beside topics that hold records: {_names(lost, settings.prefix)}. Created empty, they would be "
            "taken for all that there is, and what is known would be reported as new. Restore them; or stop the "
            f"workers and run `firstseen topics apply --new`{rebuild}"
        )
    return problems


def differences(cluster: KafkaConfig, settings: TopicSettings) -> list[str]:
    """Return the differences, one line each with what to do; empty if the cluster agrees."""
    with admin_client(cluster) as client:
        return differences_in(_survey(client, settings.prefix, TOPICS, configs=True), settings)


def differences_in(survey: Survey, settings: TopicSettings) -> list[str]:
    """Return the differences from the settings, one line each with what to do."""
    found = [f"{t.full_name(settings.prefix)} is missing: `firstseen topics apply` makes it" for t in survey.absent]
    if survey.hidden:
        found.append(_hidden(survey.hidden, settings.prefix))
    found += _shapes(survey, settings)
    if unread := [topic for topic, present in survey.present.items() if present.config is None]:
        found.append(_unread(unread, settings.prefix))
    for topic, present in survey.present.items():
        name = topic.full_name(settings.prefix)
        for setting, (have, want) in _differing(topic, present, settings).items():
            found.append(f"{name} has {setting}={have}, not {want}: `firstseen topics apply` corrects it")
    return found


def _shapes(survey: Survey, settings: TopicSettings) -> Iterator[str]:
    """Yield differing numbers of partitions or replicas, one line for each number."""
    by_partitions: dict[int, list[Topic]] = {}
    by_replication: dict[int, list[Topic]] = {}
    for topic, present in survey.present.items():
        by_partitions.setdefault(present.partitions, []).append(topic)
        by_replication.setdefault(present.replication, []).append(topic)
    for count, topics in by_partitions.items():
        if count != settings.partitions:
            yield (
                f"{_names(topics, settings.prefix)}: {count} partitions, not {settings.partitions}. Set "
                f"FIRSTSEEN_PARTITIONS={count}, or begin anew under another FIRSTSEEN_PREFIX: state is bound to its "
                "partition, so the number cannot change"
            )
    for count, topics in by_replication.items():
        if count != settings.replication:
            yield (
                f"{_names(topics, settings.prefix)}: replication factor {count}, not {settings.replication}. Set "
                f"FIRSTSEEN_REPLICATION={count}, or move the replicas with kafka-reassign-partitions.sh"
            )


def _survey(client: KafkaAdminClient, prefix: str, topics: Sequence[Topic], *, configs: bool = False) -> Survey:
    """Describe all of them with one request, and their settings with another."""
    by_name = {topic.full_name(prefix): topic for topic in topics}
    described = {answer["name"]: answer for answer in admin.describe(client, list(by_name))}
    errors = {name: for_code(answer["error_code"]) for name, answer in described.items()}
    there = [name for name in by_name if name in described and errors[name] is not UnknownTopicOrPartitionError]
    hidden = [name for name in there if errors[name] is TopicAuthorizationFailedError]
    there = [name for name in there if name not in hidden]
    settings = _configs(client, there) if configs else {}
    return Survey(
        present={
            by_name[name]: Present(
                partitions=len(described[name]["partitions"]),
                replication=min((len(p["replica_nodes"]) for p in described[name]["partitions"]), default=0),
                config=settings.get(name) or None,
            )
            for name in there
        },
        absent=[topic for name, topic in by_name.items() if name not in there and name not in hidden],
        hidden=[by_name[name] for name in hidden],
    )


def _lost(client: KafkaAdminClient, survey: Survey, prefix: str) -> list[Topic]:
    """Return the missing inputs and tables; none if no input or table has a record."""
    lost = [topic for topic in survey.absent if topic in _GONE_ON_FROM]
    kept = [topic for topic in survey.present if topic in _GONE_ON_FROM]
    if not lost or not kept:
        return []
    places = [TopicPartition(t.full_name(prefix), n) for t in kept for n in range(survey.present[t].partitions)]
    ends = client.list_partition_offsets(dict.fromkeys(places, OffsetSpec.LATEST))
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
            raise TopicsError(f"this user may not create {answer['name']}: allow it Create on the topics")
        elif error is not TopicAlreadyExistsError:  # another process was faster
            raise TopicsError(f"Kafka did not create {answer['name']}: {answer['error_message'] or error.__name__}")


def _correct(client: KafkaAdminClient, survey: Survey, settings: TopicSettings) -> Iterator[str]:
    wrong = {t: differing for t, present in survey.present.items() if (differing := _differing(t, present, settings))}
    if unread := [topic for topic, present in survey.present.items() if present.config is None]:
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


def _differing(topic: Topic, present: Present, settings: TopicSettings) -> dict[str, tuple[str, str]]:
    """Return the settings that differ: the actual and the wanted value."""
    if present.config is None:
        return {}
    have, wanted = present.config, topic_config(topic, settings)
    return {s: (have.get(s, "?"), want) for s, want in sorted(wanted.items()) if have.get(s) != want}


def _names(topics: Sequence[Topic], prefix: str) -> str:
    names = ", ".join(topic.full_name(prefix) for topic in topics[:3])
    return f"{names} and {len(topics) - 3} more" if topics[3:] else names


def _hidden(topics: Sequence[Topic], prefix: str) -> str:
    return f"this user may not see {_names(topics, prefix)}: allow it Describe on them; they may well be there"


def _unread(topics: Sequence[Topic], prefix: str) -> str:
    return f"not compared: the settings of {_names(topics, prefix)}; this user may not read them: allow DescribeConfigs"


def _configs(client: KafkaAdminClient, names: list[str]) -> dict[str, dict[str, str]]:
    """Return the settings of each topic; none if this user may not read them."""
    if not names:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    answer = client.describe_configs(resources, config_filter="all").get("topic", {})
    return {name: {s: entry["value"] for s, entry in entries.items()} for name, entries in answer.items()}
