"""Does this subscription want this alert? One predicate for every class of alert."""

from __future__ import annotations

from places.areas import Areas
from schemas.alert import AlertEvent
from schemas.codes import comparable
from schemas.subscription import Subscription


def wants(subscription: Subscription, alert: AlertEvent, areas: Areas) -> bool:
    """Whether every filter of the subscription lets the alert through; a filter that is left out lets all through.

    A ``spread`` is where any of its countries is.
    """
    countries = {alert.country, *alert.countries}
    return (
        alert.kind in subscription.kinds
        and (subscription.groups is None or _names_one_of(subscription.groups, alert))
        and (subscription.countries is None or not countries.isdisjoint(subscription.countries))
        and (subscription.regions is None or _is_in_one_of(subscription.regions, alert.region, countries, areas))
    )


def _names_one_of(groups: tuple[str, ...], alert: AlertEvent) -> bool:
    names = {comparable(name) for name in (alert.group, *alert.names)}
    return any(comparable(group) in names for group in groups)


def _is_in_one_of(regions: tuple[str, ...], region: str, countries: set[str], areas: Areas) -> bool:
    return any(name == region or not countries.isdisjoint(areas.countries.get(name, frozenset())) for name in regions)
