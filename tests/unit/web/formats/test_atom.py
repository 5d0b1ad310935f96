"""Alerts as an Atom feed, read by a feed reader's library."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import feedparser  # type: ignore[import-untyped]
import httpx

from schemas.alert import AlertEvidence
from streams.io.kafka_config import KafkaConfig
from tests.support.builders import alert_event, evidence
from tests.support.pages import add_alerts
from web.app import build_web
from web.formats import cap


async def test_a_feed_reader_reads_the_feed_and_finds_the_cap_messages(client: httpx.AsyncClient) -> None:
    feed = feedparser.parse((await client.get("/api/v1/alerts.atom?filter=kind:all")).content)
    assert (feed.bozo, feed.version) == (False, "atom10")
    links = [link.href for entry in feed.entries for link in entry.links if link.type == cap.MEDIA_TYPE]
    assert len(links) == 3
    message = await client.get(links[0])
    assert message.headers["content-type"] == cap.MEDIA_TYPE
    assert ET.fromstring(message.content).tag == f"{{{cap.NAMESPACE}}}alert"


async def test_no_text_of_a_source_or_reader_breaks_the_feed_or_a_cap_message() -> None:
    hostile = "a\ufffe\uffff\u202e]]><b>&\x85b"
    app = build_web(KafkaConfig("127.0.0.1:9"), "test")
    shown = evidence(title=hostile, origin=hostile, source=hostile)
    why = AlertEvidence(sightings=(shown,), origins=1)
    add_alerts(app, [alert_event(alert_id="a", group=hostile, names=(hostile,), area=hostile, why=why)])

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as client:
        filtered = await client.get("/api/v1/alerts.atom", params={"filter": 'group:"a\ufffe" OR kind:all'})
        feed = await client.get("/api/v1/alerts.atom", params={"filter": "kind:all"})
        message = await client.get("/api/v1/alerts/a/cap")

    assert ET.fromstring(filtered.content).tag == ET.fromstring(feed.content).tag
    assert len(feedparser.parse(feed.content).entries) == 1
    assert ET.fromstring(message.content).tag == f"{{{cap.NAMESPACE}}}alert"
