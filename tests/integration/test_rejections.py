"""Producers see rejections over HTTP, at once and later, and on the command line, and can retry after a fix."""

from __future__ import annotations

import asyncio
import subprocess
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaProducer
from pydantic_core import from_json, to_json

from firstseen.commands.history_file import current_history
from firstseen.local_kafka import LocalKafka
from firstseen.publishing.rejections import retry
from firstseen.settings import Settings
from history.rejections import rejections
from schemas.position import Position
from schemas.rejection import Reason, Rejection
from schemas.topics import POSITIONS, REJECTED
from streams.io.clock import now
from streams.io.kafka_config import KafkaConfig
from tests.support.builders import sighting_today
from tests.support.system import system
from tests.support.waiting import PATIENCE_SECONDS, until_found
from tests.support.worker import command
from web.app import WebConfig, build_web

pytestmark = pytest.mark.kafka

KEY = {"Authorization": "Bearer a-long-secret"}


@pytest.fixture(autouse=True)
def patient_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the server wait for Kafka and for intake as long as a busy machine needs."""
    for seconds in ("KAFKA_SECONDS", "VERDICT_SECONDS"):
        monkeypatch.setattr(f"web.api.sighting_writer.{seconds}", PATIENCE_SECONDS)


async def rejections_of(client: httpx.AsyncClient, counts: dict[str, int]) -> dict[str, Any]:
    """Return the rejections of the producer when the server has read them from Kafka."""

    async def look() -> dict[str, Any] | None:
        answer = await client.get("/api/v1/rejections", headers=KEY)
        if answer.status_code == 503:
            return None
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found if found["counts"] == counts else None

    return await until_found(look)


async def until_verdicts_are_known(client: httpx.AsyncClient) -> None:
    """Publish until the server says what became of a sighting, which it does once it follows intake."""

    async def look() -> bool | None:
        answer = await client.post("/api/v1/sightings", json=sighting_today(id="0"), headers=KEY)
        return None if "detail" in answer.json()["sightings"][0] else True

    await until_found(look)


async def test_a_conflict_is_in_the_response_and_among_the_rejections(
    kafka: LocalKafka, prefix: str, tmp_path: Path
) -> None:
    with system(kafka, prefix, tmp_path):
        app = build_web(KafkaConfig(kafka.bootstrap), prefix, WebConfig(producers={"wire": "a-long-secret"}))
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://firstseen", timeout=30) as client,
        ):

            async def post(*sightings: dict[str, Any]) -> httpx.Response:
                return await client.post("/api/v1/sightings", content=to_json(sightings), headers=KEY)

            await until_verdicts_are_known(client)
            first = await post(sighting_today(id="1", country="Mali"))
            again = await post(sighting_today(id="1", country="Mali"))
            other = await post(sighting_today(id="1", country="Niger"), sighting_today(id="2"))
            kept = await rejections_of(client, {"conflict": 1})
    assert (first.status_code, again.status_code, other.status_code) == (202, 202, 202)
    assert "detail" not in first.json()["sightings"][0]
    [conflict, fine] = other.json()["sightings"]
    assert (conflict["verdict"], conflict["reason"], fine["verdict"]) == ("refused", "conflict", "accepted")
    assert "country" in conflict["detail"]
    assert (other.json()["accepted"], other.json()["refused"]) == (1, 1)
    assert kept["rejections"][0]["id"] == "1"


async def test_forged_rejections_change_no_verdict_and_stop_no_answer(
    kafka: LocalKafka, prefix: str, tmp_path: Path
) -> None:
    with system(kafka, prefix, tmp_path, partitions=1) as running:
        app = build_web(KafkaConfig(kafka.bootstrap), prefix, WebConfig(producers={"wire": "a-long-secret"}))
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://firstseen", timeout=30) as client,
        ):

            async def post(id_: str) -> dict[str, Any]:
                answer = await client.post("/api/v1/sightings", json=sighting_today(id=id_), headers=KEY)
                [verdict] = answer.json()["sightings"]
                return dict(verdict)

            await until_verdicts_are_known(client)
            await asyncio.to_thread(running.settle)
            async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap) as other_writer:
                for offset in range(1_000):
                    await other_writer.send(REJECTED.full_name(prefix), _forged(offset).to_bytes())
                await other_writer.send(REJECTED.full_name(prefix), b"not json")
                far = Position(next_offset=10**9).to_bytes()
                await other_writer.send(POSITIONS["intake"].full_name(prefix), far, b"0")
                await other_writer.send_and_wait(POSITIONS["intake"].full_name(prefix), b"not json", b"0")
            assert [await post(id_) for id_ in ("1", "2")] == [
                {"index": 0, "source": "wire", "id": id_, "verdict": "accepted", "revision": 1} for id_ in ("1", "2")
            ]
            assert await rejections_of(client, {})


def _forged(offset: int) -> Rejection:
    return Rejection(
        reason=Reason.CONFLICT, detail="forged", remedy="", source="wire", topic="t", partition=0, offset=offset,
        original=b"",
    )  # fmt: skip


def test_rejected_sightings_are_accepted_after_a_fix(kafka: LocalKafka, prefix: str, tmp_path: Path) -> None:
    """The fix: the operator accepts sightings from before 1900."""
    settings = Settings(kafka=kafka.bootstrap, prefix=prefix, history=tmp_path / "history.sqlite")
    with system(kafka, prefix, tmp_path, partitions=1) as before:
        before.publish(sighting_today(id="1") | {"occurred": "1899-05-01"}, sighting_today(id="2", country="Nowhere"))
        before.settle()
    with current_history(settings) as history:
        [(_, unresolved)] = history.ask(partial(rejections, source="wire", reason=Reason.COUNTRY_UNRESOLVED))
    assert (unresolved.source, unresolved.id) == ("wire", "2")
    fixed: dict[str, str | None] = {"FIRSTSEEN_EARLIEST_DAY": "1850-01-01"}
    assert command(kafka, prefix, tmp_path, "rebuild", "intake", FIRSTSEEN_EARLIEST_DAY="1850-01-01").returncode == 0
    with system(kafka, prefix, tmp_path, partitions=1, environment=fixed) as after:
        with current_history(settings) as history:
            found = [rejection for _, rejection in reversed(history.ask(partial(rejections, source="wire")))]
        results = asyncio.run(retry(settings.model_copy(update={"earliest_day": date(1850, 1, 1)}), found, now()))
        after.settle()
        assert [(rejection.id, why and why.reason) for rejection, why in results] == [
            ("1", None),
            ("2", Reason.COUNTRY_UNRESOLVED),
        ]
        [row] = after.export("presence")
        assert (row["country"], row["first_seen"]) == ("ML", "1899-05-01")
        listed = command(kafka, prefix, tmp_path, "rejected", "--source", "wire", "--since", "1h")
    assert "wire/2: country_unresolved:" in listed.stdout
    assert "1  wire: bad_days" in listed.stdout


def published_and_read(
    kafka: LocalKafka, prefix: str, folder: Path, *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Publish a file, until intake reads it while the command waits: three seconds pass soon on a busy machine."""
    while (
        "Still waiting for intake"
        in (done := command(kafka, prefix, folder, "publish", *arguments)).stdout + done.stderr
    ):
        pass
    return done


