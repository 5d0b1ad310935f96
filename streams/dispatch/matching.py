"""An alert and a subscriber's rules -> whether the alert matches or is muted, and when it is due.

``fold.py`` calls it for every alert and subscriber. Alerts of every kind follow the same rules. Conditions on
provinces, areas and circles hold for the places of the sightings that decided an alert, at most ten;
:mod:`streams.dispatch.on_record_filter` applies them to other sightings.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from places.areas import Areas
from places.polygons import distance_km
from places.provinces import province_key
from places.spellings import key
from schemas.alert import AlertEvent
from schemas.evidence import Evidence
from schemas.names import comparable
from schemas.subscription import Circle, Clause, Mute, Subscriber, Subscription
from streams.dispatch.digest_times import next_digest_at


def wants(subscription: Subscription, alert: AlertEvent, areas: Areas) -> bool:
    """Whether any clause of the subscription matches the alert.

    A ``spread`` matches a place if any of its countries does; it is excluded only if all of them are.
    """
    return any(_matches(clause, alert, areas) for clause in subscription.clauses)


def still_wants(subscriber: Subscriber | None, alert: AlertEvent, at: datetime, areas: Areas) -> bool:
    """Whether a destination still wants an alert that has waited for its digest.

    False if it has unsubscribed or muted the alert since.
    """
    if subscriber is None or muted(subscriber.mutes, alert, at):
        return False
    return any(wants(subscription, alert, areas) for subscription in subscriber.subscriptions)


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
    return min(next_digest_at(subscription.daily, alert.arrived) for subscription in matching if subscription.daily)


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


class Located(NamedTuple):
    """The location of a sighting, as conditions on provinces, areas and circles need it."""

    country: str
    admin1: str | None
    latitude: float | None
    longitude: float | None


def names_places(clause: Clause) -> bool:
    """Whether a clause has conditions on provinces, areas or circles."""
    return clause.asks_for_places or clause.excludes_places


def meets_places(clause: Clause, alert: AlertEvent, areas: Areas) -> bool:
    """Whether one sighting of the alert meets all conditions of the clause on places; True if it has none.

    Of a spread, the sighting must also be in one of the countries and regions that the clause asks for.
    """
    if not names_places(clause):
        return True
    if alert.area:  # its sightings lie in the area, even if this process has another polygon of that name
        if _names(clause.not_within, alert.area):
            return False
        clause = clause.replace(within=()) if _names(clause.within, alert.area) else clause
    sightings = deciding_sightings(alert)
    if not sightings:
        return not clause.asks_for_places
    return any(sighting_meets(clause, sighting, areas) for sighting in sightings)


def _names(names: Iterable[str], area: str) -> bool:
    return any(key(name) == key(area) for name in names)


def deciding_sightings(alert: AlertEvent) -> Sequence[Evidence]:
    """Return the sightings that decide an alert; of a retraction, the one that no longer does."""
    if alert.type != "retraction":
        return alert.why.sightings
    last = alert.cause.before or alert.cause.sighting
    return (last,) if last else ()


def sightings_before(alert: AlertEvent) -> tuple[Evidence, ...]:
    """Return the sightings that decided an alert before its cause, as far as the event shows them."""
    cause = alert.cause
    before = [
        sighting for sighting in alert.why.sightings if not (cause.sighting and sighting.key == cause.sighting.key)
    ]
    gone = cause.sighting if cause.what == "withdrawn" else cause.before
    if gone and gone.country in {alert.country, *alert.countries}:
        before.append(gone)
    return tuple(before)


def sighting_meets(clause: Clause, sighting: Evidence | Located, areas: Areas) -> bool:
    """Whether a sighting meets all conditions of the clause on places, from its country to a circle."""
    return (
        (not clause.countries or sighting.country in clause.countries)
        and (not clause.regions or any(sighting.country in areas.covered(name) for name in clause.regions))
        and (not clause.within or _within(clause.within, sighting, areas))
        and not _within(clause.not_within, sighting, areas)
        and (not clause.provinces or in_province(clause.provinces, sighting))
        and not in_province(clause.not_provinces, sighting)
        and (not clause.near or _near(clause.near, sighting))
        and not _near(clause.not_near, sighting)
    )


def _within(names: Iterable[str], sighting: Evidence | Located, areas: Areas) -> bool:
    """Whether a sighting has a point in one of the areas. An area that no longer exists contains nothing."""
    latitude, longitude = sighting.latitude, sighting.longitude
    if latitude is None or longitude is None:
        return False
    return any(area.contains(latitude, longitude) for name in names if (area := areas.polygon(name)))


def in_province(names: Iterable[str], sighting: Evidence | Located) -> bool:
    """Whether a sighting is in one of the provinces, in any spelling."""
    if sighting.admin1 is None:
        return False
    province = province_key(sighting.admin1)
    return any(province_key(name) == province for name in names)


def _near(circles: Iterable[Circle], sighting: Evidence | Located) -> bool:
    latitude, longitude = sighting.latitude, sighting.longitude
    if latitude is None or longitude is None:
        return False
    return any(distance_km(latitude, longitude, circle.latitude, circle.longitude) <= circle.km for circle in circles)
