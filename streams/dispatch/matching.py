"""Does this subscription want this alert? One predicate for every class of alert."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from places.areas import Areas
from schemas.alert import AlertEvent
from schemas.codes import comparable
from schemas.subscription import Clause, Mute, Subscription


def wants(subscription: Subscription, alert: AlertEvent, areas: Areas) -> bool:
    """Whether any clause of the subscription lets the alert through."""
    return any(_lets_through(clause, alert, areas) for clause in subscription.clauses)


def muted(mutes: Iterable[Mute], alert: AlertEvent, at: datetime) -> bool:
    """Whether a mute that is not over says that the alert is not to be told."""
    countries = {alert.country, *alert.countries}
    return any(
        at < one.until
        and (one.group is None or _names_one_of((one.group,), alert))
        and (one.country is None or countries == {one.country})
        for one in mutes
    )


def _lets_through(clause: Clause, alert: AlertEvent, areas: Areas) -> bool:
    countries = {alert.country, *alert.countries}
    return (
        alert.kind in clause.kinds
        and alert.why.origins >= clause.least_origins
        and (not clause.groups or _names_one_of(clause.groups, alert))
        and not _names_one_of(clause.not_groups, alert)
        and (not clause.countries or not countries.isdisjoint(clause.countries))
        and not countries <= set(clause.not_countries)
        and (not clause.regions or any(_lies_in(clause.regions, alert.region, one, areas) for one in countries))
        and not all(_lies_in(clause.not_regions, alert.region, one, areas) for one in countries)
    )


def _names_one_of(groups: tuple[str, ...], alert: AlertEvent) -> bool:
    names = {comparable(name) for name in (alert.group, *alert.names)}
    return any(comparable(group) in names for group in groups)


def _lies_in(regions: tuple[str, ...], region: str, country: str, areas: Areas) -> bool:
    return any(name == region or country in areas.countries.get(name, frozenset()) for name in regions)
