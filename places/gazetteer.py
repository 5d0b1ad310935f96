"""One place as written -> one country, possibly with a doubt, or a reason and suggestions.

Intake and ``firstseen countries resolve`` call it. A name must match a spelling exactly
(:mod:`places.spellings`); nothing is guessed. Codes must be in capitals, because "in", "is" and "no" are words.
:mod:`places.suggestions` adds suggestions for an unknown text; :mod:`places.points` finds the country of a point.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from places.countries import country_name, name_and_code
from places.points import country_at
from places.result import Resolved, Unresolvable, Unresolved
from places.spellings import Exclusion, key, light_key, tables, visible
from places.suggestions import explain_unresolved
from schemas.names import mixed_scripts

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


_COMBINED = re.compile(r"^(?P<name>.+?)\s*(?:[(\[](?P<inside>[^()\[\]]+)[)\]]|/(?P<other>[^()\[\]/]+))$")
_FORMERLY = re.compile(r"^(?:formerly|former|ex|also|a\.?k\.?a\.?|now)[\s-]+(?:known\s+as\s+)?", re.IGNORECASE)
_ARTICLE = re.compile("^the ", re.IGNORECASE)
LONGEST = 120
"""Characters. Longer texts are not names of countries."""


@lru_cache(maxsize=4096)
def country_named(text: str) -> Resolved | Unresolved:
    """Return the country that the whole text names, found by ``code`` or ``name``.

    "A (B)" and "A/B" name country A if B is its code or another present or former name: "Russia (Soviet Union)". A code
    next to a shared name decides: "Congo (CD)". Everything else is unresolved.
    """
    shown = visible(text)
    if not shown:
        return Unresolved(Unresolvable.NOTHING_GIVEN, "The country is blank: write its name or its ISO 3166-1 code.")
    if len(shown) > LONGEST or not any(character.isalpha() for character in shown):
        return Unresolved(Unresolvable.UNKNOWN, "This is not a name: write a country's name or its ISO 3166-1 code.")
    if mixed_scripts(shown):
        return Unresolved(Unresolvable.UNKNOWN, "One word mixes letters of several scripts: write it in one script.")
    return _by_code(shown) or _by_name(shown) or _by_combined_name(shown) or explain_unresolved(shown)


def _by_code(shown: str) -> Resolved | None:
    code = tables().codes.get(shown)
    if code:
        return Resolved(code, "code", tables().doubt(code, shown))
    bare = _ARTICLE.sub("", shown).replace(".", "").replace(" ", "")
    abbreviated = tables().abbreviations.get(bare)
    return Resolved(abbreviated, "name", tables().doubt(abbreviated, bare.upper())) if abbreviated else None


def _by_name(shown: str) -> Resolved | Unresolved | None:
    known = tables()
    spelling, light = key(shown), light_key(shown)
    exclusion = known.unresolvable_light.get(light) or known.unresolvable.get(spelling)
    if exclusion:
        return _unresolved(shown, exclusion)
    code = known.names.get(spelling) or known.names.get(light)
    return Resolved(code, "name", known.doubt(code, spelling)) if code else None


def _by_combined_name(shown: str) -> Resolved | None:
    match = _COMBINED.match(shown)
    if not match:
        return None
    first = _by_code(match["name"]) or _by_name(match["name"])
    second = _FORMERLY.sub("", (match["inside"] or match["other"]).strip())
    if isinstance(first, Unresolved) and first.why is Unresolvable.AMBIGUOUS:
        coded = _by_code(second)
        return coded if coded and name_and_code(coded.country) in first.suggestions else None
    if not isinstance(first, Resolved):
        return None
    other = _by_code(second) or _by_name(second)
    if isinstance(other, Resolved) and other.country == first.country:
        return Resolved(first.country, "name", first.doubt or other.doubt)
    former = tables().within.get(key(second), frozenset())
    return Resolved(first.country, "name", first.doubt) if first.country in former else None


def _unresolved(shown: str, exclusion: Exclusion) -> Unresolved:
    words = {
        Unresolvable.AMBIGUOUS: "is a name that several places share: write the intended one",
        Unresolvable.NOT_A_COUNTRY: "is not a present-day country: write the country in which it happened",
        Unresolvable.DISPUTED: "is disputed land that is assigned to no country here: write the intended country",
        Unresolvable.UNKNOWN: "is not the spelling of a country: write the name as suggested",
    }[exclusion.why]
    return Unresolved(exclusion.why, f'"{shown}" {words}.', tuple(name_and_code(code) for code in exclusion.codes))
