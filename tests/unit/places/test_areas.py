"""Named areas."""

from __future__ import annotations

from importlib.resources import files

import yaml

from places import regions
from places.areas import Areas, packaged
from places.gazetteer import country_named
from places.result import Resolved
from tests.support.tables import each_row


def test_a_country_may_be_in_several_areas_or_in_none() -> None:
    areas = packaged()

    assert areas.of("NE") == ("Lake Chad basin", "Liptako-Gourma", "Sahel")
    assert areas.of("LY") == ("MENA", "Maghreb")
    assert areas.of("PE") == ()


def test_the_areas_come_with_a_version() -> None:
    areas = packaged()

    assert areas.version == 2
    assert {"Sahel", "Maghreb", "Gulf", "MENA", "Middle East", "Horn of Africa", "Caucasus"} <= set(areas.countries)


def test_every_area_names_its_source() -> None:
    text = (files("places") / "data" / "areas.yaml").read_text(encoding="utf-8")

    assert [entry["name"] for entry in yaml.safe_load(text)["areas"] if not entry.get("source")] == []


@each_row(
    ("text", "name"),
    [
        ("Africa", "Africa"),
        ("the Americas", "Americas"),
        ("sub saharan africa", "Sub-Saharan Africa"),
        ("West Africa", "Western Africa"),
        ("South-East Asia", "South-eastern Asia"),
        ("Latin America & Caribbean", "Latin America and the Caribbean"),
        ("middle east", "Middle East"),
        ("Near East", "Middle East"),
        ("South Caucasus", "Caucasus"),
        ("GCC", "Gulf"),
        ("The Sahel", "Sahel"),
        ("Central Africa", None),
        ("Mali", None),
        ("", None),
    ],
)
def test_a_region_is_found_by_any_of_its_names(text: str, name: str | None) -> None:
    assert packaged().named(text) == name


@each_row(
    ("text", "name"),
    [
        ("Central Africa", "Middle Africa"),
        ("Latin America", "Latin America and the Caribbean"),
        ("America", "Americas"),
        ("Pacific", "Oceania"),
        ("Scandinavia", "Northern Europe"),
        ("Afrika", "Africa"),
        ("Horn of Afrika", "Horn of Africa"),
        ("Shael", "Sahel"),
        ("Sahle", "Sahel"),
        ("Zzzz", None),
    ],
)
def test_similar_areas_and_misspelled_names_suggest_a_region(text: str, name: str | None) -> None:
    assert packaged().near(text) == name


def test_an_area_covers_its_countries_and_an_unknown_area_covers_none() -> None:
    areas = Areas(1, {"Coast": frozenset({"NG"})})

    assert areas.covered("Coast") == {"NG"}
    assert "ML" in areas.covered("Africa")
    assert areas.covered("Sahel") == frozenset()


def test_no_name_of_anything_is_the_name_of_a_country() -> None:
    names = [*regions.by_name(), *packaged().countries, *packaged().also]
    others = [text for region in regions.by_name().values() for text in (*region.also, *region.near)]

    resolving = {text for text in (*names, *others) if isinstance(country_named(text), Resolved)}

    assert resolving == {"Antarctica", "Micronesia"}
