"""Filters of alerts, written as for a subscription. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Literal

from history.alerts import AlertEntry
from places.areas import Areas
from schemas.alert import AlertEvent
from schemas.codes import AlertKind
from schemas.labels import KINDS, OF_COUNTRIES
from schemas.subscription import Clause, Subscription
from streams.dispatch.matching import wants

LeftOut = Literal["returns", "candidates"]
"""Alerts that are not news: of a kind that is only sent on request, or never confirmed."""

EVERYTHING = Subscription(clauses=(Clause(kinds=OF_COUNTRIES),))
"""Selects alerts of every kind about countries."""


def kinds_of(wanted: Sequence[Subscription]) -> tuple[AlertKind, ...]:
    """Return the kinds of alerts that all of these filters may match."""
    return tuple(kind for kind in KINDS if all(any(kind in clause.kinds for clause in each.clauses) for each in wanted))


def names_of(wanted: Iterable[Subscription]) -> tuple[str, ...] | None:
    """Return names of groups, one of which every matching alert has; None: a matching alert may have any name."""
    for each in wanted:
        if all(clause.groups for clause in each.clauses):
            return tuple(name for clause in each.clauses for name in clause.groups)
    return None


def is_left_out(entry: AlertEntry, without: Collection[LeftOut]) -> bool:
    """Whether an alert is left out as a candidate or a return. News that became a return stays."""
    if entry.announced is None:
        return "candidates" in without
    is_news = KINDS[entry.announced].by_default or KINDS[entry.latest.kind].by_default
    return "returns" in without and not is_news


def was_announced_as(entry: AlertEntry, wanted: Sequence[Subscription], areas: Areas) -> bool:
    """Whether these filters match an alert as it is, or with the kind with which it was announced."""
    kinds = dict.fromkeys((entry.latest.kind, entry.announced or entry.latest.kind))
    return any(matches(entry.latest.replace(kind=kind), wanted, areas) for kind in kinds)


def concerns(event: AlertEvent, wanted: Sequence[Subscription], areas: Areas) -> bool:
    """Whether these filters match an alert as an event leaves it, or with the kind that the event ends.

    So a reader of a filtered stream learns that a first appearance was none.
    """
    ended = {change.old for change in event.changes if change.what == "kind"}
    kinds = [event.kind, *(kind for kind in KINDS if kind in ended)]
    return any(matches(event.replace(kind=kind), wanted, areas) for kind in kinds)


def matches(alert: AlertEvent, wanted: Iterable[Subscription], areas: Areas) -> bool:
    """Whether all of these filters match an alert; without a filter, every alert matches.

    A retracted alert has no origin left; it matches as if it still had one.
    """
    if not alert.why.origins:
        alert = alert.replace(why=alert.why.replace(origins=1))
    return all(wants(each, alert, areas) for each in wanted)
