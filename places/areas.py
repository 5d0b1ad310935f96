"""Regions and named areas as filters speak of them: a name -> the countries it stands for.

Regions are those of UN M49 (:mod:`places.m49`). Named areas, such as the Sahel, are lists of countries with a version
in ``data/areas.yaml``; a country may be in several.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache, cached_property
from importlib.resources import files

import yaml

from places import m49
from places.spelling import key

_LONGEST = 100
"""Letters of a text that is compared with names."""

_LIKE = 0.81
"""How much like a name a misspelt one is: "Arctic" is no "Antarctic"."""


@dataclass(frozen=True)
class Areas:
    """One version of all lists."""

    version: int
    countries: Mapping[str, frozenset[str]]
    """Name of an area -> the alpha-2 codes of its countries."""
    also: Mapping[str, str] = field(default_factory=dict)
    """Other names of areas -> their name."""

    def of(self, country: str) -> tuple[str, ...]:
        """Return the names of the areas that a country is in, sorted."""
        return tuple(sorted(name for name, codes in self.countries.items() if country in codes))

    def covered(self, name: str) -> frozenset[str]:
        """Return the countries of a region or area by its canonical name; none of a name that is none (any more)."""
        return self.countries.get(name) or m49.members().get(name, frozenset())

    def named(self, text: str) -> str | None:
        """Return the canonical name of the region or area that a text names; None when it names none."""
        return self._spellings.get(key(text))

    def near(self, text: str) -> str | None:
        """Return the region or area that may have been meant by a text that names none."""
        spelling = key(text)[:_LONGEST]
        if mostly := m49.neighbours().get(spelling):
            return mostly
        close = get_close_matches(spelling, self._spellings, n=1, cutoff=_LIKE)
        return self._spellings[close[0]] if close else None

    @cached_property
    def _spellings(self) -> Mapping[str, str]:
        ours = {key(name): name for name in self.countries} | {key(text): name for text, name in self.also.items()}
        return {**m49.spellings(), **ours}


@cache
def packaged() -> Areas:
    """Return the areas that come with Firstseen: ``data/areas.yaml``."""
    content = yaml.safe_load((files("places") / "data" / "areas.yaml").read_text(encoding="utf-8"))
    countries = {area["name"]: frozenset(area["countries"]) for area in content["areas"]}
    also = {other: area["name"] for area in content["areas"] for other in area.get("also", ())}
    return Areas(content["version"], countries, also)
