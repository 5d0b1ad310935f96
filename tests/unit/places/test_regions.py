"""The levels of UN M49."""

from __future__ import annotations

from places import regions
from places.countries import REGIONS, countries
from tests.support.tables import each_row


def test_there_are_the_33_regions_of_all_levels_with_codes_of_three_digits() -> None:
    assert len(regions.by_name()) == 33
    assert len({region.code for region in regions.by_name().values()}) == 33
    assert all(len(region.code) == 3 and region.code.isdigit() for region in regions.by_name().values())
    assert set(REGIONS) <= set(regions.by_name())


def test_the_world_is_every_country_and_the_continents_part_it() -> None:
    members = regions.members()
    continents = [members[name] for name in ("Africa", "Americas", "Antarctica", "Asia", "Europe", "Oceania")]

    assert members["World"] == set(countries())
    assert sum(map(len, continents)) == len(members["World"])
    assert frozenset().union(*continents) == members["World"]


@each_row(
    ("region", "parts"),
    [
        ("Africa", ("Northern Africa", "Sub-Saharan Africa")),
        ("Sub-Saharan Africa", ("Eastern Africa", "Middle Africa", "Southern Africa", "Western Africa")),
        ("Americas", ("North America", "South America")),
        ("Americas", ("Northern America", "Latin America and the Caribbean")),
        ("Latin America and the Caribbean", ("Caribbean", "Central America", "South America")),
        ("North America", ("Northern America", "Caribbean", "Central America")),
        ("Asia", ("Central Asia", "Eastern Asia", "South-eastern Asia", "Southern Asia", "Western Asia")),
        ("Europe", ("Eastern Europe", "Northern Europe", "Southern Europe", "Western Europe")),
        ("Oceania", ("Australia and New Zealand", "Melanesia", "Micronesia", "Polynesia")),
    ],
)
def test_a_region_is_all_of_its_parts(region: str, parts: tuple[str, ...]) -> None:
    members = regions.members()

    assert members[region] == frozenset().union(*(members[part] for part in parts))
    assert len(members[region]) == sum(len(members[part]) for part in parts)


@each_row(
    ("code", "region", "within"),
    [
        ("GG", "Northern Europe", True), ("SD", "Sub-Saharan Africa", False), ("EG", "Africa", True),
        ("TR", "Asia", True), ("RU", "Europe", True), ("RU", "Asia", False), ("CY", "Asia", True),
        ("MX", "North America", True), ("MX", "Northern America", False), ("GL", "Americas", True),
        ("TW", "Asia", True), ("XK", "Europe", True), ("TL", "Asia", True), ("PG", "Oceania", True),
        ("FR", "Europe", True), ("GF", "Europe", False), ("AQ", "World", True),
    ],
)  # fmt: skip
def test_a_country_is_in_every_region_around_it(code: str, region: str, within: bool) -> None:
    assert (code in regions.members()[region]) is within


def test_no_two_regions_share_a_name() -> None:
    texts = [text for value in regions.by_name().values() for text in (value.name, *value.also, *value.near)]

    assert len({*regions.spellings(), *regions.neighbours()}) == len(texts)


def test_a_code_of_three_digits_names_a_region() -> None:
    assert [regions.region_by_code(text) for text in ("002", " 419 ", "2", "999", "")] == [
        "Africa", "Latin America and the Caribbean", None, None, None,
    ]  # fmt: skip
