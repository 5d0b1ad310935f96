"""A table is read back to its committed end, whatever the changelog ends in, and from where the store on disk stands."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from firstseen.local_kafka import LocalKafka
from schemas.topics import EVIDENCE, VERSIONS, Topic
from schemas.version import Version
from streams.runtime.cluster import Cluster
from streams.runtime.ownership import OwnedPartition, StageConfig
from streams.runtime.tables import PartitionTables, restore
from streams.runtime.topic_admin import Layout, apply
from streams.steps import Outgoing, Step

pytestmark = pytest.mark.kafka

IN_MEMORY = Topic(VERSIONS.name, Version, "source/id", "intake", "intake", compacted=True)


def step(**rows: Version | None) -> Step:
    return Step({VERSIONS: dict(rows)}, [Outgoing(EVIDENCE, b"key", b"{}", datetime.now(UTC))])


async def leave_aborted(cluster: Cluster, topic: str) -> None:
    producer = AIOKafkaProducer(**cluster.for_client(), transactional_id=f"{topic}.aborts")
    await producer.start()
    await producer.begin_transaction()
    for number in range(20):
        await producer.send(topic, b'{"revision":99}', f"aborted {number}".encode(), partition=0)
    await producer.flush()
    await producer.abort_transaction()
    await producer.stop()


async def read_back(cluster: Cluster, prefix: str, topic: Topic, folder: Path) -> dict[str, object]:
    tables = PartitionTables.open((topic,), {topic: folder} if topic.on_disk else {}, 0)
    await restore(cluster, prefix, tables, 0)
    table = tables[topic]
    found = {key: table[key] for key in table}
    tables.close()
    return dict(found)


async def test_rows_are_read_back_behind_markers_and_aborted_records(
    kafka: LocalKafka, prefix: str, tmp_path: Path
) -> None:
    cluster = Cluster(kafka.bootstrap)
    apply(cluster, Layout(prefix=prefix, partitions=1))
    config = StageConfig("intake", cluster, prefix, tmp_path / "owner")
    owned = await OwnedPartition.take(config, 0)
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
