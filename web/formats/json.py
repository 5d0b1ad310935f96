"""Alerts in JSON, for the API and for the event stream of the page. Pure."""

from __future__ import annotations

from typing import Any

from history.alerts import AlertEntry
from places.countries import country_name
from schemas.alert import AlertEvent
from schemas.codes import AlertKind
from streams.notify.cards import headline
from streams.notify.phrases import short_id
from streams.notify.spans import words
from web.formats.rows import KIND_NAMES, instant
from web.http.links import path_of

Json = dict[str, Any]

_EVIDENCE = {"why": ("sightings",), "cause": ("sighting", "before")}
"""The fields that hold whole sightings: most of an alert."""


def alert_to_json(entry: AlertEntry, *, evidence: bool) -> Json:
    """Return an alert's latest event with its number, the time and the kind of its publication, and links."""
    return {
        "number": entry.number,
        "published": instant(entry.published),
        "announced": entry.announced,
        **event_to_json(entry.latest, entry.announced, evidence=evidence),
    }


def event_to_json(event: AlertEvent, announced: AlertKind | None = None, *, evidence: bool = True) -> Json:
    """Return an alert event in words and with links. Nothing is escaped: the page inserts text only.

    ``announced``: the kind with which the alert was first confirmed, if that is known.
    Without ``evidence`` it has no sightings: ``links.evidence`` leads to them.
    """
    row = event.to_json()
    if not evidence:
        for field, whole in _EVIDENCE.items():
            row[field] = {name: value for name, value in row[field].items() if name not in whole}
    earliest = event.why.sightings[0] if event.why.sightings else None
    return {
        **row,
        "short_id": short_id(event),
        "headline": words(headline(event, announced)),
        "kind_name": KIND_NAMES[event.kind],
        "country_name": country_name(event.country),
        "country_names": [*map(country_name, event.countries)],
        "origins": event.why.origins,
        "updated": row["arrived"],
        "title": earliest.title if earliest else None,
        "url": earliest.url if earliest else None,
        "links": alert_links(event),
    }


def alert_links(event: AlertEvent) -> Json:
    """Return the addresses of what belongs to an alert, relative to the server."""
    return {
        "self": path_of("alerts", event.alert_id),
        "evidence": path_of("alerts", event.alert_id, "evidence"),
        "cap": path_of("alerts", event.alert_id, "cap"),
        "group": path_of("groups", event.group),
        "country": path_of("countries", event.country),
        "page": f"/alert/{short_id(event)}",
    }
