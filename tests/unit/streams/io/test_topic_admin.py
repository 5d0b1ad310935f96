"""Applying and checking topics: changes that would lose state are rejected, and Kafka's errors become messages."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from kafka.admin import OffsetSpec
from kafka.errors import NodeNotReadyError
from kafka.structs import OffsetAndTimestamp

from faust_batches import admin as library_admin
from faust_batches.admin import describe
from faust_batches.errors import UnreachableError
from schemas.topics import ALERTS, EVIDENCE, HEARTBEATS, PRESENCE, REJECTED, SIGHTINGS, TOPICS, VERSIONS, Topic
from streams.io import topic_admin
from streams.io.kafka_config import KafkaConfig
from streams.io.topic_admin import (
    ClusterTopics,
    ExistingTopic,
    TopicsError,
    TopicSettings,
    apply,
    delete,
    differences,
    differences_in,
    existing,
    topic_config,
    topics_of,
)
from tests.support.tables import each_row

CLUSTER = KafkaConfig("127.0.0.1:1")
LAYOUT = TopicSettings(prefix="t")


class LostConnection:
    """A client whose broker dies between the bootstrap and the first request."""

    def __init__(self, **_: Any) -> None:
        """Accept any settings."""

    def describe_topics(self, _: list[str]) -> list[Any]:
        raise NodeNotReadyError(1)

    def close(self) -> None:
        """Do nothing."""


class FakeAdmin:
    """A cluster in memory behind the interface of kafka-python's administration client. It records the requests."""

    def __init__(self, topic_settings: TopicSettings, *, absent: tuple[Topic, ...] = (), records: int = 0) -> None:
        self.topics = {
            t.full_name(topic_settings.prefix): (
                topic_settings.partitions,
                topic_settings.replication,
                dict(topic_config(t, topic_settings)),
            )
            for t in TOPICS
            if t not in absent
        }
        self.records = records
        self.hidden: set[str] = set()
        self.configs_hidden = False
        self.requests: list[str] = []

    def __call__(self, **_: Any) -> FakeAdmin:
        return self

    def describe_topics(self, names: list[str]) -> list[dict[str, Any]]:
        self.requests.append("topics")
        return [self._described(name) for name in names]

    def _described(self, name: str) -> dict[str, Any]:
        if name in self.hidden:
            return {"name": name, "error_code": 29, "partitions": []}
        if name not in self.topics:
            return {"name": name, "error_code": 3, "partitions": []}
        partitions, copies, _ = self.topics[name]
        return {
            "name": name,
            "error_code": 0,
            "partitions": [{"replica_nodes": list(range(copies))}] * partitions,
        }

    def describe_configs(self, resources: list[Any], config_filter: str) -> dict[str, Any]:
        assert config_filter == "all"
        self.requests.append("configs")
        if self.configs_hidden:
            return {"topic": {resource.name: {} for resource in resources}}
        return {"topic": {r.name: {k: {"value": v} for k, v in self.topics[r.name][2].items()} for r in resources}}

    def list_partition_offsets(self, places: dict[Any, Any]) -> dict[Any, OffsetAndTimestamp]:
        assert set(places.values()) == {OffsetSpec.LATEST}
        return {place: OffsetAndTimestamp(self.records, 0, None) for place in places}

    def create_topics(self, options: dict[str, Any], *, raise_errors: bool) -> dict[str, Any]:
        assert not raise_errors
        self.requests.append("create")
        for name, topic in options.items():
            self.topics[name] = topic["num_partitions"], topic["replication_factor"], topic["configs"]
        return {"topics": [{"name": name, "error_code": 0, "error_message": None} for name in options]}

    def delete_topics(self, names: list[str], *, raise_errors: bool) -> dict[str, Any]:
        assert not raise_errors
        codes = {name: 29 if name in self.hidden else 0 if self.topics.pop(name, None) else 3 for name in names}
        return {"topics": [{"name": n, "error_code": code, "error_message": None} for n, code in codes.items()]}

    def alter_configs(self, resources: list[Any], *, raise_on_unknown: bool) -> dict[str, Any]:
        assert not raise_on_unknown
        self.requests.append("alter")
        for resource in resources:
            self.topics[resource.name][2].update(resource.configs)
        return {"topic": {resource.name: "OK" for resource in resources}}

    def close(self) -> None:
        """Do nothing."""


