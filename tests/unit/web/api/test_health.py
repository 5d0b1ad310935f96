"""``/health`` answers 200 only while nothing is wrong, and no request waits for Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI

from schemas.heartbeat import Heartbeat
from streams.io.kafka_config import KafkaConfig
from tests.support.pages import alert_log
from tests.support.waiting import PATIENCE_SECONDS
from web.api.services import Services
from web.app import build_web
from web.state.health import Health, check_stages
from web.state.page_state import PageState

AT = datetime(2026, 11, 29, tzinfo=UTC)


@pytest.fixture
def app() -> FastAPI:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test")
    services: Services = app.state.services
    services.health.problems = []
    services.page.alerts.set_state("caught-up")
    services.page.heartbeats["intake/0"] = Heartbeat(stage="intake", partition=0, beat_at=AT, next_offset=3)
    return app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as opened:
        yield opened


async def test_without_problems_the_answer_is_200(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health")
    assert answer.status_code == 200
    assert answer.json() == {
        "ok": True, "problems": [], "caught_up": True, "behind": 0, "alerts": 0,
        "heartbeats": {"intake/0": "2026-11-29T00:00:00+00:00"},
    }  # fmt: skip


async def test_a_problem_of_a_stage_is_listed_with_status_503(app: FastAPI, client: httpx.AsyncClient) -> None:
    app.state.services.health.problems = ["intake is down"]
    answer = await client.get("/health")
    assert (answer.status_code, answer.json()["problems"]) == (503, ["intake is down"])


async def test_a_page_that_lost_kafka_answers_503(app: FastAPI, client: httpx.AsyncClient) -> None:
    app.state.services.page.alerts.set_state("kafka-away")
    assert (await client.get("/health")).status_code == 503


async def test_a_database_that_cannot_be_filled_is_a_problem_until_it_can(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    page = app.state.services.page
    page.failed("the disk is full: /var/history.sqlite cannot be written. Free some space")
    answer = await client.get("/health")
    assert (answer.status_code, answer.json()["problems"][-1][:16]) == (503, "the disk is full")
    assert (await client.get("/api/v1/alerts")).status_code == 200, "it goes on answering from what it has"
    page.caught_up()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await client.get("/health")).json()["problems"]:
            await asyncio.sleep(0.01)


async def test_an_unreachable_kafka_is_a_problem_and_the_check_is_repeated() -> None:
    class StopError(Exception):
        pass

    checks = 0

    async def sleep(_: float) -> None:
        nonlocal checks
        checks += 1
        if checks == 2:
            raise StopError

    health = Health([])
    with pytest.raises(StopError):
        await check_stages(KafkaConfig("127.0.0.1:1"), "t", health, PageState(alert_log()), sleep)
    assert health.problems == ["Kafka does not answer (KafkaConnectionError)"]
