"""A text that is no country's name -> one sentence on what is wrong, and which countries may have been meant.

Only ever feeds refusals: nothing found here resolves anything. What the text names among other words comes from
here, what it is spelt like from :mod:`places.similar_names`; the best is first.
"""

from __future__ import annotations

import re

from places.regions import name_and_code
from places.result import Unresolvable, Unresolved
from places.similar_names import Similarity, similar_countries
from places.spelling import key
from places.tables import tables

_SEPARATORS = re.compile(r"\s*[/,;+&|()]\s*|\s+(?:and|or|et|y|und|/|-|–)\s+", re.IGNORECASE)  # noqa: RUF001
_LEAST_LETTERS = 4
_LONGEST_NAME = 7
_MOST = 4
_SLIP = 0.86
"""A text that is this much like a name is that name misspelt, whatever else stands in it."""


def explain_unresolved(shown: str) -> Unresolved:
    """Return the refusal of a text that names no country as it stands."""
    parts = _named_within(shown)
    common = frozenset.intersection(*map(frozenset, parts)) if parts else frozenset()
    if parts and not common:
        return Unresolved(
            Unresolvable.SEVERAL_COUNTRIES,
            f'"{shown}" names several countries: write one sighting for each, with one country.',
            _suggested(list(dict.fromkeys(code for part in parts for code in part))),
        )
    likely = similar_countries(key(shown))
    inside = [code for code in dict.fromkeys(code for part in parts for code in part) if code in common]
    slip = bool(likely) and likely[0].score >= _SLIP and likely[0].country not in common
    suggestions = _suggested(_ordered(inside, likely, slip=slip))
    if inside and not slip:
        return Unresolved(
            Unresolvable.MORE_THAN_A_NAME,
            f'"{shown}" says more than a country\'s name: write the name alone, if the sighting lies in that country.',
            suggestions,
        )
    code = tables().codes.get(shown.upper())
    if code:
        return Unresolved(
            Unresolvable.UNKNOWN,
            f'"{shown}" is no country\'s name: if it is meant as a code, write it in capitals.',
            (name_and_code(code),),
        )
    instead = "write one of these" if suggestions else "write the country's English name or its code"
    return Unresolved(
        Unresolvable.UNKNOWN, f'"{shown}" is not a country\'s name or ISO 3166-1 code: {instead}.', suggestions
    )


def _named_within(shown: str) -> list[tuple[str, ...]]:
    """Return what the text names among other words, in its order: of each the countries that it may be.

    Codes count between separators. Names that are refused count with what they suggest: "Niger State, Nigeria".
    """
    known = {**tables().abbreviations, **tables().codes}
    codes = [known.get(part.strip()) for part in _SEPARATORS.split(shown)]
    words = [word.strip("?!*<>=~") for word in key(shown).split()]
    found: list[tuple[str, ...]] = []
    start = 0
    while start < len(words):
        length, named = next(
            (
                (length, named)
                for length in range(min(_LONGEST_NAME, len(words) - start), 0, -1)
                if (named := _countries(" ".join(words[start : start + length])))
            ),
            (1, ()),
        )
        found += [named] if named else []
        start += length
    return list(dict.fromkeys([*found, *((code,) for code in codes if code)]))


def _countries(spelling: str) -> tuple[str, ...]:
    if len(spelling) < _LEAST_LETTERS:
        return ()
    code = tables().names.get(spelling)
    if code:
        return (code,)
    refusal = tables().refused.get(spelling)
    if refusal is None or refusal.why is Unresolvable.UNKNOWN:
        return ()
    # "Island" may be Iceland, but is hardly so within a longer text.
    return () if refusal.why is Unresolvable.AMBIGUOUS and len(refusal.codes) == 1 else refusal.codes


def _ordered(inside: list[str], likely: list[Similarity], *, slip: bool) -> list[str]:
    """Return the countries, the best first: what is misspelt, then what is named, then what is somewhat alike."""
    alike_to = [one.country for one in likely]
    if slip:
        return list(dict.fromkeys([alike_to[0], *inside, *alike_to]))
    named = sorted(inside, key=lambda code: alike_to.index(code) if code in alike_to else len(alike_to))
    close = [one.country for one in likely if one.close or not inside]
    return list(dict.fromkeys([*named, *close]))


def _suggested(codes: list[str]) -> tuple[str, ...]:
    return tuple(name_and_code(code) for code in codes[:_MOST])
