"""A worker that is stopped or killed between the pieces of a record continues in the middle of that record."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.admin import NewTopic

from firstseen.local_kafka import LocalKafka
from streams.io.clock import monotonic
from tests.support.piecewise import PIECE
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.kafka

COMPACTED = {"cleanup.policy": "compact"}
LIMIT, STEPS = 40 * PIECE, 3
"""A record takes many transactions, and the worker is stopped in each of its first runs when it begins the third."""


@contextmanager
def worker(kafka: LocalKafka, folder: Path, *ending: int) -> Iterator[subprocess.Popen[bytes]]:
    arguments = ["-m", "tests.support.piecewise", kafka.bootstrap, str(folder), *map(str, ending)]
    process = subprocess.Popen([sys.executable, *arguments])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


class Numbers:
    """The committed output, read as it grows."""

    def __init__(self, kafka: LocalKafka) -> None:
        self.found: list[tuple[int, int]] = []
        self._consumer = KafkaConsumer(
            "numbers",
            bootstrap_servers=kafka.bootstrap,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            enable_auto_commit=False,
        )

    def read(self, count: int, within_seconds: float = PATIENCE_SECONDS) -> None:
        deadline = monotonic() + within_seconds
        while len(self.found) < count and monotonic() < deadline:
            for records in self._consumer.poll(50).values():
                self.found += [(int(record.key), int(record.value)) for record in records]
        assert len(self.found) >= count

    def close(self) -> None:
        self._consumer.close()


def test_a_killed_worker_continues_between_two_pieces(kafka: LocalKafka, tmp_path: Path) -> None:
    admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    admin.create_topics([NewTopic("limits", 1, 1), NewTopic("numbers", 1, 1)])
    admin.create_topics([NewTopic(name, 1, 1, topic_configs=COMPACTED) for name in ("cursors", "limits-positions")])
    admin.close()
    with KafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        for limit in (3, LIMIT, 5):
            producer.send("limits", str(limit).encode())
    with closing(Numbers(kafka)) as numbers:
        for stop in (signal.SIGKILL, signal.SIGTERM, signal.SIGKILL):
            with worker(kafka, tmp_path, STEPS, stop) as process:
                process.wait(PATIENCE_SECONDS)
            numbers.read(len(numbers.found) + PIECE)
            assert len(numbers.found) < LIMIT, "the record was finished before the worker stopped"
        with worker(kafka, tmp_path):
            numbers.read(3 + LIMIT + 5)
        limits = {0: 3, 1: LIMIT, 2: 5}
        assert numbers.found == [(offset, number) for offset, limit in limits.items() for number in range(limit)]
