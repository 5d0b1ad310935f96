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
from typing import Any

import yaml

from places import m49
from places.regions import countries
from places.spelling import key

_LONGEST = 100
"""Letters of a text that is compared with names."""


class AreasError(ValueError):
    """A list of areas cannot be used. The message says where and why."""


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
        close = get_close_matches(spelling, self._spellings, n=1, cutoff=0.75)
        return self._spellings[close[0]] if close else None

    @cached_property
    def _spellings(self) -> Mapping[str, str]:
        ours = {key(name): name for name in self.countries} | {key(text): name for text, name in self.also.items()}
        return {**m49.spellings(), **ours}


@cache
def packaged() -> Areas:
    """Return the areas that come with Firstseen: ``data/areas.yaml``."""
    return read_areas((files("places") / "data" / "areas.yaml").read_text(encoding="utf-8"))


def read_areas(text: str) -> Areas:
    """Read YAML of the form ``{version, areas: [{name, also, countries, source}]}``. Raises AreasError."""
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise AreasError(f"it is not YAML: {error}") from error
    if not isinstance(content, dict) or not isinstance(content.get("version"), int):
        raise AreasError("it must hold a whole number `version` and a list `areas`")
    found: dict[str, frozenset[str]] = {}
    others: dict[str, str] = {}
    taken = set(m49.spellings())
    for number, entry in enumerate(content.get("areas") or [], start=1):
        name, also, codes = _entry(number, entry)
        for written in (name, *also):
            if key(written) in taken:
                raise AreasError(f"area {number}: {written!r} is the name of another region or area")
            taken.add(key(written))
        found[name] = codes
        others |= dict.fromkeys(also, name)
    return Areas(content["version"], found, others)


def _entry(number: int, entry: Any) -> tuple[str, list[str], frozenset[str]]:
    if not isinstance(entry, dict) or set(entry) - {"name", "also", "countries", "source"}:
        raise AreasError(f"area {number}: it must hold `name`, `countries` and, if you like, `also` and `source`")
    name, also, codes = entry.get("name"), entry.get("also", []), entry.get("countries")
    if not isinstance(name, str) or not name.strip():
        raise AreasError(f"area {number}: it has no name")
    if not isinstance(also, list) or not all(isinstance(other, str) and other.strip() for other in also):
        raise AreasError(f"area {number}, {name!r}: `also` must be a list of other names")
    if not isinstance(codes, list) or not codes:
        raise AreasError(f"area {number}, {name!r}: `countries` must be a list of ISO 3166-1 alpha-2 codes")
    for code in codes:
        if code not in countries():
            # YAML 1.1 reads an unquoted NO as false.
            shown = "NO without quotes" if code is False else repr(code)
            raise AreasError(f"area {number}, {name!r}: {shown} is no alpha-2 code of a country")
    return name.strip(), [other.strip() for other in also], frozenset(codes)
