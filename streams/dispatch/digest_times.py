"""Computes when daily digests are due, in the time zone of the subscription."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from schemas.subscription import Daily


def next_digest_at(daily: Daily, after: datetime) -> datetime:
    """Return the first time after an instant at which a daily digest is due, UTC."""
    zone, at = ZoneInfo(daily.zone), time.fromisoformat(daily.at)
    today = after.astimezone(zone).date()
    days = (today + timedelta(ahead) for ahead in range(3))
    times = (datetime.combine(day, at, zone).astimezone(UTC) for day in days)
    return next(due for due in times if due > after)
