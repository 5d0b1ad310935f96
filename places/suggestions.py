"""A text that is no country's name -> one sentence on what is wrong, and which countries may have been meant.

Only ever feeds refusals: nothing found here resolves anything.
"""

from __future__ import annotations

import difflib
import re
from functools import cache

from places.answers import Unresolvable, Unresolved
from places.regions import countries, labelled
from places.spelling import key
from places.tables import tables

_SEPARATORS = re.compile(r"\s*[/,;+&|()]\s*|\s+(?:and|or|et|y|und|/|-|–)\s+", re.IGNORECASE)  # noqa: RUF001
_LEAST_LETTERS = 4
_LONGEST_NAME = 7
_ALIKE = 0.72
_STEM = 5
_MOST = 3


def explain(shown: str) -> Unresolved:
    """Return the refusal of a text that names no country as it stands."""
    inside = _named_within(shown)
    suggestions = tuple(labelled(code) for code in inside[:_MOST])
    if len(inside) > 1:
        return Unresolved(
            Unresolvable.SEVERAL_COUNTRIES,
            f'"{shown}" names several countries: write one sighting for each, with one country.',
            suggestions,
        )
    if inside:
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
            (labelled(code),),
        )
    return Unresolved(
        Unresolvable.UNKNOWN,
        f'"{shown}" is not a country\'s name or ISO 3166-1 code: write one of these.',
        tuple(labelled(code) for code in _alike(key(shown))),
    )


def _named_within(shown: str) -> list[str]:
    """Return the countries that the text names among other words, in their order; codes count between separators."""
    known = {**tables().abbreviations, **tables().codes}
    codes = [known.get(part.strip()) for part in _SEPARATORS.split(shown)]
    words = [word.strip("?!*<>=~") for word in key(shown).split()]
    found: list[str] = []
    start = 0
    while start < len(words):
        length, code = next(
            (
                (length, code)
                for length in range(min(_LONGEST_NAME, len(words) - start), 0, -1)
                if (code := _long_name(" ".join(words[start : start + length])))
            ),
            (1, None),
        )
        found += [code] if code else []
        start += length
    return list(dict.fromkeys([*found, *(code for code in codes if code)]))


def _long_name(spelling: str) -> str | None:
    return tables().names.get(spelling) if len(spelling) >= _LEAST_LETTERS else None


@cache
def _english() -> dict[str, str]:
    return {key(country.name): country.code for country in countries().values()}


def _alike(spelling: str) -> list[str]:
    """Return up to three countries whose English name is close, or begins as the text does ("Nigerian")."""
    if len(spelling) < _LEAST_LETTERS:
        return []
    close = difflib.get_close_matches(spelling, _english(), n=_MOST, cutoff=_ALIKE)
    begun = [name for name in _english() if len(spelling) > _STEM and name.startswith(spelling[:_STEM])]
    return [_english()[name] for name in list(dict.fromkeys([*close, *begun]))[:_MOST]]
