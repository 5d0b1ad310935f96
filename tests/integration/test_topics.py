"""`topics apply` and `check` on a real Kafka: a change that would make results wrong is rejected."""

from __future__ import annotations

from dataclasses import replace

import pytest
from kafka import KafkaProducer

from firstseen.local_kafka import LocalKafka
from schemas.topics import PRESENCE, SIGHTINGS, TOPICS
from streams.io.kafka_config import KafkaConfig
from streams.io.topic_admin import TopicsError, TopicSettings, admin_client, apply, differences, missing
from tests.support.waiting import PATIENCE_SECONDS, until

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
