"""An ordinary Faust agent, event by event, beside a batch agent in one app."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from kafka import KafkaProducer
from kafka.admin import NewTopic
from pydantic_core import to_json

from firstseen.local_kafka import LocalKafka
from streams.io.clock import monotonic, pause
from streams.io.kafka_config import KafkaConfig
from streams.io.topic_admin import TopicSettings, admin_client, apply
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.kafka

RECORDS = 1000

WORKER = """
import sys
from pathlib import Path
from faust_batches.app import Worker
from firstseen.logs import log_to_stderr
from streams import agents
from streams.intake.day_limits import DEFAULT_DAYS
from streams.io.kafka_config import KafkaConfig
from streams.io.stage_config import StageConfig

log_to_stderr("ordinary")
kafka, prefix, folder, seen = sys.argv[1:]
app = agents.intake(StageConfig("intake", KafkaConfig(kafka), prefix, Path(folder)), DEFAULT_DAYS)
app.conf.broker_commit_interval = 0.2

@app.agent(app.topic(f"{prefix}.notes", key_serializer="raw", value_serializer="raw"))
async def notes_agent(notes):
    with open(seen, "a", buffering=1) as file:
        async for event in notes.events():
            print(event.value.decode(), event.message.offset, file=file)

Worker(app).execute_from_commandline()
"""


class Run:
    """The worker's topics and what came of them."""

    def __init__(self, kafka: LocalKafka, prefix: str, folder: Path) -> None:
        self._kafka, self._prefix, self._folder, self._seen = kafka.bootstrap, prefix, folder, folder / "seen"
        cluster = KafkaConfig(kafka.bootstrap)
        apply(cluster, TopicSettings(prefix, partitions=2))
        with admin_client(cluster) as admin:
            admin.create_topics([NewTopic(f"{prefix}.notes", 2, 1)])

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        command = [sys.executable, "-u", "-c", WORKER, self._kafka, self._prefix, str(self._folder), str(self._seen)]
        with (self._folder / "log").open("ab") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def publish(self, first: int, count: int) -> None:
        producer = KafkaProducer(bootstrap_servers=self._kafka)
        for number in range(first, first + count):
            key = f"desk/{number}".encode()
            sighting = {"source": "desk", "id": str(number), "group": "A", "country": "Mali", "occurred": "2020"}
            producer.send(f"{self._prefix}.sightings.v1", to_json(sighting), key)
            producer.send(f"{self._prefix}.notes", f"note {number}".encode(), key)
        producer.flush()
        producer.close()

    def await_committed(self, records: int, within_seconds: float = PATIENCE_SECONDS) -> None:
        """Return when the group has committed that many records of both topics."""
        deadline = monotonic() + within_seconds
        wanted = {f"{self._prefix}.sightings.v1": records, f"{self._prefix}.notes": records}
        while (committed := asyncio.run(self._committed())) != wanted:
            assert monotonic() < deadline, f"{committed}\n" + (self._folder / "log").read_text(errors="replace")[-4000:]
            pause(0.2)

    async def _committed(self) -> dict[str, int]:
        admin = AIOKafkaAdminClient(bootstrap_servers=self._kafka)
        await admin.start()
        try:
            offsets = await admin.list_consumer_group_offsets(f"{self._prefix}.intake")
        except KafkaError:  # the first group of this Kafka
            return {}
        finally:
            await admin.close()
        committed: Counter[str] = Counter()
        for place, position in offsets.items():
            committed[place.topic] += position.offset
        return committed

    def seen(self) -> Counter[str]:
        return Counter(line.rsplit(" ", 1)[0] for line in self._seen.read_text().splitlines())


def test_both_see_every_record_once_commit_it_and_continue_after_a_restart(
    kafka: LocalKafka, prefix: str, tmp_path: Path
) -> None:
    run = Run(kafka, prefix, tmp_path)
    with run.worker() as process:
        run.publish(0, RECORDS)
        run.await_committed(RECORDS)
        assert run.seen() == Counter(f"note {number}" for number in range(RECORDS))
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0
    with run.worker():
        run.publish(RECORDS, 10)
        run.await_committed(RECORDS + 10)
        assert run.seen() == Counter(f"note {number}" for number in range(RECORDS + 10))
