"""A worker that comes back under its name interrupts nobody, and one that ends alone is not waited for.

The session time-out is five minutes: whatever waits for it does not pass in time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

import pytest

from firstseen.local_kafka import LocalKafka
from streams.io.clock import monotonic, pause
from streams.io.kafka_config import KafkaConfig
from streams.io.topic_admin import TopicSettings, apply
from tests.support.worker import worker

pytestmark = pytest.mark.kafka

SOON_SECONDS = 180


class Worker:
    """A worker of intake, and what it says."""

    def __init__(self, kafka: LocalKafka, prefix: str, folder: Path) -> None:
        self.process = worker("intake", kafka, prefix, folder, FIRSTSEEN_SESSION_SECONDS="300")
        self.ready: SimpleQueue[str] = SimpleQueue()
        Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            if "intake ready" in line:
                self.ready.put(line.split("partitions")[1].strip())

    def partitions(self) -> str:
        return self.ready.get(timeout=SOON_SECONDS)

    def forget(self) -> None:
        while not self.ready.empty():
            self.ready.get()


def _wait_until_named(file: Path) -> None:
    """Return once a worker holds the name: it joins its group after that."""
    deadline = monotonic() + SOON_SECONDS
    inode = f":{file.stat().st_ino} "
    while inode not in Path("/proc/locks").read_text(encoding="utf-8"):  # to try the lock could take the name away
        assert monotonic() < deadline, file
        pause(0.05)


@contextmanager
def _worker(kafka: LocalKafka, prefix: str, folder: Path) -> Iterator[Worker]:
    started = Worker(kafka, prefix, folder)
    try:
        yield started
    finally:
        started.process.kill()
        started.process.wait()
        if started.process.stdout:
            started.process.stdout.close()


def test_a_worker_that_was_killed_comes_back_to_its_partitions_and_the_other_never_notices(
    kafka: LocalKafka, prefix: str, tmp_path: Path
) -> None:
    apply(KafkaConfig(kafka.bootstrap), TopicSettings(prefix=prefix, partitions=2))
    with _worker(kafka, prefix, tmp_path) as stays:
        assert stays.partitions() == "[0, 1]"
        with _worker(kafka, prefix, tmp_path) as killed:
            its = killed.partitions()
            while (others := stays.partitions()) == "[0, 1]":  # which may be said twice
                pass
            assert {its, others} == {"[0]", "[1]"}
        with _worker(kafka, prefix, tmp_path) as back:
            _wait_until_named(tmp_path / "workers" / "intake" / "instance.1")
            stays.forget()  # a change of hands may be said twice, and this one is over
            assert back.partitions() == its
            assert stays.ready.empty(), "its partitions never changed hands"


def test_a_worker_that_ends_alone_is_not_waited_for(kafka: LocalKafka, prefix: str, tmp_path: Path) -> None:
    apply(KafkaConfig(kafka.bootstrap), TopicSettings(prefix=prefix, partitions=2))
    with _worker(kafka, prefix, tmp_path / "one") as first:
        assert first.partitions() == "[0, 1]"
        first.process.terminate()
        assert first.process.wait(SOON_SECONDS) == 0
        with _worker(kafka, prefix, tmp_path / "another") as second:
            assert second.partitions() == "[0, 1]"
