"""``firstseen replay`` on dirty data, in three orders, against a truth computed with SQL."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sqlite3
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from kafka.admin import NewTopic

from firstseen.local_kafka import LocalKafka
from places.countries import region_of
from places.gazetteer import resolve_text
from schemas.topics import SIGHTINGS
from streams.io.kafka_config import KafkaConfig
from streams.io.publisher import SightingProducer
from streams.io.reader import read_all
from streams.io.topic_admin import TopicSettings, admin_client, topic_config
from tests.integration.dirt import GROUPS, dirty, varied

pytestmark = pytest.mark.kafka

FAR_OFF = 10_000_000
NAMES = {
    "IS": "Islamic State", "ISIS": "Islamic State", "the second  PROVINCE": "Second Province",
}  # fmt: skip
AFFILIATIONS = [
    ("First Province", "Islamic State", date(2014, 6, 29).toordinal(), date(2016, 8, 31).toordinal()),
    ("Second Province", "First Province", date(2015, 1, 1).toordinal(), FAR_OFF),
    ("Second Province", "Movement A", 0, date(2014, 12, 31).toordinal()),
    ("Movement B", "Movement A", date(2016, 6, 1).toordinal(), FAR_OFF),
]


def truth(lines: list[bytes]) -> sqlite3.Connection:
    base = sqlite3.connect(":memory:")
    base.execute(
        "CREATE TABLE lines"
        "(seq, source, id, revision, retracted, test, grp, country, region, first, last, proves, origin, reason)"
    )
    base.execute("CREATE TABLE names (name, id)")
    base.execute("CREATE TABLE affiliations (member, parent, since, until)")
    base.executemany("INSERT INTO names VALUES (?, ?)", NAMES.items())
    base.executemany("INSERT INTO affiliations VALUES (?, ?, ?, ?)", AFFILIATIONS)
    for seq, line in enumerate(lines):
        base.execute(f"INSERT INTO lines VALUES ({','.join('?' * 14)})", columns(seq, line))
    base.executescript((Path(__file__).parent.parent / "support" / "truth.sql").read_text())
    return base


def columns(seq: int, line: bytes) -> tuple[object, ...]:
    nothing = (None,) * 12
    try:
        row = json.loads(line)
    except ValueError:
        return (seq, *nothing, "malformed")
    key = (row["source"], row["id"], row.get("revision", 1))
    if row.get("retracted"):
        return (seq, *key, True, False, *(None,) * 8)
    begin, _, end = row["occurred"].partition("/")
    tomorrow = date.fromisoformat(row["reported"][:10]) + timedelta(1)
    if (end and end < begin) or date.fromisoformat(end or begin) > tomorrow:
        return (seq, *nothing, "bad_days")
    country = getattr(resolve_text(row["country"]), "country", None)
    if country is None:
        return (seq, *nothing, "country_unresolved")
    days = (date.fromisoformat(begin).toordinal(), date.fromisoformat(end or begin).toordinal())
    proves = row.get("grade", "F6") in {f"{letter}{digit}" for letter in "ABC" for digit in "123"}
    origin = row.get("origin", row["source"]).lower()
    place = (row["group"], country, region_of(country))
    return (seq, *key, False, row.get("test", False), *place, *days, proves, origin, None)


def replay(lines: list[bytes], folder: Path, here: Path) -> subprocess.CompletedProcess[str]:
    """Run the command on a file of lines; it exports into ``out``."""
    file, groups = folder / "sightings.jsonl", folder / "groups.yaml"
    file.write_bytes(b"".join(line + b"\n" for line in lines))
    groups.write_text(GROUPS, encoding="utf-8")
    options = ["--groups", str(groups), "--export", str(folder / "out")]
    command = [sys.executable, "-m", "firstseen", "replay", str(file), *options]
    environment = {**os.environ, "COLUMNS": "500"}
    return subprocess.run(command, cwd=here, capture_output=True, text=True, timeout=1200, check=False, env=environment)


def reported(at: str, id_: str) -> bytes:
    known = {"source": "desk", "group": "A", "country": "Mali", "occurred": "2017-10-31", "grade": "B2"}
    return json.dumps({**known, "id": id_, "reported": at}).encode()


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(
    "order", ["arrival", *(pytest.param(order, marks=pytest.mark.thorough) for order in ("reverse", "shuffled"))]
)
def test_all_tables_and_the_accounting_equal_the_truth_in_every_row(order: str, here: Path, tmp_path: Path) -> None:
    lines = dirty(varied(rows(here / "firstseen" / "demo" / "sightings.jsonl"), seed=5), seed=7)
    lines.append(reported("0001-01-01", "before every time in Kafka"))
    if order == "reverse":
        lines.reverse()
    if order == "shuffled":
        random.Random(3).shuffle(lines)
    base = truth(lines)
    out = tmp_path / "out"
    result = replay([*lines[:50], reported("2099-10-31", "of the future"), *lines[50:]], tmp_path, here)

    # The line of the future is reported, and affects no other line.
    assert result.returncode == 1, result.stdout + result.stderr
    future = "line 51: bad_days: reported: 2099-10-31 00:00 UTC is in the "
    assert f"{tmp_path / 'sightings.jsonl'}, {future}" in result.stderr
    assert f"{len(lines):,} records published, 1 rejected." in result.stderr
    expected = Counter(outcome for (outcome,) in base.execute("SELECT outcome FROM outcomes"))
    rejected = Counter(reason for (reason,) in base.execute("SELECT reason FROM lines WHERE reason IS NOT NULL"))
    accounting = json.loads((out / "accounting.json").read_text())
    assert accounting == {
        "records": len(lines),
        **{name: expected[name] for name in ("accepted", "retracted", "test", "duplicate", "stale")},
        "quarantined": 0,
        "rejected": dict(rejected),
    }
    assert min(expected.values()) > 20, "every outcome must occur"
    assert len(rows(out / "rejected.jsonl")) == rejected.total()
    [early] = [row for row in rows(out / "rejected.jsonl") if "before every time in Kafka" in json.dumps(row)]
    assert "is in the future" in early["detail"], "it arrives in 1970, the earliest time in Kafka, before its days"

    counts = base.execute("SELECT grp, country, region, day, count, proving FROM activity").fetchall()
    assert sorted(
        (*place_of(row), date.fromisoformat(row["day"]).toordinal(), row["count"], row["qualifying"])
        for row in rows(out / "activity.jsonl")
    ) == sorted(counts)
    assert any(count > proving > 0 for *_, count, proving in counts)

    episodes = base.execute("SELECT grp, country, region, first, last, gap FROM episodes").fetchall()
    found = [
        (*place_of(row), episode["start"], episode["end"], episode["kind"])
        for row in rows(out / "presence.jsonl")
        for episode in row["episodes"]
    ]
    assert sorted(found) == sorted((*place, day(first), day(last), kind(gap)) for *place, first, last, gap in episodes)

    candidates = base.execute("SELECT grp, country, region, first, last FROM candidates").fetchall()
    assert sorted((*place_of(row), row["start"], row["end"]) for row in rows(out / "candidates.jsonl")) == sorted(
        (*place, day(first), day(last)) for *place, first, last in candidates
    )
    assert candidates

    spreads = base.execute("SELECT grp, region, day, countries FROM spreads").fetchall()
    assert sorted(
        (row["group"], row["region"], row["day"], len(row["countries"])) for row in rows(out / "spread.jsonl")
    ) == sorted((grp, region, day(first), count) for grp, region, first, count in spreads)
    assert spreads

    openers = {
        (grp, country, day(first), id_)
        for grp, country, first, id_ in base.execute("SELECT grp, country, first, id FROM qualifying")
    }
    for row in rows(out / "presence.jsonl"):
        assert row["first_seen"] == row["episodes"][0]["start"]
        assert row["last_seen"] == row["episodes"][-1]["end"]
        for episode in row["episodes"]:
            assert (row["group"], row["country"], episode["start"], episode["trigger"]) in openers


def place_of(row: dict[str, Any]) -> tuple[str, str, str]:
    return row["group"], row["country"], row["region"]


def day(number: int) -> str:
    return date.fromordinal(number).isoformat()


def kind(gap: int | None) -> str:
    return "first_ever" if gap is None else "re_emergence" if gap > 365 else "returned"


def test_a_record_that_kafka_rejects_does_not_affect_other_records(kafka: LocalKafka) -> None:
    cluster, topic_settings = (
        KafkaConfig(kafka.bootstrap),
        TopicSettings(prefix="rejecting", partitions=1, timestamps="producer"),
    )
    # Less than in production: the client takes a second for each 7 MB. A topic that exists would get it some time later.
    config = topic_config(SIGHTINGS, topic_settings) | {"max.message.bytes": str(2**20)}
    with admin_client(cluster) as admin:
        admin.create_topics([NewTopic(SIGHTINGS.full_name(topic_settings.prefix), 1, 1, topic_configs=config)])
    rejected: dict[int, str] = {}
    with SightingProducer(cluster, topic_settings.prefix) as producer:
        for number in range(300):
            timestamp_ms = 4_000_000_000_000 if number % 100 == 50 else 1_500_000_000_000
            value = b"x" * (2**20 + 1) if number == 77 else b"{}"
            producer.send(str(number), value, timestamp_ms, on_rejected=partial(rejected.setdefault, number))

    published = asyncio.run(read_all(cluster, topic_settings.prefix, SIGHTINGS))
    assert sorted(rejected) == [50, 77, 150, 250]
    assert {int(record.key or b"") for record in published} == set(range(300)) - rejected.keys()
