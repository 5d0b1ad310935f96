"""A text that is not the name of a country -> an explanation, and suggestions.

Suggestions never resolve a place. They combine the countries that the text contains with similar names from
:mod:`places.similar_countries`. The best suggestion is first.
"""

from __future__ import annotations

import re

from places.countries import name_and_code
from places.result import Unresolvable, Unresolved
from places.similar_countries import Similarity, similar_countries
from places.spellings import key, tables

_SEPARATORS = re.compile(r"\s*[/,;+&|()]\s*|\s+(?:and|or|et|y|und|/|-|–)\s+", re.IGNORECASE)  # noqa: RUF001
_LEAST_LETTERS = 4
_LONGEST_NAME = 7
_MOST = 4
_SLIP = 0.86
"""Similarity from which a text counts as a misspelled name, even if it contains another name."""


def explain_unresolved(shown: str) -> Unresolved:
    """Return the explanation and suggestions for a text that is not the name of a country."""
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
            f'"{shown}" contains more than a country\'s name: write only the name, if the sighting is in that country.',
            suggestions,
        )
    code = tables().codes.get(shown.upper())
    if code:
        return Unresolved(
            Unresolvable.UNKNOWN,
            f'"{shown}" is not the name of a country: if it is a code, write it in capitals.',
            (name_and_code(code),),
        )
    instead = "" if suggestions else ": write the country's English name or its code"
    return Unresolved(
        Unresolvable.UNKNOWN, f'"{shown}" is not a country\'s name or ISO 3166-1 code{instead}.', suggestions
    )


def _named_within(shown: str) -> list[tuple[str, ...]]:
    """Return the countries for each name within the text, in order.

    Codes are recognised between separators. An unresolvable name stands for its suggestions: "Niger State, Nigeria".
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
    exclusion = tables().unresolvable.get(spelling)
    if exclusion is None or exclusion.why is Unresolvable.UNKNOWN:
        return ()
    # "Island" may mean Iceland by itself, but hardly within a longer text.
    return () if exclusion.why is Unresolvable.AMBIGUOUS and len(exclusion.codes) == 1 else exclusion.codes


def _ordered(inside: list[str], likely: list[Similarity], *, slip: bool) -> list[str]:
    """Return the countries, the best first: misspelled names, then contained names, then similar names."""
    similar = [similarity.country for similarity in likely]
    if slip:
        return list(dict.fromkeys([similar[0], *inside, *similar]))
    named = sorted(inside, key=lambda code: similar.index(code) if code in similar else len(similar))
    close = [similarity.country for similarity in likely if similarity.close or not inside]
    return list(dict.fromkeys([*named, *close]))


def _suggested(codes: list[str]) -> tuple[str, ...]:
    return tuple(name_and_code(code) for code in codes[:_MOST])
