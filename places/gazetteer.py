"""One place as written -> one country, possibly with a doubt, or a reason and suggestions.

Intake and ``firstseen countries resolve`` call it. It passes names to :mod:`places.names` and points to
:mod:`places.points`, and combines
their results.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from places.names import country_named
from places.points import country_at
from places.regions import country_name
from places.result import Resolved, Unresolvable, Unresolved
from places.spelling import visible

__all__ = ["PlaceAsWritten", "Resolved", "Unresolvable", "Unresolved", "resolve", "resolve_text"]

_NUMBER = r"[+-]?\d{1,3}(?:\.\d+)?"
_SIGNED = re.compile(rf"^\(?\s*({_NUMBER})\s*°?\s*[,;\s]\s*({_NUMBER})\s*°?\s*\)?$")
_LETTERED = re.compile(
    r"^(\d{1,2}(?:\.\d+)?)\s*°?\s*([NS])\s*[,;\s]?\s*(\d{1,3}(?:\.\d+)?)\s*°?\s*([EW])$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class PlaceAsWritten:
    """Place as the producer wrote it. Any part may be absent."""

    country: str | None = None
    """Name or code."""
    admin1: str | None = None
    """State or province. It never determines the country, because the same names occur in several countries."""
    place: str | None = None
    """Town or village. It never determines the country either, even if it equals a country's name."""
    latitude: float | None = None
    """Degrees, WGS 84, north positive."""
    longitude: float | None = None
    """Degrees, WGS 84, east positive."""


def resolve(place: PlaceAsWritten) -> Resolved | Unresolved:
    """Return the country of a place.

    A named country takes precedence over the point; a point elsewhere, or an invalid one, adds a doubt. The point
    decides if no country is given and, with a doubt, if the country is not understood. If neither can be resolved, the
    result explains the name.
    """
    named = country_named(place.country) if place.country is not None and visible(place.country) else None
    if place.latitude is None and place.longitude is None:
        return named or _nothing_given(place)
    located = _located(place.latitude, place.longitude)
    if named is None:
        return located
    if isinstance(named, Resolved):
        return _checked(named, located)
    if isinstance(located, Resolved):
        doubt = f'the country "{visible(place.country or "")}" is not understood; the point determined the country'
        return replace(located, doubt=_joined(doubt, located.doubt))
    return named


def resolve_text(text: str) -> Resolved | Unresolved:
    """Return the country of a code, a name, or a point written as ``lat, lon`` or ``13.1N 14.2E``."""
    shown = visible(text)
    signed, lettered = _SIGNED.match(shown), _LETTERED.match(shown)
    if signed:
        return country_at(float(signed[1]), float(signed[2]))
    if lettered:
        south, west = lettered[2].upper() == "S", lettered[4].upper() == "W"
        return country_at(float(lettered[1]) * (-1 if south else 1), float(lettered[3]) * (-1 if west else 1))
    return country_named(text)


def _located(latitude: float | None, longitude: float | None) -> Resolved | Unresolved:
    if latitude is None or longitude is None:
        return Unresolved(
            Unresolvable.BAD_POINT, "Only one of latitude and longitude is given: provide both or neither."
        )
    return country_at(latitude, longitude)


def _checked(named: Resolved, located: Resolved | Unresolved) -> Resolved:
    if isinstance(located, Resolved):
        if located.country == named.country:
            return replace(named, doubt=named.doubt or located.doubt)
        return replace(named, doubt=_joined(f"the point lies in {country_name(located.country)}", named.doubt))
    if located.why is Unresolvable.BAD_POINT:
        return replace(named, doubt=_joined("the given point is invalid", named.doubt))
    if located.why is Unresolvable.OPEN_SEA:
        return replace(named, doubt=_joined("the given point lies in open sea", named.doubt))
    return replace(named, doubt=_joined("the given point is on a border or on disputed land", named.doubt))


def _joined(*doubts: str | None) -> str:
    return "; ".join(doubt for doubt in doubts if doubt)


def _nothing_given(place: PlaceAsWritten) -> Unresolved:
    if place.place or place.admin1:
        return Unresolved(
            Unresolvable.NOTHING_GIVEN,
            "A town or province does not determine the country: provide the country, or latitude and longitude.",
        )
    return Unresolved(Unresolvable.NOTHING_GIVEN, "No place is given: provide a country, or latitude and longitude.")
