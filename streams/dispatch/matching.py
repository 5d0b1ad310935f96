"""An alert and a subscriber's rules -> whether the alert matches or is muted, and when it is due.

``fold.py`` calls it for every alert and subscriber. Alerts of every kind follow the same rules.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from places.areas import Areas
from schemas.alert import AlertEvent
from schemas.names import comparable
from schemas.subscription import Clause, Daily, Mute, Subscriber, Subscription
from streams.dispatch.alert_places import meets_places


def wants(subscription: Subscription, alert: AlertEvent, areas: Areas) -> bool:
    """Whether any clause of the subscription matches the alert.

    A ``spread`` matches a place if any of its countries does; it is excluded only if all of them are.
    """
    return any(_matches(clause, alert, areas) for clause in subscription.clauses)


def names_any(groups: tuple[str, ...], alert: AlertEvent) -> bool:
    """Whether any of these names, in any spelling, is a name of the alert's group."""
    if not groups:
        return False
    names = {comparable(name) for name in (alert.group, *alert.names)}
    return any(comparable(group) in names for group in groups)


def muted(mutes: Iterable[Mute], alert: AlertEvent, at: datetime) -> bool:
    """Whether mutes of a destination cover an alert at this time, UTC.

    A ``spread`` is muted only if all of its countries are, whether by one mute or by several.
    """
    active = [mute for mute in mutes if at < mute.until and (mute.group is None or names_any((mute.group,), alert))]
    return any(mute.country is None for mute in active) or _countries(alert) <= {mute.country for mute in active}


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


def _matches(clause: Clause, alert: AlertEvent, areas: Areas) -> bool:
    countries = _countries(alert)
    return (
        alert.kind in clause.kinds
        and alert.why.origins >= clause.least_origins
        and (not clause.groups or names_any(clause.groups, alert))
        and not names_any(clause.not_groups, alert)
        and (not clause.countries or not countries.isdisjoint(clause.countries))
        and not countries.issubset(clause.not_countries)
        and (not clause.regions or not countries.isdisjoint(areas.all_covered(clause.regions)))
        and not countries <= areas.all_covered(clause.not_regions)
        and meets_places(clause, alert, areas)
    )


def _countries(alert: AlertEvent) -> set[str]:
    return {alert.country, *alert.countries}
