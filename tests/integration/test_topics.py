"""`topics apply` and `check` on a real Kafka: a change that would make results wrong is rejected. So are workers."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from kafka import KafkaProducer

from faust_batches.exits import ExitCode
from firstseen.exit_codes import Exit
from firstseen.local_kafka import LocalKafka
from schemas.topics import HEARTBEATS, PRESENCE, SIGHTINGS, TOPICS
from streams.io.kafka_config import KafkaConfig
from streams.io.topic_admin import (
    TopicsError,
    TopicSettings,
    admin_client,
    apply,
    differences,
    missing,
    uneven_partitions,
)
from tests.support.waiting import PATIENCE_SECONDS, until
from tests.support.worker import command

pytestmark = pytest.mark.kafka


def test_a_deleted_table_is_not_created_empty_while_others_hold_records(kafka: LocalKafka, prefix: str) -> None:
    cluster, topic_settings = KafkaConfig(kafka.bootstrap), TopicSettings(prefix=prefix)
    assert len(apply(cluster, topic_settings)) == len(TOPICS)
    assert apply(cluster, topic_settings) == []
    assert differences(cluster, topic_settings) == []
    with KafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        producer.send(SIGHTINGS.full_name(prefix), b"{}").get(timeout=PATIENCE_SECONDS)
    with admin_client(cluster) as client:
        client.delete_topics([PRESENCE.full_name(prefix)])
        until(lambda: missing(client, prefix, TOPICS) == [PRESENCE])

    with pytest.raises(TopicsError, match=rf"{prefix}\.presence\.v2.*--new"):
        apply(cluster, topic_settings)
    assert apply(cluster, topic_settings, new=TOPICS) == [f"created {PRESENCE.full_name(prefix)}"]
    for other in (replace(topic_settings, partitions=4), replace(topic_settings, replication=3)):
        with pytest.raises(TopicsError, match="Set FIRSTSEEN_"):
            apply(cluster, other)
        assert differences(cluster, other)


def test_a_worker_that_cannot_start_says_why_in_one_line(kafka: LocalKafka, prefix: str, tmp_path: Path) -> None:
    apply(KafkaConfig(kafka.bootstrap), TopicSettings(prefix=prefix, partitions=1))
    folder = tmp_path / "state"
    folder.touch()

    def ends(code: int, words: str) -> None:
        done = command(kafka, prefix, folder, "worker", "intake")
        assert (done.returncode, done.stderr.count("\n")) == (code, 1), done.stderr
        assert re.search(words, done.stderr), done.stderr

    ends(
        ExitCode.DISK,
        f"intake: the state in {folder}/workers/intake cannot be used .*FIRSTSEEN_STATE_DIR names another",
    )
    folder.unlink()
    heartbeats = HEARTBEATS.full_name(prefix)
    with admin_client(KafkaConfig(kafka.bootstrap)) as admin:
        admin.create_partitions({heartbeats: 2})
        until(lambda: uneven_partitions(admin, prefix, TOPICS))
        ends(ExitCode.CONFIGURATION, f"{heartbeats}: 2 partitions, and the others have 1.*delete it.*topics apply")
        admin.delete_topics([heartbeats])
        until(lambda: missing(admin, prefix, TOPICS))
    ends(Exit.UNREACHABLE, f"{heartbeats} missing on .*firstseen topics apply")