def test_publish_reports_the_line_that_conflicts_with_the_record(
    kafka: LocalKafka, prefix: str, tmp_path: Path
) -> None:
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    one = sighting_today(id="1", country="Mali")
    first.write_bytes(to_json(one))
    second.write_bytes(b"\n".join(map(to_json, (sighting_today(id="2"), one | {"country": "Niger"}))))
    with system(kafka, prefix, tmp_path / "state", partitions=2):
        published = published_and_read(kafka, prefix, tmp_path, str(first))
        again = published_and_read(kafka, prefix, tmp_path, "--json", str(second))
    assert (published.returncode, published.stdout) == (0, "1 published, 0 rejected, 0 left out\n")
    assert again.returncode == 1
    [row] = map(from_json, again.stdout.splitlines())
    assert (row["file"], row["line"], row["reason"]) == (str(second), 2, "conflict")
    assert "another country (Mali)" in row["detail"]
    assert again.stderr.startswith("1 published, 1 rejected, ")


def test_without_workers_publish_reports_rows_that_wait_for_intake(
    kafka: LocalKafka, prefix: str, tmp_path: Path
) -> None:
    file = tmp_path / "a.jsonl"
    file.write_bytes(to_json(sighting_today()))
    assert command(kafka, prefix, tmp_path, "topics", "apply").returncode == 0
    done = command(kafka, prefix, tmp_path, "publish", str(file))
    assert done.returncode == 0
    assert "1 published" in done.stdout
    assert "Still waiting for intake: 1." in done.stdout
