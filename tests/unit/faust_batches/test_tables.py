"""Tables in memory and on disk: a fold reads the last committed rows."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path
from uuid import UUID

import pytest

from faust_batches import tables
from faust_batches.rocksdb import RocksTable
from faust_batches.step import Draft, Step
from faust_batches.tables import PartitionTables
from faust_batches.transaction import EncodedRows
from schemas.intake_tables import Version
from schemas.topics import COUNTS, DAYS, LEDGER, SEEN, TABLES, VERSIONS, Topic
from streams.io.kafka_config import KafkaConfig
from streams.io.stage_config import StageConfig

CONFIG = StageConfig("intake", KafkaConfig("127.0.0.1:1"), "t", Path()).batches()


def opened(topic: Topic, folder: Path) -> PartitionTables:
    config = replace(CONFIG, tables=(topic,))
    return PartitionTables.open(config, 0, {topic: folder} if topic.on_disk else {})


def commit(there: PartitionTables, topic: Topic, position: int, **rows: Version | None) -> None:
    changes = {topic: dict(rows)}
    there.apply_committed(changes, EncodedRows.of(Step(changes)).rows, {topic: position})  # type: ignore[arg-type]


@pytest.fixture(params=[VERSIONS, Topic("in-memory", Version, "source/id", "x", "x", compacted=True)], ids=str)
def topic(request: pytest.FixtureRequest) -> Topic:
    one: Topic = request.param
    return one


def test_tables_that_grow_with_the_sightings_are_on_disk() -> None:
    on_disk = {table for stage in TABLES.values() for table in stage if table.on_disk}
    assert on_disk == {VERSIONS, SEEN, DAYS, COUNTS}
    assert not LEDGER.on_disk


def test_a_fold_reads_the_last_committed_row(topic: Topic, tmp_path: Path) -> None:
    there = opened(topic, tmp_path)
    commit(there, topic, 1, a=Version(revision=1), b=Version(revision=1))
    commit(there, topic, 2, a=Version(revision=2), b=None)
    assert there[topic]["a"] == Version(revision=2)
    assert there[topic].get("b") is None
    with pytest.raises(KeyError):
        there[topic]["b"]
    assert list(there[topic]) == ["a"]
    assert len(there[topic]) == 1


def test_a_row_that_was_absent_when_it_was_read_is_found_after_it_is_committed(topic: Topic, tmp_path: Path) -> None:
    there = opened(topic, tmp_path)
    assert there[topic].get("a") is None
    assert there[topic].get("a", "default") == "default"
    commit(there, topic, 1, a=Version(revision=1))
    assert there[topic].get("a") == Version(revision=1)
    commit(there, topic, 2, a=None)
    assert there[topic].get("a") is None
    assert there[topic].get("a") is None
    commit(there, topic, 3, a=Version(revision=2))
    assert list(there[topic].range("a", "b")) == [("a", Version(revision=2))]


def test_a_range_has_the_last_committed_rows_in_the_order_of_keys(topic: Topic, tmp_path: Path) -> None:
    there = opened(topic, tmp_path)
    commit(there, topic, 1, **{key: Version(revision=1) for key in ("d", "b", "a", "c", "e")})
    commit(there, topic, 2, b=Version(revision=2), c=None)
    in_order = [("b", Version(revision=2)), ("d", Version(revision=1))]
    assert list(there[topic].range("b", "d")) == in_order
    assert list(there[topic].range("b", "d", reverse=True)) == in_order[::-1]
    assert [key for key, _ in there[topic].range("", "zz", reverse=True)] == ["e", "d", "b", "a"]
    assert list(there[topic].range("bb", "c")) == list(there[topic].range("bb", "c", reverse=True)) == []


def test_a_stopped_scan_reads_no_further_and_keeps_no_lock(tmp_path: Path) -> None:
    there = opened(VERSIONS, tmp_path)
    commit(there, VERSIONS, 1, **{f"key{n:03}": Version(revision=n + 1) for n in range(100)})
    scan = Draft[Version](there[VERSIONS]).prefix("key0", after="key041")
    assert [key for key, _ in islice(scan, 3)] == ["key042", "key043", "key044"]
    del scan
    there.close()
    opened(VERSIONS, tmp_path).close()
    assert not (tmp_path / "0.1").exists()  # the store was free


def test_a_cleared_table_is_empty(topic: Topic, tmp_path: Path) -> None:
    there = opened(topic, tmp_path)
    commit(there, topic, 7, a=Version(revision=1))
    there[topic].clear()
    assert (there[topic].position, list(there[topic]), there[topic].get("a")) == (0, [], None)


def test_the_first_commit_removes_the_store_of_an_earlier_topic(tmp_path: Path) -> None:
    earlier, now = (tmp_path / f"x.versions.v1-{UUID(int=number)}" for number in (1, 2))
    opened(VERSIONS, earlier).close()
    there = opened(VERSIONS, now)
    assert earlier.exists()  # until then nothing says that its rows are in Kafka
    commit(there, VERSIONS, 1, a=Version(revision=1))
    assert [path.name for path in tmp_path.iterdir()] == [now.name]


def test_rows_that_were_evicted_from_the_cache_are_decoded_again(
    topic: Topic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "CACHE_BYTES", 100)
    there = opened(topic, tmp_path)
    for revision in range(1, 4):
        commit(there, topic, revision, **{f"key{n}": Version(revision=n + revision) for n in range(1, 100)})
        for number in (*range(1, 100), 99, 98, 97, 99):
            assert there[topic].get(f"key{number}") == Version(revision=number + revision)


def test_a_removed_row_is_not_read_from_the_cache(
    topic: Topic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "CACHE_BYTES", 100)
    there = opened(topic, tmp_path)
    for number in range(1, 30):
        commit(there, topic, 2 * number, key=Version(revision=number), **{f"key{number}": Version(revision=1)})
        assert there[topic].get("key") == Version(revision=number)
        if number % 3 == 0:
            commit(there, topic, 2 * number + 1, key=None)
            assert there[topic].get("key") is None


def test_rows_on_disk_survive_reopening(tmp_path: Path) -> None:
    there = opened(VERSIONS, tmp_path)
    commit(there, VERSIONS, 9, a=Version(revision=3))
    there.close()
    again = opened(VERSIONS, tmp_path)[VERSIONS]
    assert (again.position, again.get("a")) == (9, Version(revision=3))


def test_a_position_never_goes_back(tmp_path: Path) -> None:
    there = opened(VERSIONS, tmp_path)
    commit(there, VERSIONS, 9, a=Version(revision=3))
    commit(there, VERSIONS, 0, b=Version(revision=3))  # a broker that knows a batch already says no offset
    there.close()
    assert RocksTable(tmp_path / "0.0").position == 9
