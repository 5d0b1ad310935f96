"""A worker goes on from the position in its own table; what its group has committed is for others to look at."""

from __future__ import annotations

import asyncio
import signal
from contextlib import closing, suppress
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition
from kafka.errors import NoError
from kafka.structs import OffsetAndMetadata

from faust_batches.admin import COORDINATOR_STARTS, committed_offsets
from faust_batches.exits import ExitCode
from faust_batches.step import Step
from firstseen.local_kafka import LocalKafka
from schemas.topics import ACCOUNTING, EVIDENCE, POSITIONS, PRESENCE, SIGHTINGS, TABLES
from streams.io.kafka_config import KafkaConfig
from streams.io.reader import read_all
from streams.io.stage_config import StageConfig
from streams.io.topic_admin import TopicSettings, admin_client, apply
from tests.support.builders import sighting
from tests.support.system import system
from tests.support.waiting import PATIENCE_SECONDS, until
from tests.support.worker import SHORT_SESSION, command, take, worker, write_committed

pytestmark = pytest.mark.kafka


@pytest.mark.parametrize("group_at", [None, 1], ids=["the group is gone", "the group was set back"])
def test_nothing_is_read_twice_whatever_became_of_the_group(
    kafka: LocalKafka, prefix: str, tmp_path: Path, group_at: int | None
) -> None:
    with system(kafka, prefix, tmp_path, partitions=1) as running:
        running.publish(*(sighting(id=f"report {number}") for number in range(3)))
        running.settle()
    written = _written(kafka, prefix)
    admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    for stage in ("intake", "presence", "dispatch", "slack"):
        if group_at is None:
            admin.delete_groups([f"{prefix}.{stage}"])
    if group_at is not None:
        _set_group(admin, f"{prefix}.intake", TopicPartition(SIGHTINGS.full_name(prefix), 0), group_at)
    admin.close()

    with system(kafka, prefix, tmp_path, partitions=1) as running:
        running.publish(sighting(id="report 3"))
        running.settle()
        accounting = running.export("accounting")

    assert _written(kafka, prefix) == written + 1
    [counts] = accounting
    assert (counts["accepted"], counts["duplicate"]) == (4, 0)


def test_rows_of_another_writer_are_not_believed(kafka: LocalKafka, prefix: str, tmp_path: Path) -> None:
    with system(kafka, prefix, tmp_path, partitions=1) as running:
        running.publish(*(sighting(id=f"report {number}", grade="B2") for number in range(3)))
        running.settle()
    written = _written(kafka, prefix)
    with KafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        for topic in (topic for topics in TABLES.values() for topic in topics):
            for value in (None, b"no row", b'{"next_offset":9999}'):
                producer.send(topic.full_name(prefix), value, b"0", partition=0)
        producer.send(PRESENCE.full_name(prefix), None, b"JNIM|ML", partition=0)
    for topic in (*POSITIONS.values(), ACCOUNTING):  # even out of a transaction
        write_committed(kafka, topic.full_name(prefix), b"0", b"no row")
        write_committed(kafka, topic.full_name(prefix), b"\xff", b"no row")

    with system(kafka, prefix, tmp_path, partitions=1) as running:
        running.publish(sighting(id="report 3"))
        running.settle()
        [counts] = running.export("accounting")
        [row] = running.export("presence")

    assert _written(kafka, prefix) == written + 1
    assert (counts["accepted"], row["country"]) == (4, "ML")


def test_a_stage_whose_position_is_lost_does_not_start(kafka: LocalKafka, prefix: str, tmp_path: Path) -> None:
    with system(kafka, prefix, tmp_path, partitions=1) as running:
        running.publish(sighting(id="report"))
        running.settle()
    write_committed(kafka, POSITIONS["presence"].full_name(prefix), b"0", None)

    process = worker("presence", kafka, prefix, tmp_path)
    said, _ = process.communicate(timeout=PATIENCE_SECONDS)

    assert process.returncode == ExitCode.LOST_RECORDS, said
    assert "presence-positions has no position, but there are" in said
    assert "firstseen rebuild presence" in said


def test_a_worker_exits_if_kafka_has_lost_read_records(kafka: LocalKafka, prefix: str, tmp_path: Path) -> None:
    apply(KafkaConfig(kafka.bootstrap), TopicSettings(prefix=prefix, partitions=1))
    write_committed(kafka, POSITIONS["intake"].full_name(prefix), b"0", b'{"next_offset":1200}')

    process = worker("intake", kafka, prefix, tmp_path)
    said, _ = process.communicate(timeout=PATIENCE_SECONDS)

    assert process.returncode == ExitCode.LOST_RECORDS
    assert f"{SIGHTINGS.full_name(prefix)}, partition 0, ends at 0 and was read to 1,200: Kafka has lost" in said
    assert "Traceback" not in said


