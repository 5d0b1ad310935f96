"""A table is read back to its committed end, whatever the changelog ends in, and from where the store on disk stands."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition

from faust_batches import restore as restoring
from faust_batches.exits import ExitCode, FatalError
from faust_batches.kafka_consumer import Consumer
from faust_batches.restore import restore
from faust_batches.rocksdb import CorruptStoreError
from faust_batches.step import Outgoing, Step
from faust_batches.tables import PartitionTables
from firstseen.local_kafka import LocalKafka
from schemas.intake_tables import Version
from schemas.topics import EVIDENCE, VERSIONS, Topic
from streams.io.kafka_config import KafkaConfig
from streams.io.stage_config import StageConfig
from streams.io.topic_admin import TopicSettings, admin_client, apply
from tests.support.worker import configure, take, until_all_committed

pytestmark = pytest.mark.kafka

IN_MEMORY = Topic(VERSIONS.name, Version, "source/id", "intake", "intake", compacted=True)


def step(**rows: Version | None) -> Step:
    return Step({VERSIONS: dict(rows)}, [Outgoing(EVIDENCE, b"key", b"{}", datetime.now(UTC))])


async def leave_aborted(cluster: KafkaConfig, topic: str) -> None:
    producer = AIOKafkaProducer(**cluster.for_client(), transactional_id=f"{topic}.aborts")
    await producer.start()
    await producer.begin_transaction()
    for number in range(20):
        await producer.send(topic, b'{"revision":99}', f"aborted {number}".encode(), partition=0)
    await producer.flush()
    await producer.abort_transaction()
    await producer.stop()


async def read_back(cluster: KafkaConfig, prefix: str, topic: Topic, folder: Path) -> dict[str, object]:
    await asyncio.to_thread(until_all_committed, cluster.bootstrap, prefix)
    config = replace(StageConfig("intake", cluster, prefix, folder).batches(), tables=(topic,))
    opened = PartitionTables.open(config, 0, {topic: folder} if topic.on_disk else {})
    await restore(config, opened, 0)
    table = opened[topic]
    found = {key: table[key] for key in table}
    opened.close()
    return dict(found)


async def test_rows_are_read_back_behind_markers_and_aborted_records(
    kafka: LocalKafka, prefix: str, tmp_path: Path
) -> None:
    cluster = KafkaConfig(kafka.bootstrap)
    apply(cluster, TopicSettings(prefix=prefix, partitions=1))
    config = StageConfig("intake", cluster, prefix, tmp_path / "owner")
    owned = await take(config)
    for number in range(1, 30):
        await owned.commit(step(**{f"row {number % 5}": Version(revision=number)}), number)
    await owned.commit(step(**{"row 0": None}), 30)
    await leave_aborted(cluster, VERSIONS.full_name(prefix))
    should = {f"row {n}": Version(revision=25 + n) for n in range(1, 5)}

    assert await read_back(cluster, prefix, IN_MEMORY, tmp_path) == should
    assert await read_back(cluster, prefix, VERSIONS, tmp_path / "cold") == should
    # Warm: what was committed since is added, what was removed since goes.
    await owned.commit(step(**{"row 1": None, "row 9": Version(revision=1)}), 31)
    del should["row 1"]
    assert await read_back(cluster, prefix, VERSIONS, tmp_path / "cold") == should | {"row 9": Version(revision=1)}
    await owned.release()


async def test_rows_that_kafka_has_removed_are_missed_unless_the_store_has_them(
    kafka: LocalKafka, prefix: str, tmp_path: Path
) -> None:
    cluster, place = KafkaConfig(kafka.bootstrap), TopicPartition(VERSIONS.full_name(prefix), 0)
    apply(cluster, TopicSettings(prefix=prefix, partitions=1))
    owned = await take(StageConfig("intake", cluster, prefix, tmp_path / "owner"))
    await owned.commit(step(first=Version(revision=1), second=Version(revision=2)), 2)
    await owned.release()
    should = await read_back(cluster, prefix, VERSIONS, tmp_path / "warm")
    configure(kafka.bootstrap, place.topic, cleanup_policy="delete")
    with admin_client(cluster) as admin:
        admin.delete_records({place: 1})

    assert await read_back(cluster, prefix, VERSIONS, tmp_path / "warm") == should
    for topic in (VERSIONS, IN_MEMORY):
        with pytest.raises(
            FatalError, match="begins at 1: Kafka has removed rows.*topics apply --new`, and run"
        ) as ended:
            await read_back(cluster, prefix, topic, tmp_path / "cold")
        assert ended.value.code == ExitCode.LOST_RECORDS


async def test_a_store_that_is_damaged_between_two_runs_is_read_again_from_kafka(
    kafka: LocalKafka, prefix: str, tmp_path: Path
) -> None:
    cluster = KafkaConfig(kafka.bootstrap)
    apply(cluster, TopicSettings(prefix=prefix, partitions=1))
    config = StageConfig("intake", cluster, prefix, tmp_path)
    owned = await take(config)
    should = {f"row {number}": Version(revision=number) for number in range(1, 20_001)}
    await owned.commit(step(**should), 1)
    await owned.release()
    [file] = tmp_path.rglob("*.sst")
    flipped = bytearray(file.read_bytes())
    for at in range(len(flipped) // 4, len(flipped) // 2, 97):
        flipped[at] ^= 0xFF
    file.write_bytes(flipped)

    owned = await take(config)  # no block of rows is read yet
    with pytest.raises(CorruptStoreError):
        dict(owned.tables[VERSIONS])
    await owned.release()

    owned = await take(config)
    assert dict(owned.tables[VERSIONS]) == should
    assert owned.next_offset == 1
    await owned.release()


async def test_a_cancelled_commit_ends_before_the_next_begins(kafka: LocalKafka, prefix: str, tmp_path: Path) -> None:
    cluster = KafkaConfig(kafka.bootstrap)
    apply(cluster, TopicSettings(prefix=prefix, partitions=1))
    owned = await take(StageConfig("intake", cluster, prefix, tmp_path))
    for number in range(1, 6):
        committing = asyncio.create_task(owned.commit(step(row=Version(revision=number)), number))
        for _ in range(number):
            await asyncio.sleep(0)
        committing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await committing
        assert owned.next_offset == number
        assert owned.tables[VERSIONS]["row"] == Version(revision=number)
    await owned.release()


async def test_a_restore_that_gets_no_further_ends(
    kafka: LocalKafka, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = KafkaConfig(kafka.bootstrap)
    apply(cluster, TopicSettings(prefix=prefix, partitions=1))
    owned = await take(StageConfig("intake", cluster, prefix, tmp_path))
    await owned.commit(step(row=Version(revision=1)), 1)
    await owned.release()

    async def nothing(*_: object, **__: object) -> dict[object, object]:
        await asyncio.sleep(0.01)
        return {}

    monkeypatch.setattr(Consumer, "getmany", nothing)
    monkeypatch.setattr(restoring, "STANDSTILL_SECONDS", 0.1)
    with pytest.raises(TimeoutError, match="offsets cannot be read"):
        await read_back(cluster, prefix, IN_MEMORY, tmp_path)
