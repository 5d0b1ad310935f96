"""The place of a sighting -> its country and region, or a rejection with suggestions."""

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
    """Country and region in which a sighting counts."""

    country: str
    """ISO 3166-1 alpha-2 code, or XK."""
    region: str
    """Name of the UN M49 region."""
    doubt: str | None
    """Reason why the country is uncertain; None if it is certain."""


def locate(sighting: Sighting) -> Location | Rejected:
    """Resolve the place as written. A place that does not determine exactly one country is rejected, never guessed."""
    latitude, longitude = sighting.latitude, sighting.longitude
    only_named = sighting.country is not None and latitude is None and longitude is None
    if only_named and (location := _location_of_name(sighting.country)):
        return location
    place = resolve(PlaceAsWritten(sighting.country, sighting.admin1, sighting.place, latitude, longitude))
    if isinstance(place, Unresolved):
        return Rejected(Reason.COUNTRY_UNRESOLVED, place.detail, place.suggestions)
    return _location(place)


@lru_cache(maxsize=4096)
def _location_of_name(country: str) -> Location | None:
    place = resolve(PlaceAsWritten(country))
    return _location(place) if isinstance(place, Resolved) else None


def _location(place: Resolved) -> Location:
    doubt = shorten(place.doubt, LONGEST_DOUBT) if place.doubt else None
    return Location(place.country, region_of(place.country), doubt)
