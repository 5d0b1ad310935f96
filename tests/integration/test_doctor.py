"""`firstseen doctor` and `/health` name a stage that is down, late or stalled."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from pydantic_core import from_json

from firstseen.local_kafka import LocalKafka
from schemas.topics import SIGHTINGS, STAGES
from streams.health import Problem, problems
from streams.io.clock import monotonic, now
from streams.io.health_observer import Observer, check_partitions, read_heartbeats
from streams.io.kafka_config import KafkaConfig
from streams.io.topic_admin import TopicSettings, apply
from tests.support.builders import sighting
from tests.support.system import system

pytestmark = pytest.mark.kafka


def _later() -> datetime:
    """A minute from now: every heartbeat is older than that."""
    return now() + timedelta(minutes=1)


def _problems(kafka: LocalKafka, prefix: str, clock: Callable[[], datetime] = now) -> list[Problem]:
    return problems(asyncio.run(check_partitions(KafkaConfig(kafka.bootstrap), prefix, clock, monotonic)))


def test_a_system_is_well_at_rest_and_each_stage_is_missed_when_it_stops_beating(
    kafka: LocalKafka, prefix: str, tmp_path: Path
) -> None:
    with system(kafka, prefix, tmp_path, partitions=2) as running:
        assert _problems(kafka, prefix) == []
        running.publish(sighting(id="1"))
        running.settle()
        assert _problems(kafka, prefix) == [], "transaction markers at the end of a topic are not records"

        held = asyncio.run(_with_an_open_transaction(kafka, prefix))
        assert [problem.stage for problem in held] == ["intake"]
        assert f"holds back {prefix}.sightings.v1 from offset" in held[0].text
        signs = asyncio.run(read_heartbeats(KafkaConfig(kafka.bootstrap), prefix))
        assert set(signs) == {f"{stage}/{partition}" for stage in STAGES for partition in (0, 1)}
    assert [problem.stage for problem in _problems(kafka, prefix, _later)] == list(STAGES)


def test_records_without_an_owner_are_stalled_and_counted(kafka: LocalKafka, prefix: str) -> None:
    apply(KafkaConfig(kafka.bootstrap), TopicSettings(prefix=prefix, partitions=1))
    assert [p.text.split(":")[0] for p in _problems(kafka, prefix)] == [f"{s} is down or stuck" for s in STAGES]

    async def poll() -> float:
        async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
            await producer.send_and_wait(SIGHTINGS.full_name(prefix), b"{}")
        async with Observer.open(KafkaConfig(kafka.bootstrap), prefix) as observer:
            for at in (100.0, 140.0):
                await observer.poll(at)
            return observer.partitions_health({}, 140.0, now())[0].stalled_seconds

    assert asyncio.run(poll()) == 40.0
    [intake, *_] = _problems(kafka, prefix)
    assert "up to 1 records wait for it" in intake.text

    settings = {"FIRSTSEEN_KAFKA": kafka.bootstrap, "FIRSTSEEN_PREFIX": prefix, "FIRSTSEEN_PARTITIONS": "1"}
    doctor = subprocess.run(
        [sys.executable, "-m", "firstseen", "doctor", "--json"],
        env={name: value for name, value in os.environ.items() if name != "SLACK_BOT_TOKEN"} | settings,
        check=False,
        capture_output=True,
    )
    checks = {check["check"]: check for check in map(from_json, doctor.stdout.splitlines())}
    assert doctor.returncode == 1
    assert [name for name, check in checks.items() if not check["ok"]] == list(STAGES)
    assert checks["intake"]["text"] == intake.text


async def _with_an_open_transaction(kafka: LocalKafka, prefix: str) -> list[Problem]:
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, transactional_id=f"{prefix}-somebody")
    async with producer, producer.transaction():
        await producer.send_and_wait(SIGHTINGS.full_name(prefix), b"{}", partition=0)
        return problems(await check_partitions(KafkaConfig(kafka.bootstrap), prefix, now, monotonic))
