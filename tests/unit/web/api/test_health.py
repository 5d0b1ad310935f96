"""`/health` is 200 only while nothing is wrong, and no request waits for Kafka."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI

from schemas.heartbeat import Heartbeat
from streams.io.kafka_config import KafkaConfig
from web.api.health import Health, keep_looking, serve_health
from web.state.activity import ActivityView
from web.state.alert_log import AlertView
from web.state.follower import Views
from web.state.presence import PresenceView

AT = datetime(2026, 11, 29, tzinfo=UTC)


def _views() -> Views:
    views = Views(AlertView("0"), PresenceView(), ActivityView())
    views.alerts.become("caught-up")
    views.heartbeats["intake/0"] = Heartbeat(stage="intake", partition=0, beat_at=AT, next_offset=3)
    return views


async def _get(health: Health, views: Views) -> httpx.Response:
    app = FastAPI()
    serve_health(app, health, views)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as client:
        return await client.get("/health")


async def test_all_is_well() -> None:
    answer = await _get(Health([]), _views())
    assert answer.status_code == 200
    assert answer.json() == {
        "ok": True, "problems": [], "caught_up": True, "behind": 0, "alerts": 0,
        "heartbeats": {"intake/0": "2026-11-29T00:00:00+00:00"},
    }  # fmt: skip


async def test_a_problem_of_a_stage_is_a_503_with_its_words() -> None:
    answer = await _get(Health(["intake is down"]), _views())
    assert (answer.status_code, answer.json()["problems"]) == (503, ["intake is down"])


async def test_a_page_that_lost_kafka_is_not_well() -> None:
    views = _views()
    views.alerts.become("kafka-away")
    assert (await _get(Health([]), views)).status_code == 503


async def test_kafka_away_is_a_problem_and_the_next_look_comes() -> None:
    class Enough(Exception):
        pass

    looks = 0

    async def sleep(_: float) -> None:
        nonlocal looks
        looks += 1
        if looks == 2:
            raise Enough

    health = Health([])
    with pytest.raises(Enough):
        await keep_looking(KafkaConfig("127.0.0.1:1"), "t", health, _views(), sleep)
    assert health.problems == ["Kafka does not answer (KafkaConnectionError)"]
