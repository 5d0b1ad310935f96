"""Does this subscription want this alert, and is the alert muted? One predicate each, for every kind of alert."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from places.areas import Areas
from schemas.alert import AlertEvent
from schemas.names import comparable
from schemas.subscription import Clause, Mute, Subscription


def wants(subscription: Subscription, alert: AlertEvent, areas: Areas) -> bool:
    """Whether any clause of the subscription matches the alert.

    A ``spread`` matches a place if any of its countries does; it is excluded only if all of them are.
    """
    return any(_matches(clause, alert, areas) for clause in subscription.clauses)


def muted(mutes: Iterable[Mute], alert: AlertEvent, at: datetime) -> bool:
    """Whether mutes of a destination cover an alert at this time, UTC.

    A ``spread`` is muted only if all of its countries are, whether by one mute or by several.
    """
    active = [mute for mute in mutes if at < mute.until and (mute.group is None or _names_any((mute.group,), alert))]
    return any(mute.country is None for mute in active) or _countries(alert) <= {mute.country for mute in active}


def _matches(clause: Clause, alert: AlertEvent, areas: Areas) -> bool:
    countries = _countries(alert)
    return (
        alert.kind in clause.kinds
        and alert.why.origins >= clause.least_origins
        and (not clause.groups or _names_any(clause.groups, alert))
        and not _names_any(clause.not_groups, alert)
        and (not clause.countries or not countries.isdisjoint(clause.countries))
        and not countries.issubset(clause.not_countries)
        and (not clause.regions or not countries.isdisjoint(_covered(clause.regions, areas)))
        and not countries <= _covered(clause.not_regions, areas)
    )


def _countries(alert: AlertEvent) -> set[str]:
    return {alert.country, *alert.countries}


def _names_any(groups: tuple[str, ...], alert: AlertEvent) -> bool:
    """Whether any of these names is a name of the alert's group."""
    if not groups:
        return False
    names = {comparable(name) for name in (alert.group, *alert.names)}
    return any(comparable(group) in names for group in groups)


def _covered(regions: tuple[str, ...], areas: Areas) -> set[str]:
    return {country for name in regions for country in areas.covered(name)}
