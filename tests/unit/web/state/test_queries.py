"""Questions to the database: in threads, a bounded number at once."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest

from history.database import FILLING, History, HistoryError
from history.episode_selection import EpisodeQuery
from history.episodes import episodes
from streams.io.kafka_config import KafkaConfig
from tests.support.waiting import PATIENCE_SECONDS
from web.app import build_web
from web.state.queries import MAX_WAITING, THREADS, BusyError, Queries


async def test_queries_beyond_the_waiting_limit_are_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    queries, release = Queries(History(None, {})), Event()
    asked = [
        asyncio.create_task(queries.ask(lambda _: release.wait(PATIENCE_SECONDS))) for _ in range(THREADS + MAX_WAITING)
    ]
    await asyncio.sleep(0)
    with pytest.raises(BusyError):
        await queries.ask(lambda _: None)
    release.set()
    assert all(await asyncio.gather(*asked))
    assert await queries.ask(lambda _: 1) == 1
    queries.close()


async def test_a_database_that_is_being_filled_answers_nothing(tmp_path: Path) -> None:
    history = History(tmp_path / "history.sqlite", {})
    queries = Queries(history)
    with history.writing() as connection:
        assert connection.execute("select count(*) from sighting_version").fetchone() == (0,)
    for _ in range(2):
        with pytest.raises(HistoryError, match="being filled"):
            await queries.ask(episodes_on_record)
        with history.writing() as connection:
            connection.execute("delete from identity where key = ?", (FILLING,))
        assert await queries.ask(episodes_on_record) == []
        history.empty("a test")
    queries.close()


def episodes_on_record(connection: sqlite3.Connection) -> list[Any]:
    return episodes(connection, EpisodeQuery())


async def test_a_rejected_client_is_told_when_to_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test")
    monkeypatch.setattr(app.state.services.queries, "_asked", THREADS + MAX_WAITING)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as client:
        for path in ("sightings", "presence", "countries/ML", "alerts", "regions", "alerts/a", "alerts.atom"):
            answer = await client.get(f"/api/v1/{path}")
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1"), path
            assert answer.headers["content-type"] == "application/problem+json"
