"""An alert's sightings, and the conditions of a clause on provinces, areas and circles -> whether one meets them all.

:mod:`streams.dispatch.matching` asks for each alert and clause; :mod:`streams.dispatch.place_filter` for sightings. The
places of an alert are those of the sightings that decided it, at most ten.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from places.areas import Areas
from places.polygons import distance_km
from places.provinces import province_key
from places.spelling import key
from schemas.alert import AlertEvent
from schemas.evidence import Evidence
from schemas.subscription import Circle, Clause


def names_places(clause: Clause) -> bool:
    """Whether a clause has conditions on provinces, areas or circles."""
    return clause.asks_for_places or clause.excludes_places


def meets_places(clause: Clause, alert: AlertEvent, areas: Areas) -> bool:
    """Whether one sighting of the alert meets all conditions of the clause on places; True if it has none.

    Of a spread, the sighting must also be in one of the countries and regions that the clause asks for.
    """
    if not names_places(clause):
        return True
    if alert.area:  # its sightings lie in it, whatever polygon this process knows by its name
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


def sighting_meets(clause: Clause, sighting: Evidence, areas: Areas) -> bool:
    """Whether a sighting meets all conditions of the clause on places, from its country to a circle."""
    return (
        (not clause.countries or sighting.country in clause.countries)
        and (not clause.regions or any(sighting.country in areas.covered(name) for name in clause.regions))
        and (not clause.within or _within(clause.within, sighting, areas))
        and not _within(clause.not_within, sighting, areas)
        and (not clause.provinces or _in_province(clause.provinces, sighting))
        and not _in_province(clause.not_provinces, sighting)
        and (not clause.near or _near(clause.near, sighting))
        and not _near(clause.not_near, sighting)
    )


def _within(names: Iterable[str], sighting: Evidence, areas: Areas) -> bool:
    """Whether a sighting has a point in one of the areas. An area that no longer exists contains nothing."""
    latitude, longitude = sighting.latitude, sighting.longitude
    if latitude is None or longitude is None:
        return False
    return any(area.contains(latitude, longitude) for name in names if (area := areas.polygon(name)))


def _in_province(names: Iterable[str], sighting: Evidence) -> bool:
    if sighting.admin1 is None:
        return False
    province = province_key(sighting.admin1)
    return any(province_key(name) == province for name in names)


def _near(circles: Iterable[Circle], sighting: Evidence) -> bool:
    latitude, longitude = sighting.latitude, sighting.longitude
    if latitude is None or longitude is None:
        return False
    return any(distance_km(latitude, longitude, circle.latitude, circle.longitude) <= circle.km for circle in circles)