def test_a_new_input_is_read_from_its_first_record_whatever_the_group_committed(
    kafka: LocalKafka, prefix: str, tmp_path: Path
) -> None:
    cluster = KafkaConfig(kafka.bootstrap)
    apply(cluster, TopicSettings(prefix=prefix, partitions=1))
    write_committed(kafka, POSITIONS["intake"].full_name(prefix), b"0", b'{"next_offset":0}')
    with closing(KafkaAdminClient(bootstrap_servers=kafka.bootstrap)) as admin:
        _set_group(admin, f"{prefix}.intake", TopicPartition(SIGHTINGS.full_name(prefix), 0), 5)

    with system(kafka, prefix, tmp_path, partitions=1) as running:
        running.publish(sighting(id="report"))
        running.settle()
        [counts] = running.export("accounting")

    assert counts["accepted"] == 1


def test_a_worker_exits_if_kafka_has_removed_unread_records(kafka: LocalKafka, prefix: str, tmp_path: Path) -> None:
    cluster, place = KafkaConfig(kafka.bootstrap), TopicPartition(SIGHTINGS.full_name(prefix), 0)
    apply(cluster, TopicSettings(prefix=prefix, partitions=1))
    write_committed(kafka, POSITIONS["intake"].full_name(prefix), b"0", b'{"next_offset":0}')
    process = worker("intake", kafka, prefix, tmp_path, **SHORT_SESSION)
    assert process.stdout
    with process.stdout as output:
        next(line for line in output if "ready" in line)
        process.send_signal(signal.SIGSTOP)
        with KafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
            for _ in range(3):
                producer.send(place.topic, b"{}", partition=0)
        with admin_client(cluster) as admin:
            admin.delete_records({place: 2})
        process.send_signal(signal.SIGCONT)
        said = output.read()

    assert process.wait(PATIENCE_SECONDS) == ExitCode.LOST_RECORDS, said
    assert "partition 0, begins at 2 and was read to 0: Kafka has removed records that were not read" in said
    refused = command(kafka, prefix, tmp_path, "rebuild", "intake")
    assert (refused.returncode, "begins at 2" in refused.stderr) == (1, True), refused.stderr
    continued = command(kafka, prefix, tmp_path, "rebuild", "intake", "--new-input")
    assert "partition 0: continues at offset 2" in continued.stdout, continued.stderr


def test_a_worker_continues_if_kafka_has_removed_only_read_records(
    kafka: LocalKafka, prefix: str, tmp_path: Path
) -> None:
    """A transaction ends with a marker, which takes an offset after the last record."""
    place = TopicPartition(EVIDENCE.full_name(prefix), 0)
    with admin_client(KafkaConfig(kafka.bootstrap)) as admin:
        with system(kafka, prefix, tmp_path, partitions=1) as running:
            running.publish(sighting(id="report 0", country="ML", grade="B2"))
            running.settle()
            until(lambda: committed_offsets(admin, f"{prefix}.presence", place.topic) == {0: 2})  # after the marker
        admin.delete_records({place: -1})

    with system(kafka, prefix, tmp_path, partitions=1) as running:
        running.publish(sighting(id="report 1", country="NE", grade="B2"))
        running.settle()
        rows = running.export("presence")

    assert {row["country"] for row in rows} == {"ML", "NE"}


async def test_an_owner_begins_where_the_last_one_ended(kafka: LocalKafka, prefix: str, tmp_path: Path) -> None:
    cluster = KafkaConfig(kafka.bootstrap)
    apply(cluster, TopicSettings(prefix=prefix, partitions=1))
    config = StageConfig("dispatch", cluster, prefix, tmp_path)
    first = await take(config)
    begun = first.next_offset
    for offset in (3, 8):
        await first.commit(Step(), offset)
    # What a frozen owner has open when the next one comes.
    frozen = AIOKafkaProducer(**cluster.for_client(), transactional_id=f"{config.group}.0")
    await frozen.start()
    await frozen.begin_transaction()
    await frozen.send(POSITIONS["dispatch"].full_name(prefix), b'{"next_offset":99}', b"0", partition=0)
    await frozen.flush()
    second = await take(config)
    assert (begun, second.next_offset) == (0, 8)
    await second.release()
    await first.release()
    await frozen.stop()


def _written(kafka: LocalKafka, prefix: str) -> int:
    return len(asyncio.run(read_all(KafkaConfig(kafka.bootstrap), prefix, EVIDENCE)))


def _set_group(admin: KafkaAdminClient, group: str, place: TopicPartition, offset: int) -> None:
    """Set what a group has committed, once the worker that left is no longer a member."""

    def is_set() -> bool:
        with suppress(*COORDINATOR_STARTS):
            return admin.alter_group_offsets(group, {place: OffsetAndMetadata(offset, "", -1)})[place] is NoError
        return False

    until(is_set)
