"""Filters of alerts, written as for a subscription. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from places.areas import Areas
from schemas.alert import AlertEvent
from schemas.codes import AlertKind
from schemas.labels import KINDS, OF_COUNTRIES
from schemas.subscription import Clause, Subscription
from streams.dispatch.matching import wants

EVERYTHING = Subscription(clauses=(Clause(kinds=OF_COUNTRIES),))
"""Selects alerts of every kind about countries."""


def kinds_of(wanted: Sequence[Subscription]) -> tuple[AlertKind, ...]:
    """Return the kinds of alerts that all of these filters may match."""
    return tuple(kind for kind in KINDS if all(any(kind in clause.kinds for clause in each.clauses) for each in wanted))


def names_of(wanted: Iterable[Subscription]) -> tuple[str, ...] | None:
    """Return names of groups of which every alert that these filters match has one; None: it may have any."""
    for each in wanted:
        if all(clause.groups for clause in each.clauses):
            return tuple(name for clause in each.clauses for name in clause.groups)
    return None


def matches(alert: AlertEvent, wanted: Iterable[Subscription], areas: Areas) -> bool:
    """Whether all of these filters match an alert; without a filter, every alert matches.

    A retracted alert has no origin left; it matches as if it still had one.
    """
    if not alert.why.origins:
        alert = alert.replace(why=alert.why.replace(origins=1))
    return all(wants(each, alert, areas) for each in wanted)
