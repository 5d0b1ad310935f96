"""Validation of sightings: a record in; a sighting with its country and region, or a rejection, out.

Intake applies it to every record. The command line and HTTP apply it to their input before they publish it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from faust_batches.step import Incoming
from places.countries import region_of
from places.gazetteer import PlaceAsWritten, Resolved, Unresolved, resolve
from schemas.evidence import LONGEST_DOUBT
from schemas.limits import shorten
from schemas.rejection import Reason
from schemas.sighting import Sighting
from streams.intake.day_limits import DayPolicy, why_impossible
from streams.intake.parse import Rejected, parse, unexpected_failure


@dataclass(frozen=True, slots=True)
class Location:
    """Country and region in which a sighting counts."""

    country: str
    """ISO 3166-1 alpha-2 code, or XK."""
    region: str
    """Name of the UN M49 region."""
    doubt: str | None
    """Reason why the country is uncertain; None if it is certain."""


class Checked(NamedTuple):
    """Result of the validation of a record."""

    sighting: Sighting | None
    """None if the record cannot be parsed."""
    location: Location | None = None
    """None for a retraction, which needs no location, and for a rejected record."""
    rejected: Rejected | None = None
    """The rejection; None for a valid sighting."""

    @property
    def valid_or_rejected(self) -> Sighting | Rejected:
        """The sighting if it is valid, else the rejection."""
        if self.rejected:
            return self.rejected
        assert self.sighting is not None
        return self.sighting


def check_record(record: Incoming, days: DayPolicy) -> Checked:
    """Parse a record, then check its days and resolve its location. Never raises."""
    sighting = parse(record)
    if isinstance(sighting, Rejected):
        return Checked(None, rejected=sighting)
    location = check_sighting(sighting, record.arrived, days)
    if isinstance(location, Rejected):
        return Checked(sighting, rejected=location)
    return Checked(sighting, location)


def check_sighting(sighting: Sighting, arrived: datetime, days: DayPolicy) -> Location | Rejected | None:
    """Return the location of a sighting that arrives at ``arrived``, UTC, or its rejection. None for a retraction.

    Never raises: an unexpected exception becomes a rejection.
    """
    if sighting.retracted:
        return None
    try:
        if sighting.occurred and (problem := why_impossible(sighting.occurred, arrived, days)):
            return Rejected(Reason.BAD_DAYS, f"occurred: {problem}")
        return locate(sighting)
    except Exception as error:  # noqa: BLE001 - no input may stop intake
        return unexpected_failure(error)


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
