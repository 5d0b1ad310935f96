"""UN M49: which region is a part of which, and what each is called. A region is all of its parts.

Comes from ``data/regions.tsv``. A country is in the smallest of them (:func:`places.regions.region_of`) and in every
one around it: Mali in Western Africa, Sub-Saharan Africa, Africa and World.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from places.regions import countries
from places.spelling import key
from places.tables import rows

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Region:
    """One line of ``data/regions.tsv``."""

    code: str
    """Three digits."""
    name: str
    within: tuple[str, ...]
    """Codes of the regions that it is a part of."""
    also: tuple[str, ...]
    """Other names of the same."""
    near: tuple[str, ...]
    """Names of something else that is mostly this."""


@cache
def regions() -> dict[str, Region]:
    """Return every region of every level by its name."""
    found = {}
    for code, name, within, also, near in ((*row, "", "", "")[:5] for row in rows("regions.tsv")):
        found[name] = Region(code, name, tuple(within.split()), _names(also), _names(near))
    return found


@cache
def members() -> Mapping[str, frozenset[str]]:
    """Return the countries of every region, by its name; of all its parts."""
    codes = {region.code: region for region in regions().values()}

    def around(region: Region) -> set[str]:
        return {region.name}.union(*(around(codes[code]) for code in region.within))

    held: dict[str, set[str]] = {name: set() for name in regions()}
    for country in countries().values():
        for name in around(regions()[country.region]):
            held[name].add(country.code)
    return {name: frozenset(countries) for name, countries in held.items()}


@cache
def spellings() -> Mapping[str, str]:
    """Return :func:`places.spelling.key` of every name of every region -> the name."""
    return {key(text): region.name for region in regions().values() for text in (region.name, *region.also)}


@cache
def neighbours() -> Mapping[str, str]:
    """Return :func:`places.spelling.key` of what is mostly a region, such as Scandinavia -> the name of the region."""
    return {key(text): region.name for region in regions().values() for text in region.near}


def region_by_code(text: str) -> str | None:
    """Return the name of the region with this code of three digits; None when there is none."""
    return next((region.name for region in regions().values() if region.code == text.strip()), None)


def _names(listed: str) -> tuple[str, ...]:
    return tuple(listed.split("|")) if listed else ()
