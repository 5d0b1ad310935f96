"""One alert as the API lists it: its latest event, its number and the time of its first event. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from schemas.alert import AlertEvent


@dataclass(frozen=True, slots=True)
class AlertEntry:
    """An alert and where it stands in the list."""

    number: int
    """Position in the order of first events, counted from 1. Pages end before a number."""
    published: datetime
    """Arrival of the alert's first event, UTC."""
    latest: AlertEvent
