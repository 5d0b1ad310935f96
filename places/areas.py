"""Named areas, such as the Sahel: lists of countries with a version, several for one country. Not UN M49."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from places.regions import REGIONS, countries


class AreasError(ValueError):
    """A list of areas cannot be used. The message says where and why."""


@dataclass(frozen=True, slots=True)
class Areas:
    """One version of all lists."""

    version: int
    countries: Mapping[str, frozenset[str]]
    """Name of an area -> the alpha-2 codes of its countries."""

    def of(self, country: str) -> tuple[str, ...]:
        """Return the names of the areas that a country is in, sorted."""
        return tuple(sorted(name for name, codes in self.countries.items() if country in codes))


@cache
def packaged() -> Areas:
    """Return the areas that come with Firstseen: ``data/areas.yaml``."""
    return read_areas((files("places") / "data" / "areas.yaml").read_text(encoding="utf-8"))


def read_areas(text: str) -> Areas:
    """Read YAML of the form ``{version, areas: [{name, countries, source}]}``. Raises AreasError."""
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise AreasError(f"it is not YAML: {error}") from error
    if not isinstance(content, dict) or not isinstance(content.get("version"), int):
        raise AreasError("it must hold a whole number `version` and a list `areas`")
    found: dict[str, frozenset[str]] = {}
    for number, entry in enumerate(content.get("areas") or [], start=1):
        name, codes = _entry(number, entry)
        if name in REGIONS or name in found:
            raise AreasError(f"area {number}: {name!r} is the name of another region or area")
        found[name] = codes
    return Areas(content["version"], found)


def _entry(number: int, entry: Any) -> tuple[str, frozenset[str]]:
    if not isinstance(entry, dict) or set(entry) - {"name", "countries", "source"}:
        raise AreasError(f"area {number}: it must hold `name`, `countries` and, if you like, `source`")
    name, codes = entry.get("name"), entry.get("countries")
    if not isinstance(name, str) or not name.strip():
        raise AreasError(f"area {number}: it has no name")
    if not isinstance(codes, list) or not codes:
        raise AreasError(f"area {number}, {name!r}: `countries` must be a list of ISO 3166-1 alpha-2 codes")
    for code in codes:
        if code not in countries():
            # YAML 1.1 reads an unquoted NO as false.
            shown = "NO without quotes" if code is False else repr(code)
            raise AreasError(f"area {number}, {name!r}: {shown} is no alpha-2 code of a country")
    return name.strip(), frozenset(codes)
