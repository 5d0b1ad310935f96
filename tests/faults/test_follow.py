"""A follower waits while Kafka is away and continues where it stopped."""

from __future__ import annotations

import signal
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from firstseen.local_kafka import LocalKafka
from streams.io.kafka_config import KafkaConfig
from streams.io.topic_admin import TopicSettings, apply
from tests.integration.test_follow import NEWEST, QUARTER, Operator, events
from tests.support.publisher import publisher
from tests.support.waiting import PATIENCE_SECONDS

# The clients look for a lost broker for two minutes.
pytestmark = [pytest.mark.kafka, pytest.mark.thorough]


def test_a_follower_continues_when_kafka_is_back(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with publisher() as there, ExitStack() as stack:
        there.serve_gdelt({NEWEST: events(10)})
        operator = Operator(f"127.0.0.1:{port}", "away", there)
        with LocalKafka(tmp_path / "kafka", port) as kafka:
            apply(KafkaConfig(kafka.bootstrap), TopicSettings(prefix="away", partitions=2))
            running = stack.enter_context(operator.following("gdelt", "--every", "2s", "--catch-up", "0s"))
            running.hears("2 rows, 1 sent")
        there.serve_gdelt({NEWEST + QUARTER: events(11)})
        running.hears("lost the connection to Kafka", seconds=240)
        with LocalKafka(tmp_path / "kafka", port):
            running.hears("2 rows, 1 sent", times=2, seconds=240)
            running.process.send_signal(signal.SIGTERM)
            assert running.process.wait(PATIENCE_SECONDS) == 0
        assert "Traceback" not in "".join(running.lines)
