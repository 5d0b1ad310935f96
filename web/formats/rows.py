"""Alerts and sightings as flat rows: the facts that CSV and GeoJSON share, under the names that JSON has. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from history.alerts import AlertEntry
from places.countries import country_name
from schemas.codes import AlertKind
from schemas.evidence import Evidence
from schemas.labels import KINDS
from streams.notify.cards import headline
from streams.notify.phrases import short_id
from streams.notify.spans import words

KIND_NAMES: Mapping[AlertKind, str] = {kind: label.filter_names[0] for kind, label in KINDS.items()}
"""What a filter calls each kind."""


def alert_row(entry: AlertEntry) -> dict[str, Any]:
    """Return the facts of an alert that fit on one line; title and URL are those of its earliest sighting."""
    alert = entry.latest
    earliest = alert.why.sightings[0] if alert.why.sightings else None
    return {
        **alert.to_json(
            fields={
                "alert_id", "revision", "type", "status", "kind", "group", "country", "region", "first_day", "last_day",
            },
        ),
        "area": alert.area,
        "begins_by": (alert.begins_by or alert.first_day).isoformat(),
        "ends_from": (alert.ends_from or alert.last_day).isoformat(),
        "country_name": country_name(alert.country),
        "origins": alert.why.origins,
        "published": instant(entry.published),
        "updated": instant(alert.arrived),
        "arrived": instant(alert.arrived),
        "title": earliest.title if earliest else None,
        "url": earliest.url if earliest else None,
        "number": entry.number,
        "announced": entry.announced,
        "short_id": short_id(alert),
        "headline": words(headline(alert, entry.announced)),
        "kind_name": KIND_NAMES[alert.kind],
        "countries": " ".join(alert.countries),
    }  # fmt: skip


def sighting_row(sighting: Evidence) -> dict[str, Any]:
    """Return the facts of a sighting."""
    return sighting.to_json() | {
        "ends_from": sighting.earliest_end.isoformat(),
        "country_name": country_name(sighting.country),
    }


def instant(at: datetime) -> str:
    """Return an instant as all responses write it: in UTC, with a Z."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
