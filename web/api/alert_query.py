"""Filters of alerts, written as for a subscription. Pure."""

from __future__ import annotations

from places.areas import Areas
from schemas.alert import AlertEvent
from schemas.codes import AlertKind
from schemas.labels import KINDS
from schemas.subscription import Clause, Subscription
from streams.dispatch.matching import wants

EVERYTHING = Subscription(clauses=(Clause(kinds=tuple(KINDS)),))
"""Selects alerts of every kind."""


def kinds_of(wanted: Subscription) -> tuple[AlertKind, ...]:
    """Return the kinds of alerts that a filter may match."""
    return tuple(dict.fromkeys(kind for clause in wanted.clauses for kind in clause.kinds))


def matches(alert: AlertEvent, wanted: Subscription, areas: Areas) -> bool:
    """Whether a filter matches an alert. A retracted alert has no origin left; it matches as if it still had one."""
    if not alert.why.origins:
        alert = alert.replace(why=alert.why.replace(origins=1))
    return wants(wanted, alert, areas)
