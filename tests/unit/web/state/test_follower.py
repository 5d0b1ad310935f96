"""Whatever the topics hold, every route answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any, cast

import httpx
import pytest

from faust_batches.step import Incoming
from history.database import History
from history.follow import Follower
from schemas.heartbeat import Heartbeat
from streams.io.kafka_config import KafkaConfig
from streams.presence.policy import Policy
from tests.support.builders import alert_event, evidence
from tests.support.pages import add_alerts, add_sightings, alert_log
from tests.support.waiting import PATIENCE_SECONDS
from web.app import WebConfig, build_web
from web.state import follower
from web.state.follower import FollowedTopics
from web.state.page_state import PageState

AT = datetime(2026, 11, 29, tzinfo=UTC)

PATHS = [
    "/api/v1/alerts", "/api/v1/presence", "/api/v1/sightings", "/api/v1/regions", "/api/v1/countries/BJ",
    "/api/v1/alerts.csv", "/api/v1/alerts.geojson", "/api/v1/alerts.stix", "/api/v1/alerts.atom",
    "/api/v1/sightings.csv", "/api/v1/sightings.geojson",
]  # fmt: skip


async def get_all(app: Any) -> dict[str, httpx.Response]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as client:
        return {path: await client.get(path) for path in PATHS}


async def test_an_unknown_country_is_shown_by_its_code() -> None:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test")
    add_alerts(app, [alert_event("z", country="ZZ")])
    add_sightings(app, evidence().replace(country="ZZ"))
    answers = await get_all(app)
    assert all(answer.status_code == 200 for answer in answers.values()), answers
    assert answers["/api/v1/alerts"].json()["alerts"][0]["country_name"] == "ZZ"
    assert answers["/api/v1/presence"].json()["episodes"][0]["country_name"] == "ZZ"


async def test_a_database_that_cannot_be_opened_is_a_problem_and_no_crash(
    tmp_path: Any, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    app = build_web(KafkaConfig("127.0.0.1:9"), "test", WebConfig(history=tmp_path / "file" / "history.sqlite"))
    for answer in (await get_all(app)).values():
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"
        assert answer.json()["detail"].endswith(".")


async def test_rows_that_contradict_each_other_are_filled_again_once_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history, page = History(tmp_path / "history.sqlite", {}), PageState(alert_log())
    known, followed = list[object](), Event()

    async def fail(_: Follower) -> None:
        with history.writing() as connection:
            known.append(connection.execute("select value from identity where key = 'run'").fetchone())
            connection.execute("insert or replace into identity values ('run', ?)", (str(len(known)),))
        if len(known) == 3:
            followed.set()
            await asyncio.Event().wait()
        raise KeyError("a row")

    async def wait(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Follower, "follow", fail)
    monkeypatch.setattr(FollowedTopics, "_follow_heartbeats", wait)
    monkeypatch.setattr(FollowedTopics, "_probe", wait)
    monkeypatch.setattr(follower, "partitions", lambda *_: asyncio.sleep(0))
    monkeypatch.setattr(follower, "_RETRY_SECONDS", 0)
    following = asyncio.create_task(FollowedTopics(KafkaConfig("x"), "test", Policy(), history, page).follow())
    assert await asyncio.to_thread(followed.wait, PATIENCE_SECONDS)
    following.cancel()
    with suppress(asyncio.CancelledError):
        await following
    assert known == [None, None, ("2",)]
    assert page.history_problem == "the history database cannot be followed (KeyError('a row'))"
    history.close()


async def test_the_last_heartbeat_on_record_is_shown_and_none_before_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def record(offset: int, hour: int) -> Incoming:
        heartbeat = Heartbeat(stage="slack", partition=0, beat_at=AT.replace(hour=hour), next_offset=offset)
        return Incoming("heartbeats", 0, offset, AT, b"slack/0", heartbeat.to_bytes())

    async def follow(*_: object) -> AsyncIterator[Incoming | None]:
        for read in (record(0, 5), record(1, 7), None, record(2, 6)):
            yield read

    page, shown = PageState(alert_log()), list[int]()

    def on_page(update: Callable[..., object], *arguments: object) -> None:
        update(*arguments)
        shown.extend(heartbeat.next_offset for heartbeat in page.heartbeats.values())

    monkeypatch.setattr(follower, "follow", follow)
    topics = FollowedTopics(KafkaConfig("x"), "test", Policy(), cast("History", None), page)
    await topics._follow_heartbeats(on_page, lambda *_: None)
    assert shown == [1, 2]
