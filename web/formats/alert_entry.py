"""One alert as the API lists it: its latest event, its number, and when and as what it was published. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from schemas.alert import AlertEvent
from schemas.codes import AlertKind


@dataclass(frozen=True, slots=True)
class AlertEntry:
    """An alert and where it stands in the list."""

    number: int
    """Position in the order of first events, counted from 1. Pages end before a number."""
    published: datetime
    """Arrival of the alert's first event, UTC."""
    latest: AlertEvent
    announced: AlertKind | None
    """Kind with which the alert was first confirmed; None: it never was, and nobody was notified."""
