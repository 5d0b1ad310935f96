"""A worker that is asked to end while Kafka is away ends, and says no more than it must. So does a transaction."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from faust_batches.errors import UnreachableError
from faust_batches.exits import ExitCode
from firstseen.local_kafka import LocalKafka
from schemas.topics import GROUPS
from streams.io.exclusive_producer import exclusive_producer, transact
from streams.io.kafka_config import KafkaConfig
from streams.io.topic_admin import TopicSettings, apply
from tests.support.worker import worker

pytestmark = pytest.mark.kafka

SOON_SECONDS = 55
"""Less than the minute after which the parts that wait for Kafka give up by themselves."""


@pytest.mark.parametrize(
    "stage", [pytest.param("intake", marks=pytest.mark.thorough), "presence"]
)  # with nothing to commit, and with a heartbeat
def test_a_worker_ends_while_kafka_is_away(stage: str, tmp_path: Path) -> None:
    with LocalKafka(tmp_path / "kafka") as kafka:
        apply(KafkaConfig(kafka.bootstrap), TopicSettings(partitions=2))
        process = worker(stage, kafka, TopicSettings().prefix, tmp_path)
        said = ""
        assert process.stdout
        with process.stdout as output:
            for line in output:
                said += line
                if "ready" in line:
                    kafka.kill()
                elif "Unable to update metadata" in line:
                    process.send_signal(signal.SIGTERM)
                    break
            try:
                said += process.communicate(timeout=SOON_SECONDS)[0]
            finally:
                process.kill()

    assert process.returncode in {0, ExitCode.KAFKA}
    assert "Traceback" not in said
    assert "Unclosed" not in said


@pytest.mark.thorough
def test_a_transaction_and_its_producer_end_while_kafka_is_away(tmp_path: Path) -> None:
    async def write_without_kafka(kafka: LocalKafka) -> None:
        async with exclusive_producer(KafkaConfig(kafka.bootstrap), TopicSettings().prefix, "groups") as producer:
            kafka.kill()
            topic = GROUPS.full_name(TopicSettings().prefix)
            await transact(producer, lambda: producer.send_and_wait(topic, b"{}", b"ISIS"), answer_seconds=1)

    with LocalKafka(tmp_path / "kafka") as kafka:
        apply(KafkaConfig(kafka.bootstrap), TopicSettings(partitions=2))
        with pytest.raises(UnreachableError, match="may have been written, or not"):
            asyncio.run(asyncio.wait_for(write_without_kafka(kafka), SOON_SECONDS))
