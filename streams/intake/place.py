"""The place of a sighting becomes a country and its region, or a refusal with suggestions."""

from __future__ import annotations

from dataclasses import dataclass

from places.gazetteer import PlaceAsWritten, Unresolved, resolve
from places.regions import region_of
from schemas.rejection import Reason
from schemas.sighting import Sighting
from streams.intake.parse import Refused


@dataclass(frozen=True, slots=True)
class Located:
    """Where a sighting counts."""

    country: str
    """ISO 3166-1 alpha-2, or XK."""
    region: str
    """UN M49 region, by name."""
    doubt: str | None
    """Why the country is not certain."""


def locate(sighting: Sighting) -> Located | Refused:
    """Resolve the place as written. Never a guess: what gives no single country is refused."""
    written = PlaceAsWritten(sighting.country, sighting.admin1, sighting.place, sighting.latitude, sighting.longitude)
    place = resolve(written)
    if isinstance(place, Unresolved):
        return Refused(Reason.COUNTRY_UNRESOLVED, place.detail, place.suggestions)
    return Located(place.country, region_of(place.country), place.doubt)
