"""Selects alerts: as of a day, by filter, status and page. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from places.areas import Areas
from schemas.alert import AlertEvent, AlertStatus
from schemas.labels import KINDS
from schemas.subscription import Clause, Subscription
from streams.dispatch.filters.errors import FilterError
from streams.dispatch.filters.parser import parse_filter
from streams.dispatch.matching import wants
from web.formats.alert_entry import AlertEntry

_EVERYTHING = Subscription(clauses=(Clause(kinds=tuple(KINDS)),))


def subscription_of(text: str, areas: Areas) -> Subscription | FilterError:
    """Return a filter, written as for a subscription; without text it selects alerts of every kind."""
    if not text.strip():
        return _EVERYTHING
    parsed = parse_filter(text, areas)
    return parsed if isinstance(parsed, FilterError) else parsed.subscription


def alert_entries(histories: Iterable[Sequence[AlertEvent]], as_of: date | None = None) -> list[AlertEntry]:
    """Return all alerts, the newest first, from the events of each alert in order.

    ``as_of`` selects what had arrived by the end of a day (UTC); each alert is then as it was at that time.
    """
    entries = []
    for number, events in enumerate(histories, 1):
        arrived = [event for event in events if event.arrived.date() <= as_of] if as_of else events
        if arrived:
            announced = next((event.kind for event in arrived if event.status == "confirmed"), None)
            entries.append(AlertEntry(number, arrived[0].arrived, arrived[-1], announced))
    return entries[::-1]


def select(
    entries: Iterable[AlertEntry],
    wanted: Subscription,
    areas: Areas,
    statuses: Sequence[AlertStatus],
    before: int | None,
    days: tuple[date | None, date | None] = (None, None),
) -> Iterator[AlertEntry]:
    """Yield the alerts that a filter matches, with one of the statuses and a number below ``before``.

    ``days`` are the earliest and the latest first day of an alert, both inclusive; None sets no limit.
    """
    first, last = days[0] or date.min, days[1] or date.max
    for entry in entries:
        is_on_page = (before is None or entry.number < before) and first <= entry.latest.first_day <= last
        if is_on_page and entry.latest.status in statuses and matches(entry.latest, wanted, areas):
            yield entry


def matches(alert: AlertEvent, wanted: Subscription, areas: Areas) -> bool:
    """Whether a filter matches an alert. A retracted alert has no origin left; it matches as if it still had one."""
    if not alert.why.origins:
        alert = alert.replace(why=alert.why.replace(origins=1))
    return wants(wanted, alert, areas)
