"""UN M49 regions from ``data/regions.tsv``: their names, and the larger regions that contain them.

A country belongs to its smallest region (:func:`places.countries.region_of`) and to every region around it: Mali is in
Western Africa, Sub-Saharan Africa, Africa and World.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from places.countries import countries
from places.spellings import key, rows

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Region:
    """One line of ``data/regions.tsv``."""

    code: str
    """Three digits."""
    name: str
    within: tuple[str, ...]
    """Codes of the regions that contain it."""
    also: tuple[str, ...]
    """Other names of the region."""
    near: tuple[str, ...]
    """Names of similar areas, to suggest this region for them."""


@cache
def by_name() -> dict[str, Region]:
    """Return all regions of all levels by name."""
    found = {}
    for code, name, within, also, near in ((*row, "", "", "")[:5] for row in rows("regions.tsv")):
        found[name] = Region(code, name, tuple(within.split()), _names(also), _names(near))
    return found


@cache
def members() -> Mapping[str, frozenset[str]]:
    """Return the countries of each region, including those of its parts, by name of the region."""
    codes = {region.code: region for region in by_name().values()}

    def around(region: Region) -> set[str]:
        return {region.name}.union(*(around(codes[code]) for code in region.within))

    held: dict[str, set[str]] = {name: set() for name in by_name()}
    for country in countries().values():
        for name in around(by_name()[country.region]):
            held[name].add(country.code)
    return {name: frozenset(countries) for name, countries in held.items()}


@cache
def spellings() -> Mapping[str, str]:
    """Return the name of the region by :func:`places.spellings.key` of each of its names."""
    return {key(text): region.name for region in by_name().values() for text in (region.name, *region.also)}


@cache
def neighbours() -> Mapping[str, str]:
    """Return the name of the region to suggest for a similar area such as Scandinavia, by its key."""
    return {key(text): region.name for region in by_name().values() for text in region.near}


def region_by_code(text: str) -> str | None:
    """Return the name of the region with this three-digit code; None if there is none."""
    return next((region.name for region in by_name().values() if region.code == text.strip()), None)


def _names(listed: str) -> tuple[str, ...]:
    return tuple(listed.split("|")) if listed else ()
