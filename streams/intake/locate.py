"""The place of a sighting becomes a country and its region, or a refusal with suggestions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from places.gazetteer import PlaceAsWritten, Resolved, Unresolved, resolve
from places.regions import region_of
from schemas.evidence import LONGEST_DOUBT
from schemas.limits import shorten
from schemas.rejection import Reason
from schemas.sighting import Sighting
from streams.intake.parse import Rejected


@dataclass(frozen=True, slots=True)
class Location:
    """Where a sighting counts."""

    country: str
    """ISO 3166-1 alpha-2, or XK."""
    region: str
    """UN M49 region, by name."""
    doubt: str | None
    """Why the country is not certain."""


def locate(sighting: Sighting) -> Location | Rejected:
    """Resolve the place as written. Never a guess: what gives no single country is refused."""
    latitude, longitude = sighting.latitude, sighting.longitude
    named = sighting.country is not None and latitude is None and longitude is None
    if named and (located := _located_by_name(sighting.country)):
        return located
    place = resolve(PlaceAsWritten(sighting.country, sighting.admin1, sighting.place, latitude, longitude))
    if isinstance(place, Unresolved):
        return Rejected(Reason.COUNTRY_UNRESOLVED, place.detail, place.suggestions)
    return _located(place)


@lru_cache(maxsize=4096)
def _located_by_name(country: str) -> Location | None:
    place = resolve(PlaceAsWritten(country))
    return _located(place) if isinstance(place, Resolved) else None


def _located(place: Resolved) -> Location:
    doubt = shorten(place.doubt, LONGEST_DOUBT) if place.doubt else None
    return Location(place.country, region_of(place.country), doubt)
