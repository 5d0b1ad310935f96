"""A producer sees what was rejected of its own source, and nothing of another's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from schemas.rejection import REMEDIES, Reason, Rejection
from streams.io.kafka_config import KafkaConfig
from streams.io.verdicts import Found, Place
from tests.support.builders import ARRIVED
from web.api.submissions import CheckedSighting
from web.app import WebConfig, build_web
from web.state.intake_verdicts import IntakeVerdicts
from web.state.rejections import MAX_KEPT, RejectionLog

BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


def rejection(**fields: Any) -> Rejection:
    known: dict[str, Any] = {
        "reason": Reason.COUNTRY_UNRESOLVED, "detail": "no country", "remedy": REMEDIES[Reason.COUNTRY_UNRESOLVED],
        "source": "wire", "id": "1", "topic": "test.sightings.v1", "partition": 0, "offset": 0, "arrived": ARRIVED,
        "original": b"",
    }  # fmt: skip
    return Rejection.model_construct(**(known | fields))


def app_with(log: RejectionLog) -> FastAPI:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test", WebConfig(producers={"wire": "w", "desk": "d"}))
    app.state.services = replace(app.state.services, rejections=log)
    return app


@pytest.fixture
async def asked() -> AsyncIterator[httpx.AsyncClient]:
    view = RejectionLog(["wire", "desk"])
    view.add(rejection(id="old", arrived=ARRIVED - timedelta(3)))
    view.add(rejection(id="new", offset=7, suggestions=("Mali (ML)",)))
    view.add(rejection(id="twice", reason=Reason.CONFLICT, offset=8, arrived=ARRIVED + timedelta(hours=1)))
    view.add(rejection(source="desk", id="secret"))
    view.is_complete = True
    app = app_with(view)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as client:
        yield client


async def ask(client: httpx.AsyncClient, query: str = "", key: str = "w") -> httpx.Response:
    return await client.get(f"/api/v1/rejections{query}", headers={"Authorization": f"Bearer {key}"})


async def test_rejections_are_listed_newest_first_with_remedies_and_counts(asked: httpx.AsyncClient) -> None:
    told = (await ask(asked)).json()
    assert [one["id"] for one in told["rejections"]] == ["twice", "new", "old"]
    assert told["counts"] == {"conflict": 1, "country_unresolved": 2}
    assert told["rejections"][1] == {
        "id": "new", "arrived": "2017-11-01T09:00:00Z", "reason": "country_unresolved", "detail": "no country",
        "remedy": REMEDIES[Reason.COUNTRY_UNRESOLVED], "suggestions": ["Mali (ML)"], "partition": 0, "offset": 7,
    }  # fmt: skip


async def test_rejections_are_selected_by_time_reason_and_number(asked: httpx.AsyncClient) -> None:
    async def ids(query: str) -> list[str]:
        return [one["id"] for one in (await ask(asked, query)).json()["rejections"]]

    assert await ids("?since=2017-11-01T09:00Z") == ["twice", "new"]
    assert await ids("?reason=conflict") == ["twice"]
    assert await ids("?limit=1") == ["twice"]
    assert (await ask(asked, "?reason=bad")).status_code == 400
    assert (await ask(asked, "?since=yesterday")).status_code == 400


async def test_a_producer_cannot_read_rejections_of_another_source(asked: httpx.AsyncClient) -> None:
    other = await ask(asked, "?source=desk")
    assert (other.status_code, other.headers["content-type"]) == (403, "application/problem+json")
    assert "secret" not in other.text
    assert (await ask(asked, key="wrong")).status_code == 401
    assert (await ask(asked, "?source=wire")).status_code == 200


async def test_the_answer_is_503_until_all_rejections_are_read() -> None:
    view = RejectionLog(["wire"])
    app = app_with(view)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as client:
        early = await ask(client)
        view.is_complete = True
        assert (await ask(client)).json()["counts"] == {}
        view.clear()
        assert (await ask(client)).status_code == 503
    assert (early.status_code, early.headers["retry-after"]) == (503, "2")


def test_the_newest_rejections_of_each_source_are_kept_in_any_order_of_reading() -> None:
    view = RejectionLog(["wire", "desk"])
    for number in (*range(10, MAX_KEPT + 5), *range(10)):
        view.add(rejection(offset=number, arrived=ARRIVED + timedelta(seconds=number), partition=number % 3))
    assert view.counts("wire") == {"country_unresolved": MAX_KEPT + 5}
    kept = [one.offset for one in view.since("wire", BEFORE_ALL)]
    assert (kept[0], kept[-1], len(kept)) == (MAX_KEPT + 4, 5, MAX_KEPT)


def test_rejections_of_sources_without_a_key_are_not_kept() -> None:
    view = RejectionLog(["wire"])
    view.add(rejection())
    for number in range(20_000):
        view.add(rejection(source=f"made-up-{number}"))
    view.add(rejection(source=None))
    assert view.counts("wire") == {"country_unresolved": 1}
    assert view.counts("made-up-1") == {}
    view.clear()
    assert view.counts("wire") == {}


def test_the_verdict_of_intake_replaces_the_first_verdict() -> None:
    verdict = {"index": 3, "source": "wire", "id": "1", "verdict": "accepted", "revision": 1}
    posted = CheckedSighting("wire/1", b"{}", (), verdict)
    place = Place(0, 5)
    rejected = posted.with_verdict(
        place, Found({place: rejection(reason=Reason.CONFLICT, detail="send 2")}, frozenset())
    )
    assert not rejected.accepted
    assert rejected.verdict == {
        "index": 3, "source": "wire", "id": "1", "verdict": "refused", "reason": "conflict", "detail": "send 2",
    }  # fmt: skip
    waiting = posted.with_verdict(place, Found({}, frozenset([place])))
    assert waiting.accepted
    assert "/api/v1/rejections" in waiting.verdict["detail"]
    assert posted.with_verdict(place, Found({}, frozenset())) is posted


async def test_without_a_connection_every_verdict_is_pending() -> None:
    places = [Place(0, 1), Place(1, 2)]
    found = await asyncio.wait_for(IntakeVerdicts(["wire"]).of(places, 60), 1)
    assert (found.rejected, found.waiting) == ({}, frozenset(places))
