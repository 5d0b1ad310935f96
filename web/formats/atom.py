"""Alerts as an Atom feed (RFC 4287, pages by RFC 5005), each with a link to its CAP message. Pure.

The id of a feed is made from its filter alone: it must stay the same at every address of the server.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote
from xml.etree import ElementTree as ET

from history.alerts import AlertEntry
from streams.notify.cards import alert_card, headline
from streams.notify.phrases import alert_address
from streams.notify.spans import words
from streams.notify.untrusted_text import clean

MEDIA_TYPE = "application/atom+xml"
NAMESPACE = "http://www.w3.org/2005/Atom"
_EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class FeedLinks:
    """The addresses of a page of a feed."""

    itself: str
    next: str | None
    """None: it is the last page."""


def alerts_to_atom(entries: Sequence[AlertEntry], page: str, filter_text: str, links: FeedLinks) -> bytes:
    """Return a feed with one entry for each alert; a correction changes the entry's ``updated``.

    ``page`` is the address of the page.
    """
    ET.register_namespace("", NAMESPACE)
    feed = ET.Element(f"{{{NAMESPACE}}}feed")
    _add(feed, "title", f"Firstseen: {clean(filter_text)}" if filter_text else "Firstseen")
    _add(feed, "id", f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'urn:firstseen:feed:{filter_text.strip()}')}")
    updated = max((entry.latest.arrived for entry in entries), default=_EPOCH)
    _add(feed, "updated", updated.isoformat())
    ET.SubElement(feed, f"{{{NAMESPACE}}}link", rel="self", type=MEDIA_TYPE, href=links.itself)
    ET.SubElement(feed, f"{{{NAMESPACE}}}link", rel="alternate", type="text/html", href=f"{page}/")
    if links.next:
        ET.SubElement(feed, f"{{{NAMESPACE}}}link", rel="next", type=MEDIA_TYPE, href=links.next)
    author = ET.SubElement(feed, f"{{{NAMESPACE}}}author")
    _add(author, "name", "Firstseen")
    for entry in entries:
        _add_entry(feed, entry, page)
    return bytes(ET.tostring(feed, encoding="utf-8", xml_declaration=True))


def _add_entry(feed: ET.Element, entry: AlertEntry, page: str) -> None:
    alert = entry.latest
    element = ET.SubElement(feed, f"{{{NAMESPACE}}}entry")
    _add(element, "title", words(headline(alert, entry.announced)))
    _add(element, "id", f"urn:firstseen:alert:{alert.alert_id}")
    _add(element, "published", entry.published.isoformat())
    _add(element, "updated", alert.arrived.isoformat())
    ET.SubElement(element, f"{{{NAMESPACE}}}link", rel="alternate", href=alert_address(page, alert))
    cap = f"{page}/api/v1/alerts/{quote(alert.alert_id)}/cap"
    ET.SubElement(element, f"{{{NAMESPACE}}}link", rel="related", type="application/cap+xml", href=cap)
    ET.SubElement(element, f"{{{NAMESPACE}}}category", term=alert.kind)
    _add(element, "summary", _summary(entry))


def _summary(entry: AlertEntry) -> str:
    """Return what a message says below its headline: why it is news, who reports it and how surely, days and place."""
    card = alert_card(entry.latest)
    lines = [words(each) for paragraph in card.paragraphs for each in paragraph]
    *about, _, _ = map(words, card.context)  # the entry has the time and the id
    return "\n".join([*lines, " · ".join(about)])


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, f"{{{NAMESPACE}}}{name}").text = text
