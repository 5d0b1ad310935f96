"""Addresses of the web page that messages link to. Pure."""

from __future__ import annotations

from urllib.parse import urlencode

from schemas.alert import AlertEvent

SHORT_ID = 8
"""Characters of an alert's id that name it. Every command and the page accept them."""


def short_id(alert: AlertEvent) -> str:
    """Return the beginning of the alert's id."""
    return alert.alert_id[:SHORT_ID]


def alert_address(page: str, alert: AlertEvent) -> str:
    """Return the address that opens an alert on the map of its country, in the thirty days up to its last day."""
    day = max(alert.last_day, alert.first_day).isoformat()
    view = urlencode({"country": alert.country, "day": day, "alert": short_id(alert)})
    return f"{page.rstrip('/')}/#{view}"
