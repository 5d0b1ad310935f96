"""Country as written -> the country, or a reason. It matches :func:`places.spelling.key` exactly and never guesses.

:mod:`places.gazetteer` calls it. Codes must be in capitals, because "in", "is" and "no" are words. For an unknown text,
:mod:`places.suggestions` adds suggestions.
"""

from __future__ import annotations

import re
from functools import lru_cache

from places.regions import name_and_code
from places.result import Resolved, Unresolvable, Unresolved
from places.spelling import key, light_key, visible
from places.suggestions import explain_unresolved
from places.tables import Exclusion, tables
from schemas.names import mixed_scripts

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
