"""Alert events with a default for every field."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from schemas.alert import AlertEvent, AlertEvidence, Cause
from schemas.evidence import Evidence


def evidence(**fields: Any) -> Evidence:
    day = date(2026, 5, 3)
    known: dict[str, Any] = {
        "source": "wire", "id": "1", "revision": 1, "group": "ISWAP", "country": "BJ", "region": "Western Africa",
        "first_day": day, "last_day": day, "begins_by": day, "arrived": datetime(2026, 5, 4, 9, 30, tzinfo=UTC),
        "origin": "Reuters", "title": "Attack near Malanville", "place": "Malanville", "url": "https://example.org/1",
    }  # fmt: skip
    return Evidence(**known | fields)


def alert_event(alert_id: str = "a1", revision: int = 1, **fields: Any) -> AlertEvent:
    known: dict[str, Any] = {
        "alert_id": alert_id, "revision": revision, "type": "initial" if revision == 1 else "update",
        "kind": "first_ever", "status": "confirmed", "group": "ISWAP", "country": "BJ", "region": "Western Africa",
        "first_day": date(2026, 5, 3), "last_day": date(2026, 5, 3), "arrived": datetime(2026, 5, 4, 9, 30, tzinfo=UTC),
        "cause": Cause(what="reported", sighting=evidence()), "why": AlertEvidence(sightings=(evidence(),), origins=1),
    }  # fmt: skip
    return AlertEvent(**known | fields)
