"""A worker that finds rows and no position does not begin again: what is read twice would be written twice."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, TopicPartition
from kafka.errors import NoError
from kafka.structs import OffsetAndMetadata

from firstseen.local_kafka import LocalKafka
from schemas.topics import EVIDENCE, SIGHTINGS
from streams.runtime.cluster import Cluster
from streams.runtime.reader import read_all
from tests.support.builders import sighting
from tests.support.system import system
from tests.support.worker import worker

pytestmark = pytest.mark.kafka


def test_a_worker_whose_positions_are_gone_waits_for_them(kafka: LocalKafka, prefix: str, tmp_path: Path) -> None:
    cluster, group = Cluster(kafka.bootstrap), f"{prefix}.intake"
    place = TopicPartition(SIGHTINGS.full_name(prefix), 0)
    with system(kafka, prefix, tmp_path, partitions=1) as running:
        running.publish(*(sighting(id=f"report {number}") for number in range(3)))
        running.settle()
    written = _written(cluster, prefix)
    admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    admin.delete_groups([group])

    said = _said_until("asking again", kafka, prefix, tmp_path)

    assert "Kafka knows no position of what was read before" in said
    assert _written(cluster, prefix) == written
    _put(admin, group, place, 3)
    admin.close()
    with system(kafka, prefix, tmp_path, partitions=1) as running:
        running.publish(sighting(id="report 3"))
        running.settle()
    assert _written(cluster, prefix) == written + 1


def _said_until(words: str, kafka: LocalKafka, prefix: str, folder: Path) -> str:
    """Run a worker of intake until it says something, then kill it; return all that it said."""
    process = worker("intake", kafka, prefix, folder)
    said = ""
    assert process.stdout
    with process.stdout as output:
        for line in output:  # until it ends: a worker that goes on at once ends the test by its time limit
            said += line
            if words in line or "ready" in line:
                process.kill()
    process.wait()
    return said


def _written(cluster: Cluster, prefix: str) -> int:
    return len(asyncio.run(read_all(cluster, prefix, EVIDENCE)))


def _put(admin: KafkaAdminClient, group: str, place: TopicPartition, offset: int) -> None:
    """Set a position, once the worker that was killed is no member any more."""
    deadline = time.monotonic() + 60
    while admin.alter_group_offsets(group, {place: OffsetAndMetadata(offset, "", -1)})[place] is not NoError:
        assert time.monotonic() < deadline
        time.sleep(0.5)