def _use(monkeypatch: pytest.MonkeyPatch, admin: Any) -> Any:
    monkeypatch.setattr(library_admin, "KafkaAdminClient", admin)
    return admin


def test_a_broker_that_dies_after_the_bootstrap_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    _use(monkeypatch, LostConnection)

    with pytest.raises(UnreachableError, match=r"127\.0\.0\.1:1 failed: NodeNotReadyError"):
        with topic_admin.admin_client(CLUSTER) as client:
            describe(client, ["evidence"])


def test_a_first_start_creates_every_topic_with_one_request(monkeypatch: pytest.MonkeyPatch) -> None:
    admin = _use(monkeypatch, FakeAdmin(LAYOUT, absent=TOPICS))
    assert len(apply(CLUSTER, LAYOUT)) == len(TOPICS)
    assert admin.requests == ["topics", "create", "topics"], "the last request waits until they are visible"
    assert apply(CLUSTER, LAYOUT) == []


def test_a_check_needs_one_request_for_all_topics_and_one_for_their_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    admin = _use(monkeypatch, FakeAdmin(LAYOUT))
    assert differences(CLUSTER, LAYOUT) == []
    assert admin.requests == ["topics", "configs"]


@pytest.mark.parametrize("lost", [PRESENCE, VERSIONS, SIGHTINGS, ALERTS])
def test_a_lost_input_or_table_is_not_created_empty_while_others_hold_records(
    monkeypatch: pytest.MonkeyPatch, lost: Topic
) -> None:
    admin = _use(monkeypatch, FakeAdmin(LAYOUT, absent=(lost,), records=3))
    with pytest.raises(TopicsError, match=rf"{lost.full_name('t')}.*topics apply --new"):
        apply(CLUSTER, LAYOUT)
    assert "create" not in admin.requests
    assert apply(CLUSTER, LAYOUT, new=TOPICS) == [f"created {lost.full_name('t')}"]


def test_the_error_names_the_command_that_rebuilds_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    _use(monkeypatch, FakeAdmin(LAYOUT, absent=(PRESENCE,), records=3))
    with pytest.raises(TopicsError, match="--new`, then `firstseen rebuild presence`$"):
        apply(CLUSTER, LAYOUT)


@pytest.mark.parametrize("lost", [HEARTBEATS, REJECTED])
def test_a_topic_without_state_is_always_created(monkeypatch: pytest.MonkeyPatch, lost: Topic) -> None:
    _use(monkeypatch, FakeAdmin(LAYOUT, absent=(lost,), records=3))
    assert apply(CLUSTER, LAYOUT) == [f"created {lost.full_name('t')}"]


def test_tables_that_a_version_adds_are_created_if_the_caller_expects_them(monkeypatch: pytest.MonkeyPatch) -> None:
    _use(monkeypatch, FakeAdmin(LAYOUT, absent=(PRESENCE, VERSIONS), records=3))
    with pytest.raises(TopicsError, match=r"missing, .*: t\.versions\.v1\..*`firstseen upgrade`"):
        apply(CLUSTER, LAYOUT, new=[PRESENCE])
    assert len(apply(CLUSTER, LAYOUT, new=[PRESENCE, VERSIONS])) == 2


def test_topics_are_deleted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    admin = _use(monkeypatch, FakeAdmin(LAYOUT))
    names = [ALERTS.full_name("t"), "t.unknown.v1"]
    assert existing(CLUSTER, names) == names[:1]
    assert delete(CLUSTER, names[:1]) == ["deleted t.alerts.v1"]
    assert existing(CLUSTER, names) == []
    admin.hidden = {"t.evidence.v1"}
    with pytest.raises(TopicsError, match=r"did not delete t\.evidence\.v1: TopicAuthorizationFailedError"):
        delete(CLUSTER, ["t.evidence.v1"])


def test_an_interrupted_first_start_is_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    _use(monkeypatch, FakeAdmin(LAYOUT, absent=(PRESENCE, VERSIONS)))
    assert len(apply(CLUSTER, LAYOUT)) == 2


