"""Regions of UN M49."""

from __future__ import annotations

import pytest

from places.countries import REGIONS, countries, country_name, region_of
from tests.support.tables import each_row


def test_there_are_the_249_countries_of_iso_3166_and_kosovo() -> None:
    assert len(countries()) == 250
    assert len({country.alpha3 for country in countries().values()}) == 250
    assert "XK" in countries()


def test_the_regions_are_exactly_those_that_countries_are_in() -> None:
    assert {country.region for country in countries().values()} == set(REGIONS)


@each_row(
    ("code", "region"),
    [
        ("NG", "Western Africa"), ("SH", "Western Africa"), ("MR", "Western Africa"), ("CD", "Middle Africa"),
        ("TD", "Middle Africa"), ("SO", "Eastern Africa"), ("SS", "Eastern Africa"), ("MZ", "Eastern Africa"),
        ("IO", "Eastern Africa"), ("TF", "Eastern Africa"), ("SD", "Northern Africa"), ("EH", "Northern Africa"),
        ("SZ", "Southern Africa"), ("SY", "Western Asia"), ("CY", "Western Asia"), ("GE", "Western Asia"),
        ("TR", "Western Asia"), ("PS", "Western Asia"), ("IR", "Southern Asia"), ("AF", "Southern Asia"),
        ("KZ", "Central Asia"), ("PH", "South-eastern Asia"), ("TL", "South-eastern Asia"), ("TW", "Eastern Asia"),
        ("MN", "Eastern Asia"), ("RU", "Eastern Europe"), ("CZ", "Eastern Europe"), ("DE", "Western Europe"),
        ("GB", "Northern Europe"), ("LT", "Northern Europe"), ("AX", "Northern Europe"), ("GG", "Channel Islands"),
        ("JE", "Channel Islands"), ("XK", "Southern Europe"), ("SI", "Southern Europe"), ("VA", "Southern Europe"),
        ("MX", "Central America"), ("CU", "Caribbean"), ("BQ", "Caribbean"), ("US", "Northern America"),
        ("BM", "Northern America"), ("GL", "Northern America"), ("PM", "Northern America"), ("FK", "South America"),
        ("GS", "South America"), ("BV", "South America"), ("CC", "Australia and New Zealand"), ("FJ", "Melanesia"),
        ("KI", "Micronesia"), ("UM", "Micronesia"), ("TV", "Polynesia"), ("PN", "Polynesia"), ("AQ", "Antarctica"),
    ],
)  # fmt: skip
def test_a_country_is_in_its_m49_region(code: str, region: str) -> None:
    assert region_of(code) == region


def test_a_country_has_a_short_english_name() -> None:
    assert [country_name(code) for code in ("NG", "CD", "KP", "FM")] == [
        "Nigeria",
        "DR Congo",
        "North Korea",
        "Micronesia",
    ]


def test_an_unknown_code_raises_key_error() -> None:
    with pytest.raises(KeyError):
        region_of("ZZ")
