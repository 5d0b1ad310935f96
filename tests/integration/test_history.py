"""The history database on a real Kafka: it holds the same rows, wherever its followers die and however many there are."""

from __future__ import annotations

import asyncio
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from kafka import KafkaProducer, TopicPartition

from firstseen.local_kafka import LocalKafka
from history.database import History, open_to_read
from history.follow import Follower
from history.run_rows import RUN_COLUMNS
from schemas.delivery import Delivery, LedgerEntry
from schemas.evidence import EvidenceChange
from schemas.group import Group, GroupsChange
from schemas.rejection import Reason
from schemas.topics import ALERTS, DELIVERIES, EVIDENCE, LEDGER, OUTBOX, REJECTED, Topic
from streams.io.clock import monotonic, pause
from streams.io.kafka_config import KafkaConfig
from streams.io.topic_admin import TopicSettings, admin_client, apply
from streams.presence.policy import Policy
from tests.support.builders import alert_event, change, evidence, rejection
from tests.support.waiting import PATIENCE_SECONDS
from tests.support.worker import until_committed

pytestmark = pytest.mark.kafka

AT = datetime(2026, 5, 1, tzinfo=UTC)
TABLES = {
    "sighting_version": "source, id, revision, group_form, country, first_day, known_from, known_until",
    "group_version": "group_id, json, known_from, known_until",
    "run_version": f"group_form, country, {RUN_COLUMNS}, known_from, known_until",
    "written_name": "*", "alert_event": "alert_id, revision, event", "alert": "alert_id", "delivery": "*",
    "ledger": "*", "outbox": "*", "rejection": "*", "pending_place": "*", "input_position": "*",
}  # fmt: skip

GROUPS = {
    500: GroupsChange(put=(Group(id="Group 1", names=("Group 2",)),)),
    900: GroupsChange(put=(Group(id="Group 3", affiliations=({"parent": "Group 1", "since": "2026-04-30"},)),)),
    1_200: GroupsChange(put=(Group(id="Group 1", names=("Group 4",)),)),
    1_500: GroupsChange(put=(Group(id="Group 5", names=("Group 1",)),), remove=("Group 1",)),
}
"""Changes of groups, by the number of the change of the evidence before which they come."""

_FOLLOW = """
import asyncio, os, signal, sys, threading
from pathlib import Path
from history import follow
from history.database import History, open_to_read
from streams.io.kafka_config import KafkaConfig
from streams.presence.policy import Policy
follow._BATCH_RECORDS, follow._FETCH_BYTES = 50, 20_000
history = History(Path(sys.argv[3]), {"prefix": sys.argv[2]})
steps, seconds = int(sys.argv[4]), float(sys.argv[5])

def step(_):  # is called before each batch
    global steps
    steps -= 1
    if steps == 0:
        threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGKILL)).start()

observer = follow.Observer(step, step, on_caught_up=lambda: print("caught up", flush=True))
arguments = history, KafkaConfig(sys.argv[1]), sys.argv[2], Policy(), lambda *_: None, observer
print("started", flush=True)
asyncio.run(follow.Follower(*arguments).follow())
"""


