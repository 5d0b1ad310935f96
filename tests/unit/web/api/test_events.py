from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

import httpx

from places.areas import packaged
from schemas.alert import AlertChange, AlertEvidence
from schemas.subscription import Clause, Subscription
from streams.io.kafka_config import KafkaConfig
from tests.support.builders import ARRIVED, alert_event, evidence
from tests.support.pages import add_to_log, alert_log
from tests.support.tables import each_row
from web.api.events import stream
from web.app import build_web
from web.formats.json import event_to_json
from web.state.alert_log import AlertLog


def _caught_up(*alert_ids: str) -> AlertLog:
    log = alert_log(*map(alert_event, alert_ids))
    log.set_state("caught-up")
    return log


async def _ids(log: AlertLog, position: str) -> list[str]:
    """Return the alerts that a page gets before the state ``caught-up``."""
    alerts: list[str] = []
    async for message in stream(log, await log.number_after(position), (), packaged()):
        if message.event == "caught-up":
            return alerts
        if message.id:
            alerts.append(json.loads(str(message.data))["alert_id"])
    raise AssertionError("the stream ended")


async def test_a_page_that_reconnects_gets_the_events_that_it_missed() -> None:
    log = _caught_up("a", "b")
    assert await _ids(log, log.position_of(1, ARRIVED)) == ["b"]
    assert await _ids(log, log.position_of(0, None)) == ["a", "b"]
    assert await _ids(log, log.position) == []


async def test_a_position_of_another_fill_of_the_database_is_a_time() -> None:
    early, late = (datetime(2026, 5, day, tzinfo=UTC) for day in (1, 2))
    log = alert_log(
        alert_event("a", arrived=early), alert_event("b", arrived=late), alert_event("c", arrived=late)
    )  # fmt: skip
    log.set_state("caught-up")
    other = alert_log(alert_event("b", arrived=late))
    assert await _ids(log, other.position) == ["b", "c"]
    assert await _ids(log, "bb-0-0") == ["a", "b", "c"]


async def test_without_a_position_only_new_events_are_sent() -> None:
    log = alert_log()
    messages = stream(log, None, (), packaged())
    await anext(messages)
    assert (await anext(messages)).event == "catching-up"
    waiting = asyncio.ensure_future(anext(messages))
    await asyncio.sleep(0)
    add_to_log(log, [alert_event("old")])
    log.set_state("caught-up")
    assert (await waiting).event == "caught-up"
    add_to_log(log, [alert_event("new")])
    assert json.loads(str((await anext(messages)).data))["alert_id"] == "new"


async def test_a_filtered_stream_says_that_a_first_appearance_was_none() -> None:
    kind = AlertChange(what="kind", old="first_ever", new="returned")
    superseded = alert_event("a", 2, kind="returned", status="superseded", changes=(kind,))
    log = alert_log(alert_event("a"), superseded, alert_event("b", kind="returned"))
    log.set_state("caught-up")
    firsts = Subscription(clauses=(Clause(kinds=("first_ever",)),))
    revisions = []
    async for message in stream(log, 0, (firsts,), packaged()):
        if message.event == "caught-up":
            break
        if message.id:
            sent = json.loads(str(message.data))
            revisions.append((sent["alert_id"], sent["revision"]))
    assert revisions == [("a", 1), ("a", 2)]


@each_row("odd", ["0-99-5x", "0-", "0--1", "", "now", "0-1", "0-" + "9" * 5000 + "-1"])
async def test_an_invalid_position_has_no_number(odd: str) -> None:
    assert await _caught_up("a").number_after(odd) is None


async def test_hostile_text_stays_text_on_one_line_of_json() -> None:
    hostile = "</script><img src=x onerror=alert(1)>\u2028\r\ndata: forged\n\nevent: caught-up"
    event = alert_event(
        group=hostile, why=AlertEvidence(sightings=(evidence(title=hostile),), origins=1, previous_last_day=None)
    )
    log = alert_log(event)
    messages = stream(log, 0, (), packaged())
    await anext(messages)
    lines = (await anext(messages)).encode().decode().replace("\r\n", "\n").removesuffix("\n\n").split("\n")
    assert [line.partition(": ")[0] for line in lines] == ["id", "event", "data"]
    sent = json.loads(lines[2].removeprefix("data: "))
    assert sent["group"] == hostile
    assert sent["why"]["sightings"][0]["title"] == hostile


def test_an_event_has_the_name_of_its_country_or_an_unknown_code() -> None:
    assert event_to_json(alert_event(country="BJ"))["country_name"] == "Benin"
    assert event_to_json(alert_event(country="ZZ"))["country_name"] == "ZZ"


async def test_the_stream_is_never_compressed() -> None:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test")
    log = app.state.services.page.alerts
    add_to_log(log, [alert_event(str(number)) for number in range(20)])
    log.close()  # the stream ends after the first message
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as client:
        answer = await client.get("/api/v1/events?from=beginning", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert "content-encoding" not in answer.headers
