"""Alerts as an Atom feed, read by a feed reader's library."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import feedparser  # type: ignore[import-untyped]
import httpx

from web.formats import cap


async def test_a_feed_reader_reads_the_feed_and_finds_the_cap_messages(client: httpx.AsyncClient) -> None:
    feed = feedparser.parse((await client.get("/api/v1/alerts.atom?filter=kind:all")).content)
    assert (feed.bozo, feed.version) == (False, "atom10")
    links = [link.href for entry in feed.entries for link in entry.links if link.type == cap.MEDIA_TYPE]
    assert len(links) == 3
    message = await client.get(links[0])
    assert message.headers["content-type"] == cap.MEDIA_TYPE
    assert ET.fromstring(message.content).tag == f"{{{cap.NAMESPACE}}}alert"
