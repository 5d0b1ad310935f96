"""Does this subscription want this alert, and is it muted? One predicate for every class of alert."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from places.areas import Areas
from schemas.alert import AlertEvent
from schemas.names import comparable
from schemas.subscription import Clause, Mute, Subscription


def wants(subscription: Subscription, alert: AlertEvent, areas: Areas) -> bool:
    """Whether any clause of the subscription lets the alert through.

    A ``spread`` is where any of its countries is, and is left out only with all of them.
    """
    return any(_lets_through(clause, alert, areas) for clause in subscription.clauses)


def muted(mutes: Iterable[Mute], alert: AlertEvent, at: datetime) -> bool:
    """Whether a destination with these mutes does not want to hear of an alert at this time, UTC.

    A ``spread`` is muted only with all of its countries, be it by several mutes.
    """
    active = [
        one for one in mutes if at < one.until and (one.group is None or _names_one_of((one.group,), alert))
    ]  # fmt: skip
    return any(one.country is None for one in active) or _countries(alert) <= {one.country for one in active}


def _lets_through(clause: Clause, alert: AlertEvent, areas: Areas) -> bool:
    countries = _countries(alert)
    return (
        alert.kind in clause.kinds
        and alert.why.origins >= clause.least_origins
        and (not clause.groups or _names_one_of(clause.groups, alert))
        and not _names_one_of(clause.not_groups, alert)
        and (not clause.countries or not countries.isdisjoint(clause.countries))
        and not countries.issubset(clause.not_countries)
        and (not clause.regions or not countries.isdisjoint(_covered(clause.regions, areas)))
        and not countries <= _covered(clause.not_regions, areas)
    )


def _countries(alert: AlertEvent) -> set[str]:
    return {alert.country, *alert.countries}


def _names_one_of(groups: tuple[str, ...], alert: AlertEvent) -> bool:
    if not groups:
        return False
    names = {comparable(name) for name in (alert.group, *alert.names)}
    return any(comparable(group) in names for group in groups)


def _covered(regions: tuple[str, ...], areas: Areas) -> set[str]:
    return {country for name in regions for country in areas.covered(name)}
