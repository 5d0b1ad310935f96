"""Named areas."""

from __future__ import annotations

import pytest

from places.areas import AreasError, packaged, read_areas


def test_a_country_may_be_in_several_areas_or_in_none() -> None:
    areas = packaged()

    assert areas.of("NE") == ("Lake Chad basin", "Sahel")
    assert areas.of("LY") == ("MENA", "Maghreb")
    assert areas.of("BE") == ()


def test_the_five_areas_come_with_a_version() -> None:
    areas = packaged()

    assert areas.version == 1
    assert set(areas.countries) == {"Sahel", "Maghreb", "Gulf", "MENA", "Lake Chad basin"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[", "not YAML"),
        ("areas: []", "version"),
        ("version: 1\nareas: [{name: X}]", "countries"),
        ("version: 1\nareas: [{countries: [ML]}]", "no name"),
        ("version: 1\nareas: [{name: X, countries: [ZZ]}]", "'ZZ' is no alpha-2 code"),
        ("version: 1\nareas: [{name: Nordic, countries: [NO]}]", "NO without quotes"),
        ("version: 1\nareas: [{name: X, contries: [ML]}]", "must hold"),
        ("version: 1\nareas: [{name: Western Africa, countries: [ML]}]", "another region"),
        ("version: 1\nareas: [{name: X, countries: [ML]}, {name: X, countries: [NE]}]", "area 2"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, told: str) -> None:
    with pytest.raises(AreasError, match=told):
        read_areas(text)
