"""The example of the batch library runs on a real Kafka and counts exactly once over a kill -9."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.admin import NewTopic

from firstseen.local_kafka import LocalKafka
from streams.io.clock import monotonic
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.kafka

COMPACTED = {"cleanup.policy": "compact"}


@contextmanager
def example(kafka: LocalKafka, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "faust_batches.example", kafka.bootstrap, str(folder)]
    process = subprocess.Popen(command)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def publish(kafka: LocalKafka, *words: str) -> None:
    with KafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        for word in words:
            producer.send("words", word.encode())


def totals(kafka: LocalKafka, count: int, within_seconds: float = PATIENCE_SECONDS) -> list[tuple[str, int]]:
    consumer = KafkaConsumer(
        "totals",
        bootstrap_servers=kafka.bootstrap,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        enable_auto_commit=False,
    )
    deadline, found = monotonic() + within_seconds, list[tuple[str, int]]()
    while len(found) < count and monotonic() < deadline:
        for records in consumer.poll(200).values():
            found += [(record.key.decode(), int(record.value)) for record in records]
    consumer.close()
    return found


def test_words_are_counted_once_over_a_kill(kafka: LocalKafka, tmp_path: Path) -> None:
    admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    admin.create_topics([NewTopic("words", 1, 1), NewTopic("totals", 1, 1)])
    admin.create_topics([NewTopic(name, 1, 1, topic_configs=COMPACTED) for name in ("counts", "count-positions")])
    admin.close()
    with example(kafka, tmp_path):
        publish(kafka, "oui", "non", "oui")
        assert totals(kafka, 3) == [("oui", 1), ("non", 1), ("oui", 2)]
    with example(kafka, tmp_path):
        publish(kafka, "oui")
        assert totals(kafka, 4) == [("oui", 1), ("non", 1), ("oui", 2), ("oui", 3)]
