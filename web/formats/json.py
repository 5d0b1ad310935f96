"""Alerts in JSON, for the API and for the event stream of the page. Pure."""

from __future__ import annotations

from typing import Any

from history.alerts import AlertEntry
from places.regions import country_name
from schemas.alert import AlertEvent


def alert_to_json(entry: AlertEntry) -> dict[str, Any]:
    """Return an alert's latest event with its number, when and as what it was published, and its country's name."""
    return {
        "number": entry.number,
        "published": entry.published.isoformat(),
        "announced": entry.announced,
        "country_name": country_name(entry.latest.country),
        **entry.latest.to_json(),
    }


def event_to_json(event: AlertEvent) -> dict[str, Any]:
    """Return an alert event with the names of its countries. Nothing is escaped: the page inserts text only."""
    names = {"country_name": country_name(event.country), "country_names": [*map(country_name, event.countries)]}
    return {**event.to_json(), **names}
