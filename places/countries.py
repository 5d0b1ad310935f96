"""The list of countries: code -> English name and UN M49 region.

The region is the M49 intermediate region if there is one (Western Africa, Caribbean), else the sub-region (Western
Asia). M49 omits Taiwan and Kosovo; they are in Eastern Asia and Southern Europe. Antarctica has no sub-region and is a
region of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_WITH_ARTICLE = re.compile(
    r"^(United|DR |U\.S\.|British|French|Isle|Bahamas|Comoros|Gambia|Maldives|Netherlands|Philippines|Seychelles)"
    r"|Republic|Islands"
)


@dataclass(frozen=True, slots=True)
class Country:
    """One line of ``data/countries.tsv``."""

    code: str
    """ISO 3166-1 alpha-2 code, or XK."""
    alpha3: str
    """ISO 3166-1 alpha-3 code, or XKX."""
    name: str
    """Short English name."""
    region: str
    """Name of the UN M49 region."""


@cache
def countries() -> dict[str, Country]:
    """Return the 249 countries of ISO 3166-1 and Kosovo by alpha-2 code, ordered by code."""
    lines = (files("places") / "data" / "countries.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return {row[0]: Country(*row) for row in rows}


def region_of(country: str) -> str:
    """Return the name of the M49 region of an alpha-2 code. Raises KeyError for an unknown code."""
    return countries()[country].region


def country_name(code: str) -> str:
    """Return the short English name of an alpha-2 code. An unknown code is returned unchanged."""
    country = countries().get(code)
    return country.name if country else code


def country_in_text(code: str) -> str:
    """Return the name of a country as it stands within a sentence: ``the Gambia``."""
    name = country_name(code)
    return f"the {name}" if _WITH_ARTICLE.search(name) else name


def name_and_code(code: str) -> str:
    """Return name and code, as in suggestions: ``Nigeria (NG)``."""
    return f"{country_name(code)} ({code})"


REGIONS = (
    "Antarctica",
    "Australia and New Zealand",
    "Caribbean",
    "Central America",
    "Central Asia",
    "Channel Islands",
    "Eastern Africa",
    "Eastern Asia",
    "Eastern Europe",
    "Melanesia",
    "Micronesia",
    "Middle Africa",
    "Northern Africa",
    "Northern America",
    "Northern Europe",
    "Polynesia",
    "South America",
    "South-eastern Asia",
    "Southern Africa",
    "Southern Asia",
    "Southern Europe",
    "Western Africa",
    "Western Asia",
    "Western Europe",
)
"""Every region that :func:`region_of` returns."""
