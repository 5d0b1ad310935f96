"""Names of regions and areas in filters -> their countries.

Regions are those of UN M49 (:mod:`places.regions`). Named areas, such as the Sahel, are versioned lists of countries in
``data/areas.yaml``. A country may be in several areas. Areas with a polygon (:mod:`places.polygons`) hold points
instead of countries; Firstseen ships none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache, cached_property
from importlib.resources import files
from typing import TYPE_CHECKING

import yaml

from places import regions
from places.spellings import key

if TYPE_CHECKING:
    from places.polygons import PolygonArea

_LONGEST = 100
"""Characters of a text that is compared with names."""

_MIN_SIMILARITY = 0.81
"""Minimum similarity of a misspelled name: "Arctic" is not "Antarctic"."""


@dataclass(frozen=True)
class Areas:
    """One version of the named areas."""

    version: int
    countries: Mapping[str, frozenset[str]]
    """Alpha-2 codes of the countries in each area."""
    also: Mapping[str, str] = field(default_factory=dict)
    """Name of the area for each of its other names."""
    polygons: Mapping[str, PolygonArea] = field(default_factory=dict)
    """Areas with a polygon by name. One may have the name of a region or of an area of countries."""

    def of(self, country: str) -> tuple[str, ...]:
        """Return the names of the areas that contain a country, sorted."""
        return tuple(sorted(name for name, codes in self.countries.items() if country in codes))

    def covered(self, name: str) -> frozenset[str]:
        """Return the countries of a region or area, by its canonical name; empty if the name does not exist."""
        return self.countries.get(name) or regions.members().get(name, frozenset())

    def all_covered(self, names: Iterable[str]) -> frozenset[str]:
        """Return the countries of all of these regions and areas."""
        return frozenset().union(*map(self.covered, names))

    def named(self, text: str) -> str | None:
        """Return the canonical name of a region or area; None if the text is not a name of one."""
        return self._spellings.get(key(text))

    def near(self, text: str) -> str | None:
        """Return the region or area that a text probably means; None if nothing is similar."""
        spelling = key(text)[:_LONGEST]
        if region := regions.neighbours().get(spelling):
            return region
        for place in range(len(spelling) - 1):  # two swapped letters, which count as a large difference in a short name
            swapped = f"{spelling[:place]}{spelling[place + 1]}{spelling[place]}{spelling[place + 2 :]}"
            if region := self._spellings.get(swapped):
                return region
        close = get_close_matches(spelling, self._spellings, n=1, cutoff=_MIN_SIMILARITY)
        return self._spellings[close[0]] if close else None

    def polygon(self, text: str) -> PolygonArea | None:
        """Return the area with a polygon of this name, in any spelling; None if there is none."""
        return self._polygon_spellings.get(key(text))

    def polygon_near(self, text: str) -> str | None:
        """Return the area with a polygon that a text probably means; None if nothing is similar."""
        close = get_close_matches(key(text)[:_LONGEST], self._polygon_spellings, n=1)
        return self._polygon_spellings[close[0]].name if close else None

    @cached_property
    def _polygon_spellings(self) -> Mapping[str, PolygonArea]:
        return {key(name): area for name, area in self.polygons.items()}

    @cached_property
    def _spellings(self) -> Mapping[str, str]:
        areas = {key(name): name for name in self.countries} | {key(text): name for text, name in self.also.items()}
        return {**regions.spellings(), **areas}


@cache
def packaged() -> Areas:
    """Return the areas that Firstseen ships in ``data/areas.yaml``."""
    content = yaml.safe_load((files("places") / "data" / "areas.yaml").read_text(encoding="utf-8"))
    countries = {area["name"]: frozenset(area["countries"]) for area in content["areas"]}
    also = {other: area["name"] for area in content["areas"] for other in area.get("also", ())}
    return Areas(content["version"], countries, also)
