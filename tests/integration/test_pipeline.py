"""The four agents on a real Kafka."""

from __future__ import annotations

import asyncio
import base64
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import to_json

from faust_batches.errors import MissingTopicError
from firstseen.local_kafka import LocalKafka
from firstseen.topic_exports import export
from streams.io.kafka_config import KafkaConfig
from streams.presence.policy import Policy
from tests.support.system import System, system

pytestmark = pytest.mark.kafka


def sighting(id_: str, **fields: Any) -> dict[str, Any]:
    return {"source": "desk", "id": id_, "group": "Group A", "country": "Mali", "occurred": "2020-01-05",
            "grade": "B2", **fields}  # fmt: skip


def now_in_days() -> str:
    return datetime.now(UTC).date().isoformat()


def test_a_restart_with_a_full_log_sends_no_message(kafka: LocalKafka, prefix: str, tmp_path: Path) -> None:
    with system(kafka, prefix, tmp_path) as running:
        running.publish(*(sighting(str(n), group=f"Group {n}", occurred=now_in_days()) for n in range(20)))
        running.settle()
        before = running.export("deliveries")
        assert running.shows(r"Group \d+.*Mali")
    assert len(before) == 20
    assert {row["state"] for row in before} == {"sent"}
    with system(kafka, prefix, tmp_path) as running:
        running.publish(sighting("0", group="Group 0", occurred=now_in_days()))
        running.settle()
        assert running.export("deliveries") == before
        assert not [line for line in running.lines if "Group" in line]
        [accounting] = running.export("accounting")
        assert (accounting["accepted"], accounting["duplicate"]) == (20, 1)


def test_a_missing_topic_is_reported_and_not_read_as_empty(kafka: LocalKafka, prefix: str) -> None:
    with pytest.raises(MissingTopicError, match=rf"{prefix}\.presence\.v2.*topics apply"):
        asyncio.run(export(KafkaConfig(kafka.bootstrap), prefix, "presence", Policy()))


BAD = {
    "cut": (b'{"source": "desk", "id": "x", "gro', "malformed"),
    "not a number": (b'{"source":"desk","id":"x","group":"A","occurred":"2020","latitude":NaN,"longitude":1}', "bad_point"),
    "bad utf-8": (b'{"source":"desk","id":"\xff"}', "malformed"),
    "deep": (b"[" * 100_000, "malformed"),
    "ten megabytes": (b'{"source":"desk","id":"x","title":"' + b"x" * 10_000_000 + b'"}', "too_large"),
    "wrong type": (to_json(sighting("x", country=5)), "wrong_type"),
    "end before start": (to_json(sighting("x", occurred="2020-02-02/2020-01-01")), "bad_days"),
    "impossible point": (to_json(sighting("x", latitude=95.0, longitude=1.0)), "bad_point"),
    "control characters": (b'{"source":"desk","id":"x","group":"A\\u0000","country":"Mali","occurred":"2020"}', "bad_text"),
    "lone surrogate": (b'{"source":"desk","id":"x","group":"\\ud800","country":"Mali","occurred":"2020"}', "malformed"),
    "no country": (to_json(sighting("x", country="West Africa")), "country_unresolved"),
    "misspelt field": (to_json(sighting("x", contry="Mali")), "unknown_field"),
    "array": (b"[]", "malformed"),
    "nothing": (b"", "malformed"),
}  # fmt: skip


def test_bad_input_stops_nothing_and_each_record_is_refused_with_its_bytes(running: System) -> None:
    running.publish_raw(*((None, value) for value, _ in BAD.values()))
    running.publish(sighting("good"))
    running.settle()
    rejected = {row["sha256"]: row for row in running.export("rejected")}
    assert {name: rejected[sha256(value).hexdigest()]["reason"] for name, (value, _) in BAD.items()} == {
        name: reason for name, (_, reason) in BAD.items()
    }
    assert all(row["detail"] and row["remedy"] for row in rejected.values())
    kept = {base64.b64decode(row["original"]) for row in rejected.values()}
    assert kept == {value[: 2**20] for value, _ in BAD.values()}
    [accounting] = running.export("accounting")
    assert accounting["records"] == len(BAD) + 1
    assert accounting["accepted"] == 1
    assert [row["country"] for row in running.export("presence")] == ["ML"]


def test_versions_of_a_sighting_meet_whatever_key_and_partition_they_come_with(running: System) -> None:
    for number in range(4):
        running.publish(sighting("met", group="Group B"), key=f"any key {number}", partition=number % 2)
    running.publish(sighting("met", group="Group B", revision=2, country="Belgium"), partition=1)
    running.settle()
    [accounting] = running.export("accounting")
    assert accounting == {
        "records": 5, "accepted": 2, "retracted": 0, "test": 0, "duplicate": 3, "stale": 0, "quarantined": 0,
        "rejected": {},
    }  # fmt: skip
    assert [row["country"] for row in running.export("presence")] == ["BE"]


def test_a_correction_across_regions_and_a_retraction_take_the_alert_back(running: System) -> None:
    today = now_in_days()
    running.publish(sighting("moved", group="Group C", occurred=today))
    running.settle()
    running.publish(sighting("moved", group="Group C", occurred=today, revision=2, country="Belgium"))
    running.settle()
    running.publish({"source": "desk", "id": "moved", "revision": 3, "retracted": True})
    running.settle()
    events = [(row["country"], row["type"], row["status"]) for row in running.export("alerts")]
    assert sorted(events) == [
        ("BE", "initial", "confirmed"),
        ("BE", "retraction", "retracted"),
        ("ML", "initial", "confirmed"),
        ("ML", "retraction", "retracted"),
    ]
    assert running.export("presence") == []
    assert running.export("activity") == []
