"""Extreme days, instants, positions and numbers get an answer or a problem, never a server error."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from functools import cache, partial
from typing import Any

import httpx
from fastapi import FastAPI
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from history.database import History
from history.from_files import history_of
from history.map_state import MapQuery, map_state
from schemas.evidence import EvidenceChange
from streams.io.kafka_config import KafkaConfig
from streams.presence.policy import Policy
from tests.support.builders import alert_event, evidence
from tests.support.examples import examples
from tests.support.pages import add_alerts, add_sightings
from tests.support.tables import each_row
from web.app import WebConfig, build_web
from web.http.rate_limit import RateLimiter

FIRST, LAST = "0001-01-01", "9999-12-31"
LARGE = 10**4_000

DAYS = [FIRST, LAST, "0000-01-01", "10000-01-01", "-001-01-01", "2026-02-30", "", "0", "1e9", "9" * 5_000]
NUMBERS = ["0", "1", "-1", str(LARGE), "1e400", "nan", "", "1.5", "9" * 5_000]
INSTANTS = [
    "0001-01-01T00:00:00", "0001-01-01", "9999-12-31T23:59:59.999999", "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00+23:59", "2026-W01", "beginning", "0-1-1", "0-0-0", "f-999999999-99999999999999", "a-1-0",
    f"0-{'9' * 5_000}-1", "x", "\u0664", "",
]  # fmt: skip


@cache
def served() -> FastAPI:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test", WebConfig(producers={"wire": "w"}))
    app.user_middleware = [
        added for added in app.user_middleware if getattr(added.cls, "__name__", "") != RateLimiter.__name__
    ]
    extremes = (at.replace(tzinfo=UTC) for at in (datetime.min, datetime.max))
    add_alerts(app, [alert_event("a"), *(alert_event(str(at.year), arrived=at) for at in extremes)])
    for day in (date.min, date.max, date(2026, 1, 1)):
        seen = evidence(first_day=day, last_day=day, begins_by=day)
        add_sightings(app, seen)
    app.state.services.page.alerts.close()  # streams end at once
    return app


async def status(path: str, query: dict[str, str], headers: dict[bytes, bytes] | None = None) -> int:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(served()), base_url="http://page") as client:
        answer = await client.get(path, params=query, headers=headers)
    if answer.status_code == 400:
        assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code


def parameters() -> list[tuple[str, str, str]]:
    """Return every parameter that is a day, a number or a position, with values to send."""
    days = [
        ("/api/v1/alerts", "as_of"), ("/api/v1/presence", "as_of"), ("/api/v1/regions", "as_of"),
        ("/api/v1/countries/BJ", "as_of"), ("/api/v1/sightings", "first"), ("/api/v1/sightings", "last"),
        ("/api/v1/map-state", "as_of"),
    ]  # fmt: skip
    numbers = [
        ("/api/v1/alerts", "before"), ("/api/v1/alerts", "limit"), ("/api/v1/countries/BJ", "before"),
        ("/api/v1/countries/BJ", "limit"), ("/api/v1/presence", "limit"), ("/api/v1/sightings", "limit"),
        ("/api/v1/map-state?as_of=0001-01-01", "days"), ("/api/v1/map-state?as_of=9999-12-31", "days"),
    ]  # fmt: skip
    positions = [("/api/v1/events", "from"), ("/api/v1/presence", "after")]
    return [
        (path, name, value)
        for places, values in ((days, DAYS), (numbers, NUMBERS), (positions, INSTANTS))
        for path, name in places
        for value in values
    ]


@each_row(("path", "name", "value"), parameters())
async def test_every_value_of_a_parameter_gets_200_or_400(path: str, name: str, value: str) -> None:
    route, _, query = path.partition("?")
    params = dict([query.split("=")]) if query else {}
    assert await status(route, {**params, name: value}) in {200, 400}


@each_row("value", INSTANTS)
async def test_a_stream_starts_after_any_last_event_id(value: str) -> None:
    headers = {b"Last-Event-ID": value.encode()}
    assert await status("/api/v1/events", {}, headers) == 200


@each_row("instant", ["0001-01-01T00:00:00", "0001-01-01T00:00:00+14:00", "0001-01-01T00:00:30Z"])
async def test_a_stream_from_the_first_instant_has_all_events(instant: str) -> None:
    first = datetime.fromisoformat("0001-01-01T00:00:00+00:00")
    assert await served().state.services.page.alerts.number_before(first) == 0
    assert await status("/api/v1/events", {"from": instant}) == 200


@given(st.datetimes(timezones=st.timezones()))
def test_every_instant_has_a_number_in_the_log(instant: datetime) -> None:
    assert 0 <= asyncio.run(served().state.services.page.alerts.number_before(instant)) <= 3


@given(as_of=st.dates(), days=st.integers(1, 3_660))
@examples(1, suppress_health_check=list(HealthCheck))
def test_every_day_and_window_has_a_map_state(as_of: date, days: int) -> None:
    query = MapQuery(as_of, days=days, candidates=True)
    state = known().ask(partial(map_state, query=query, policy=Policy()))
    assert state.window.first_day <= state.window.last_day == as_of


def _changes() -> Any:
    for number, day in enumerate((date.min, date(2026, 1, 1), date.max)):
        for origin in ("Reuters", "AFP"):
            seen = evidence(id=f"{number}{origin}", origin=origin, first_day=day, last_day=day, begins_by=day)
            yield EvidenceChange(arrived=datetime(2026, 1, 2, number, tzinfo=UTC), add=seen)


@cache
def known() -> History:
    return history_of(list(_changes()), Policy())
