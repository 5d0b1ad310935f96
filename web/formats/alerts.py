"""Alerts as the world reads them: a page of JSON, and an Atom feed (RFC 4287). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote, urlencode
from xml.etree import ElementTree as ET

from places.areas import Areas
from places.regions import country_name
from schemas.alert import AlertEvent, AlertStatus
from schemas.labels import KINDS, STATUSES, origins_in_words
from schemas.subscription import Subscription
from streams.dispatch.matching import wants
from streams.notify.mrkdwn import clean
from streams.notify.phrases import place_name, sighting_line

ATOM = "http://www.w3.org/2005/Atom"
_UNKNOWN = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class Life:
    """An alert as it is now, and when it came."""

    number: int
    """Its place in the order of their first events, counted from 1: a page ends before one."""
    published: datetime
    """Arrival of its first event, UTC."""
    latest: AlertEvent


def lives(histories: Iterable[Sequence[AlertEvent]], as_of: date | None = None) -> list[Life]:
    """Return all alerts, the newest first; of each its events are given in order.

    ``as_of``: only what had arrived by the end of that day, UTC, as it stood then.
    """
    found = []
    for number, events in enumerate(histories, 1):
        known = [one for one in events if one.arrived.date() <= as_of] if as_of else events
        if known:
            found.append(Life(number, known[0].arrived, known[-1]))
    return found[::-1]


def chosen(
    several: Iterable[Life], wanted: Subscription, areas: Areas, statuses: Sequence[AlertStatus], before: int | None
) -> Iterable[Life]:
    """Yield those that a filter wants, of these statuses, from before a place in the order."""
    return (
        one for one in several
        if (before is None or one.number < before)
        and one.latest.status in statuses
        and matches(one.latest, wanted, areas)
    )  # fmt: skip


def matches(alert: AlertEvent, wanted: Subscription, areas: Areas) -> bool:
    """Whether a filter wants an alert; one that was taken back is wanted by whom it was told."""
    return wants(wanted, _as_attested(alert), areas)


def _as_attested(alert: AlertEvent) -> AlertEvent:
    """Return an alert of which nothing is left as if it still had one origin, for it was not without any when told."""
    return alert if alert.why.origins else alert.replace(why=alert.why.replace(origins=1))


def as_json(one: Life) -> dict[str, Any]:
    """Return an alert with its number, the name of its country, and the last event of its life."""
    return {
        "number": one.number,
        "published": one.published.isoformat(),
        "country_name": country_name(one.latest.country),
        **one.latest.model_dump(mode="json"),
    }


def atom(several: Sequence[Life], page: str, filter_: str) -> bytes:
    """Return a feed: an entry for each alert, updated when it was corrected. ``page`` is the address of the page."""
    ET.register_namespace("", ATOM)
    feed = ET.Element(f"{{{ATOM}}}feed")
    _text(feed, "title", f"Firstseen: {clean(filter_)}" if filter_ else "Firstseen")
    _text(feed, "id", f"{page}/api/v1/alerts.atom?{urlencode({'filter': filter_})}")
    newest = max((one.latest.arrived for one in several), default=_UNKNOWN)
    _text(feed, "updated", newest.isoformat())
    ET.SubElement(feed, f"{{{ATOM}}}link", rel="alternate", href=f"{page}/")
    author = ET.SubElement(feed, f"{{{ATOM}}}author")
    _text(author, "name", "Firstseen")
    for one in several:
        _entry(feed, one, page)
    return bytes(ET.tostring(feed, encoding="utf-8", xml_declaration=True))


def _entry(feed: ET.Element, one: Life, page: str) -> None:
    alert = one.latest
    entry = ET.SubElement(feed, f"{{{ATOM}}}entry")
    status = "" if alert.status == "confirmed" else f"{STATUSES[alert.status].adjective}: "
    _text(entry, "title", f"{status}{clean(alert.group)} in {place_name(alert)}, {KINDS[alert.kind].noun}")
    _text(entry, "id", f"urn:firstseen:alert:{alert.alert_id}")
    _text(entry, "published", one.published.isoformat())
    _text(entry, "updated", alert.arrived.isoformat())
    shown = urlencode({"country": alert.country, "day": alert.last_day.isoformat()})
    ET.SubElement(entry, f"{{{ATOM}}}link", rel="alternate", href=f"{page}/#{shown}")
    message = f"{page}/api/v1/alerts/{quote(alert.alert_id)}/cap"
    ET.SubElement(entry, f"{{{ATOM}}}link", rel="related", type="application/cap+xml", href=message)
    ET.SubElement(entry, f"{{{ATOM}}}category", term=alert.kind)
    reports = "".join(f"\n{sighting_line(seen)}" for seen in alert.why.sightings)
    origins = origins_in_words(alert.why.origins)
    _text(entry, "summary", f"{alert.days}, {origins}, revision {alert.revision}.{reports}")


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, f"{{{ATOM}}}{name}").text = text