@contextmanager
def following(
    kafka: str, prefix: str, path: Path, steps: int = 0, seconds: float = 0
) -> Iterator[subprocess.Popen[str]]:
    """Run a follower. It kills itself some seconds after it began a step: the steps of all are the same on any machine."""
    arguments = [sys.executable, "-u", "-c", _FOLLOW, kafka, prefix, str(path), str(steps), str(seconds)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "started\n"
            yield process
        finally:
            process.send_signal(signal.SIGKILL)


def changes() -> Iterator[tuple[int, EvidenceChange]]:
    """Yield changes with their partitions: sightings that are added, corrected and withdrawn, and groups between."""
    rng = random.Random(5)
    known: dict[int, list[Any]] = {0: [], 1: []}
    for number in range(2_000):
        partition, at = number % 2, AT + timedelta(minutes=number)
        if groups := GROUPS.get(number):
            yield from ((both, EvidenceChange(arrived=at, groups=groups)) for both in (0, 1))
        country = ("ML", "NE", "TD")[number % 3] if partition else "KE"
        fields: dict[str, Any] = {"group": f"Group {rng.randrange(9)}", "country": country, "arrived": at}
        if known[partition] and rng.random() < 0.3:
            before = known[partition].pop(rng.randrange(len(known[partition])))
            after = None
            if rng.random() < 0.7:
                after = evidence("2026-04-29", id=before.id, revision=before.revision + 1, **fields)
                known[partition].append(after)
            yield partition, change(after, remove=before, arrived=at)
        else:
            known[partition].append(evidence("2026-04-30", id=str(number), **fields))
            yield partition, change(known[partition][-1], arrived=at)


def of_alerts(part: int) -> dict[Topic, list[bytes | None]]:
    """Return what follows an alert: its delivery, which waits and then is in the ledger; and a rejection."""
    delivery = Delivery(delivery_id=str(part), destination="console", alert=alert_event(f"{part}")).to_bytes()
    entry = LedgerEntry(
        delivery_id=str(part), destination="console", alert_id=str(part), alert_revision=1, state="sent", via="console"
    )
    entries = [entry.replace(alert_revision=number).to_bytes() for number in (1, 2)]
    return {
        DELIVERIES: [delivery, delivery],
        OUTBOX: [delivery, None if part % 2 else delivery],
        LEDGER: [*entries, None] if part % 3 == 0 else [*entries],
        REJECTED: [rejection(reason=Reason.CONFLICT, id=str(part)).to_bytes()],
    }


async def produce(kafka: str, prefix: str) -> None:
    async with AIOKafkaProducer(bootstrap_servers=kafka, transactional_id=f"{prefix}-test", linger_ms=5) as producer:
        for part in range(20):
            async with producer.transaction():
                sent = [
                    await producer.send(EVIDENCE.full_name(prefix), value.to_bytes(), partition=partition)
                    for number, (partition, value) in enumerate(changes())
                    if number // 110 == part
                ]
                sent += [
                    await producer.send(
                        ALERTS.full_name(prefix), alert_event(f"{part}", arrived=AT).to_bytes(), partition=part % 2
                    )
                ]
                for topic, values in of_alerts(part).items():
                    name, key = topic.full_name(prefix), str(part).encode()
                    sent += [await producer.send(name, value, key=key, partition=part % 2) for value in values]
                written = await asyncio.gather(*sent)
        last = {record.topic_partition: record.offset for record in written}
    await asyncio.to_thread(until_committed, kafka, {TopicPartition(*place): at for place, at in last.items()})


def filled_at_once(kafka: str, prefix: str, path: Path | None = None) -> dict[str, list[Any]]:
    history = History(path, {"prefix": prefix})
    asyncio.run(Follower(history, KafkaConfig(kafka), prefix, Policy(), lambda *_: None).catch_up())
    content = history.ask(content_of)
    history.close()
    return content


def test_a_history_that_lacks_removed_records_says_so_each_time(
    kafka: LocalKafka, prefix: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cluster = KafkaConfig(kafka.bootstrap)
    apply(cluster, TopicSettings(prefix=prefix))
    evidence_topic = EVIDENCE.full_name(prefix)
    with KafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        for _ in range(2):
            producer.send(evidence_topic, b"{}", partition=0).get(timeout=PATIENCE_SECONDS)
    filled_at_once(kafka.bootstrap, prefix, tmp_path / "complete.sqlite")
    with admin_client(cluster) as admin:
        admin.delete_records({TopicPartition(evidence_topic, 0): 1})
    filled_at_once(kafka.bootstrap, prefix, tmp_path / "complete.sqlite")
    assert "incomplete" not in caplog.text
    for _ in range(2):
        caplog.clear()
        filled_at_once(kafka.bootstrap, prefix, tmp_path / "incomplete.sqlite")
        assert f"Kafka removed records of {evidence_topic} that were not read" in caplog.text


def count_of_sightings(path: Path) -> int:
    try:
        connection = open_to_read(path)
    except sqlite3.Error:
        return 0
    with closing(connection):
        known = connection.execute("select count(*) from sqlite_schema where name = 'sighting_version'").fetchone()
        (count,) = connection.execute("select count(*) from sighting_version").fetchone() if known[0] else (0,)
        return int(count)


def content_of(connection: sqlite3.Connection) -> dict[str, list[Any]]:
    assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
    return {
        table: sorted(connection.execute(f"select {columns} from {table}"), key=repr)
        for table, columns in TABLES.items()
    }


def test_followers_that_are_killed_anywhere_leave_the_rows_of_one_that_lives(
    kafka: LocalKafka, prefix: str, tmp_path: Path
) -> None:
    apply(KafkaConfig(kafka.bootstrap), TopicSettings(prefix=prefix, partitions=2))
    asyncio.run(produce(kafka.bootstrap, prefix))
    expected = filled_at_once(kafka.bootstrap, prefix)
    assert len(expected["sighting_version"]) > 1_000
    counts = {"alert": 20, "outbox": 10, "ledger": 13, "delivery": 40, "rejection": 20}
    assert {table: len(expected[table]) for table in counts} == counts
    assert len(expected["group_version"]) == 4

    path, rng = tmp_path / "history.sqlite", random.Random(3)
    every, filled = len(expected["sighting_version"]), [0]
    while filled[-1] < every:
        with following(kafka.bootstrap, prefix, path, rng.randrange(2, 4), rng.random() / 50) as process:
            assert process.stdout is not None
            assert process.stdout.readline() in {"", "caught up\n"}
        filled.append(count_of_sightings(path))
    assert len(set(filled)) > 5, f"it was hardly ever killed under way: {filled}"
    assert filled_at_once(kafka.bootstrap, prefix, path) == expected


def test_two_followers_share_a_file_and_one_may_be_killed(kafka: LocalKafka, prefix: str, tmp_path: Path) -> None:
    apply(KafkaConfig(kafka.bootstrap), TopicSettings(prefix=prefix, partitions=2))
    path = tmp_path / "history.sqlite"
    with following(kafka.bootstrap, prefix, path) as first:
        with following(kafka.bootstrap, prefix, path) as second:
            for process in (first, second):
                assert process.stdout is not None
                assert process.stdout.readline() == "caught up\n"
            asyncio.run(produce(kafka.bootstrap, prefix))
        expected = filled_at_once(kafka.bootstrap, prefix)
        reader, deadline = History(path, {"prefix": prefix}), monotonic() + PATIENCE_SECONDS
        while reader.ask(content_of) != expected:
            assert monotonic() < deadline
            pause(0.2)
        reader.close()


def test_topics_that_are_others_or_lost_fill_the_file_again(kafka: LocalKafka, prefix: str, tmp_path: Path) -> None:
    cluster, path = KafkaConfig(kafka.bootstrap), tmp_path / "history.sqlite"
    for name in (prefix, f"{prefix}other"):
        apply(cluster, TopicSettings(prefix=name, partitions=2))
    asyncio.run(produce(kafka.bootstrap, prefix))
    assert len(filled_at_once(kafka.bootstrap, prefix, path)["alert"]) == 20
    assert filled_at_once(kafka.bootstrap, f"{prefix}other", path)["alert"] == []


def test_commands_answer_from_the_file_that_they_bring_up_to_date(
    kafka: LocalKafka, prefix: str, tmp_path: Path, here: Path
) -> None:
    apply(KafkaConfig(kafka.bootstrap), TopicSettings(prefix=prefix, partitions=2))
    asyncio.run(produce(kafka.bootstrap, prefix))
    environment = {
        "FIRSTSEEN_KAFKA": kafka.bootstrap, "FIRSTSEEN_PREFIX": prefix, "FIRSTSEEN_STATE_DIR": str(tmp_path),
        "PATH": "/usr/bin:/bin",
    }  # fmt: skip

    def run(*arguments: str) -> str:
        command = [sys.executable, "-m", "firstseen", *arguments]
        ran = subprocess.run(
            command, env=environment, cwd=here, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    counted = run("history", "query", "select count(*) as alerts from alert", "--json")
    assert counted == '{"alerts":20}\n'
    assert Path(run("history", "path").strip()).is_relative_to(tmp_path / "history")
    assert "Sightings: " in run("history", "changes", "--since", "2026-01-01T00:00Z")
    assert run("deliveries").count("console") == 20
