"""When a subscriber wants an alert: at once, or with the next daily digest. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from places.areas import Areas
from schemas.alert import AlertEvent
from schemas.subscription import Daily, Subscriber
from streams.dispatch.matching import wants


def due_at(subscriber: Subscriber, alert: AlertEvent, areas: Areas) -> datetime | None:
    """Return the earliest time that a matching subscription asks for, UTC; None: at once."""
    matching = [subscription for subscription in subscriber.subscriptions if wants(subscription, alert, areas)]
    if any(subscription.daily is None for subscription in matching):
        return None
    return min(next_time(subscription.daily, alert.arrived) for subscription in matching if subscription.daily)


def next_time(daily: Daily, after: datetime) -> datetime:
    """Return the first time after an instant at which a daily digest is due, UTC."""
    zone, at = ZoneInfo(daily.zone), time.fromisoformat(daily.at)
    today = after.astimezone(zone).date()
    days = (today + timedelta(ahead) for ahead in range(3))
    times = (datetime.combine(day, at, zone).astimezone(UTC) for day in days)
    return next(due for due in times if due > after)