def test_another_number_of_partitions_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    admin = _use(monkeypatch, FakeAdmin(LAYOUT, absent=(HEARTBEATS,)))
    with pytest.raises(TopicsError, match="2 partitions, not 4. Set FIRSTSEEN_PARTITIONS=2"):
        apply(CLUSTER, replace(LAYOUT, partitions=4), new=TOPICS)
    assert admin.requests == ["topics", "configs"], "nothing is created with another number"


@each_row(
    ("topic", "remedy"),
    [
        (EVIDENCE, "start again under another FIRSTSEEN_PREFIX"),
        (VERSIONS, "stop the workers, delete it .* `firstseen topics apply --new`, then `firstseen rebuild intake`"),
        (HEARTBEATS, "delete it with Kafka's tools, and `firstseen topics apply` creates it again"),
    ],
)
def test_a_topic_that_got_more_partitions_than_the_others_is_the_one_to_mend(topic: Topic, remedy: str) -> None:
    counts = {each: LAYOUT.partitions + 2 * (each is topic) for each in TOPICS}
    cluster_topics = ClusterTopics({t: ExistingTopic(n, 1, topic_config(t, LAYOUT)) for t, n in counts.items()})
    [line] = differences_in(cluster_topics, LAYOUT)
    assert re.match(f"t.{topic.name}.v1: 4 partitions, not 2: {remedy}$", line), line


def test_another_replication_factor_is_rejected_and_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    _use(monkeypatch, FakeAdmin(LAYOUT))
    wanted = replace(LAYOUT, replication=3)
    with pytest.raises(TopicsError, match="replication factor 1, not 3. Set FIRSTSEEN_REPLICATION=1"):
        apply(CLUSTER, wanted)
    assert "replication factor 1, not 3" in differences(CLUSTER, wanted)[0]


def test_three_replicas_require_two_in_sync(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = replace(LAYOUT, replication=3)
    admin = _use(monkeypatch, FakeAdmin(wanted))
    admin.topics["t.alerts.v1"][2]["min.insync.replicas"] = "1"
    assert differences(CLUSTER, wanted) == [
        "t.alerts.v1 has min.insync.replicas=1, not 2: `firstseen topics apply` corrects it"
    ]
    assert apply(CLUSTER, wanted) == ["corrected t.alerts.v1: min.insync.replicas"]
    assert "min.insync.replicas" not in topic_config(ALERTS, replace(LAYOUT, replication=2))


def test_a_topic_that_this_user_may_not_describe_is_not_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    admin = _use(monkeypatch, FakeAdmin(LAYOUT))
    admin.hidden = {"t.alerts.v1"}
    assert differences(CLUSTER, LAYOUT) == [
        "this user may not see t.alerts.v1: grant Describe on the topics; they may exist"
    ]
    with pytest.raises(TopicsError, match="may not see t.alerts.v1"):
        apply(CLUSTER, LAYOUT)
    with pytest.raises(TopicsError, match="may not see t.alerts.v1"):
        topic_admin.missing(admin, "t", [ALERTS])


def test_settings_that_this_user_may_not_read_are_not_altered(monkeypatch: pytest.MonkeyPatch) -> None:
    admin = _use(monkeypatch, FakeAdmin(LAYOUT))
    admin.configs_hidden = True
    [line] = differences(CLUSTER, LAYOUT)
    assert line.startswith("the settings of t.sightings.v1")
    assert apply(CLUSTER, LAYOUT) == [line]
    assert "alter" not in admin.requests


def test_topics_with_the_same_difference_share_a_line() -> None:
    cluster_topics = ClusterTopics({t: ExistingTopic(2, 1, topic_config(t, LAYOUT)) for t in TOPICS})
    [line] = differences_in(cluster_topics, replace(LAYOUT, partitions=4))
    assert line.startswith(f"t.sightings.v1, t.rejected.v1, t.versions.v1 and {len(TOPICS) - 3} more: 2 partitions")


def test_a_worker_asks_only_for_the_topics_of_its_stage() -> None:
    names = {topic.name for topic in topics_of("intake")}
    assert names == {"sightings", "rejected", "versions", "accounting", "evidence", "heartbeats", "intake-positions"}
