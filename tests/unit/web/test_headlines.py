"""Every interface shows the same headline for an alert: one taken back, or never confirmed, does not read as news."""

from __future__ import annotations

import csv
import re
from typing import Any
from xml.etree import ElementTree as ET

import feedparser  # type: ignore[import-untyped]
import httpx

from firstseen.commands.alerts import AlertRow
from history.alerts import AlertQuery, alert_entries, events_with_prefix
from schemas.alert import AlertChange, AlertEvent
from streams.io.kafka_config import KafkaConfig
from streams.notify.spans import Line, words
from tests.support.builders import alert_event
from tests.support.pages import add_alerts
from web.app import build_web
from web.formats import cap
from web.slack_app.alert_replies import explain_alert

NEWS, WITHDRAWN, SUPERSEDED, CANDIDATE, DROPPED = ("aaaa1111", "bbbb2222", "cccc3333", "dddd4444", "eeee5555")
HEADLINES = {
    NEWS: "JNIM appeared in Mali for the first time",
    WITHDRAWN: "Alert withdrawn: JNIM appeared in Mali for the first time",
    SUPERSEDED: "No longer news: JNIM appeared in Mali for the first time",
    CANDIDATE: "Not confirmed: JNIM appeared in Mali for the first time",
    DROPPED: "Alert withdrawn: JNIM appeared in Mali for the first time",
}


def _events() -> list[AlertEvent]:
    withdrawn: dict[str, Any] = {"status": "retracted", "type": "retraction", "revision": 2}
    return [
        alert_event(NEWS),
        alert_event(WITHDRAWN),
        alert_event(WITHDRAWN, changes=(AlertChange(what="status", old="confirmed", new="retracted"),), **withdrawn),
        alert_event(SUPERSEDED),
        alert_event(
            SUPERSEDED, revision=2, status="superseded", kind="returned",
            changes=(
                AlertChange(what="status", old="confirmed", new="superseded"),
                AlertChange(what="kind", old="first_ever", new="returned"),
            ),
        ),
        alert_event(
            SUPERSEDED, revision=3, status="superseded", kind="returned",
            changes=(AlertChange(what="origins", old="1", new="2"),),
        ),
        alert_event(CANDIDATE, status="candidate"),
        alert_event(DROPPED, status="candidate"),
        alert_event(DROPPED, changes=(AlertChange(what="status", old="candidate", new="retracted"),), **withdrawn),
    ]  # fmt: skip


async def test_every_interface_says_before_the_headline_that_an_alert_is_not_current() -> None:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test")
    add_alerts(app, _events())
    history = app.state.services.queries.history

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as client:
        page = (await client.get("/api/v1/alerts")).json()
        assert {row["alert_id"]: row["headline"] for row in page["alerts"]} == HEADLINES
        rows = list(csv.DictReader((await client.get("/api/v1/alerts.csv")).text.splitlines()))
        assert {row["alert_id"]: row["headline"] for row in rows} == HEADLINES
        features = (await client.get("/api/v1/alerts.geojson")).json()["features"]
        assert {each["id"]: each["properties"]["headline"] for each in features} == HEADLINES
        stix = (await client.get("/api/v1/alerts.stix")).json()["objects"]
        described = sorted(each["description"] for each in stix if each["type"] == "sighting")
        assert described == sorted(f"{headline}; 2017-10-31" for headline in HEADLINES.values())
        for alert_id, headline in HEADLINES.items():
            html = (await client.get(f"/alert/{alert_id}")).text
            assert f"<title>{headline} · Firstseen</title>" in html
            message = ET.fromstring((await client.get(f"/api/v1/alerts/{alert_id}/cap")).content)
            assert message.findtext(f".//{{{cap.NAMESPACE}}}headline") == headline
            why = explain_alert(history.ask(lambda it, id_=alert_id: events_with_prefix(it, id_)), alert_id)
            assert words(why.lines[0]) == headline
            assert _is_struck(why.lines[0]) == (alert_id in {WITHDRAWN, SUPERSEDED, DROPPED})

    listed = [AlertRow.of(entry) for entry in history.ask(lambda it: [*alert_entries(it, AlertQuery())])]
    assert {row.alert_id: row.headline for row in listed} == HEADLINES


async def test_a_feed_has_no_alert_that_was_never_sent() -> None:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test")
    add_alerts(app, _events())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as client:
        feed = feedparser.parse((await client.get("/api/v1/alerts.atom?filter=kind:all")).content)
    titles = {entry.id.removeprefix("urn:firstseen:alert:"): entry.title for entry in feed.entries}
    assert titles == {alert_id: HEADLINES[alert_id] for alert_id in (NEWS, WITHDRAWN, SUPERSEDED)}
    [summary] = [entry.summary for entry in feed.entries if entry.id.endswith(NEWS)]
    assert summary.splitlines() == [
        "No earlier sighting in Mali is on record.",
        "Reported by 1 origin: wire. Usually reliable source, probably true. No second origin yet.",
        "Report wire/1", "31 Oct 2017 · place not stated · Western Africa",
    ]  # fmt: skip


async def test_the_description_of_a_corrected_alert_says_when_it_changed() -> None:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test")
    add_alerts(app, _events())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as client:
        html = (await client.get(f"/alert/{WITHDRAWN}")).text
    [description] = re.findall('name="description" content="([^"]*)"', html)
    assert "changed 1 Nov 2017 09:00 UTC" in description


def _is_struck(shown: Line) -> bool:
    return any(span.struck for span in shown)
