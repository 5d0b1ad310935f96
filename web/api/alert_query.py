"""Filters of alerts, written as for a subscription. Pure."""

from __future__ import annotations

from places.areas import Areas
from schemas.alert import AlertEvent
from schemas.codes import AlertKind
from schemas.labels import KINDS
from schemas.subscription import Clause, Subscription
from streams.dispatch.filters.errors import FilterError
from streams.dispatch.filters.parser import parse_filter
from streams.dispatch.matching import wants

_EVERYTHING = Subscription(clauses=(Clause(kinds=tuple(KINDS)),))


def subscription_of(text: str, areas: Areas) -> Subscription | FilterError:
    """Return a filter, written as for a subscription; without text it selects alerts of every kind."""
    if not text.strip():
        return _EVERYTHING
    parsed = parse_filter(text, areas)
    return parsed if isinstance(parsed, FilterError) else parsed.subscription


def kinds_of(wanted: Subscription) -> tuple[AlertKind, ...]:
    """Return the kinds of alerts that a filter may match."""
    return tuple(dict.fromkeys(kind for clause in wanted.clauses for kind in clause.kinds))


def matches(alert: AlertEvent, wanted: Subscription, areas: Areas) -> bool:
    """Whether a filter matches an alert. A retracted alert has no origin left; it matches as if it still had one."""
    if not alert.why.origins:
        alert = alert.replace(why=alert.why.replace(origins=1))
    return wants(wanted, alert, areas)
