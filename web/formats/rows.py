"""Alerts and sightings as flat rows: the facts that CSV and GeoJSON share. Pure."""

from __future__ import annotations

from typing import Any

from history.alerts import AlertEntry
from places.regions import country_name
from schemas.evidence import Evidence


def alert_row(entry: AlertEntry) -> dict[str, Any]:
    """Return the facts of an alert that fit on one line; title and URL are those of its earliest sighting."""
    alert = entry.latest
    earliest = alert.why.sightings[0] if alert.why.sightings else None
    return {
        **alert.to_json(
            fields={"alert_id", "revision", "status", "kind", "group", "country", "region", "first_day", "last_day"},
        ),
        "begins_by": (alert.begins_by or alert.first_day).isoformat(),
        "ends_from": (alert.ends_from or alert.last_day).isoformat(),
        "country_name": country_name(alert.country),
        "origins": alert.why.origins,
        "published": entry.published.isoformat(),
        "updated": alert.arrived.isoformat(),
        "title": earliest.title if earliest else None,
        "url": earliest.url if earliest else None,
    }


def sighting_row(sighting: Evidence) -> dict[str, Any]:
    """Return the facts of a sighting."""
    return sighting.to_json() | {"ends_from": sighting.earliest_end.isoformat()}
