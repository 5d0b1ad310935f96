"""Addresses of the web page that messages link to. Pure."""

from __future__ import annotations

from urllib.parse import quote

from schemas.alert import AlertEvent

SHORT_ID = 8
"""Characters of an alert's id that name it. Every command and the page accept them."""


def short_id(alert: AlertEvent) -> str:
    """Return the beginning of the alert's id."""
    return alert.alert_id[:SHORT_ID]


def alert_address(page: str, alert: AlertEvent) -> str:
    """Return the address of an alert: the page opens it, with the map of the time at which it was reported."""
    return f"{page.rstrip('/')}/alert/{quote(short_id(alert), safe='')}"
