"""Areas with a polygon, distances, and names of provinces."""

from __future__ import annotations

import pytest

from places.polygons import distance_km, polygon_area, swapped_countries
from places.provinces import province_key
from tests.support.tables import each_row

LAKE = [(13.0, 12.0), (15.0, 12.0), (15.0, 14.0), (13.0, 14.0), (13.0, 12.0)]
ISLAND = [(13.8, 12.8), (14.2, 12.8), (14.2, 13.2), (13.8, 13.2), (13.8, 12.8)]


@each_row(
    ("latitude", "longitude", "inside"),
    [(13.5, 13.5, True), (13.0, 14.0, False), (12.0, 14.0, True), (12.0, 13.0, True), (13.5, 15.01, False)],
)
def test_an_area_holds_its_border_but_not_its_holes(latitude: float, longitude: float, inside: bool) -> None:
    assert polygon_area("lake", [[LAKE, ISLAND]]).contains(latitude, longitude) == inside


@each_row(
    ("longitude", "inside"),
    [(179.9, True), (-179.9, True), (180.0, True), (-180.0, True), (178.9, False), (0.0, False)],
)
def test_an_area_may_lie_on_both_sides_of_the_antimeridian(longitude: float, inside: bool) -> None:
    def box(west: float, east: float) -> list[tuple[float, float]]:
        return [(west, -20), (east, -20), (east, -15), (west, -15), (west, -20)]

    for parts in ([[box(179, 180)], [box(-180, -179)]], [[box(-180, -179)], [box(179, 180)]]):
        assert polygon_area("Fiji", parts).contains(-17, longitude) == inside


def test_a_point_on_the_antimeridian_is_in_an_area_that_ends_there_on_either_side() -> None:
    east = polygon_area("x", [[[(179, 0), (180, 0), (180, 1), (179, 1), (179, 0)]]])

    assert [east.contains(0.5, longitude) for longitude in (180.0, -180.0, -179.9)] == [True, True, False]


@each_row(
    ("rings", "reason"),
    [
        ([[(0, 0), (2, 2), (2, 0), (0, 2), (0, 0)]], "crosses itself, near longitude and latitude 1, 1"),
        ([LAKE, [(20, 20), (21, 20), (21, 21), (20, 20)]], "a hole lies outside its polygon"),
        ([[(0, 0), (1, 1), (2, 2), (0, 0)]], "crosses itself|fewer than three"),
    ],
)
def test_an_impossible_shape_is_refused(rings: list[list[tuple[float, float]]], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        polygon_area("x", [rings])


def test_an_area_knows_its_countries_and_those_of_its_mirror_image() -> None:
    lake = polygon_area("lake", [[LAKE]])
    mirrored = polygon_area("lake", [[[(latitude, longitude) for longitude, latitude in LAKE]]])
    atlantic = polygon_area("x", [[[(-40, 30), (-39, 30), (-39, 31), (-40, 30)]]])

    assert lake.countries == ("CM", "NE", "NG", "TD")
    assert swapped_countries(mirrored) == lake.countries
    assert (atlantic.countries, swapped_countries(atlantic)) == ((), ())


@each_row(
    ("start", "end", "km"),
    [
        ((50.8503, 4.3517), (48.8566, 2.3522), 264),  # Brussels and Paris
        ((16.27, -0.04), (16.27, -0.04), 0),
        ((-17.0, 179.9), (-17.0, -179.9), 21),  # across the antimeridian
        ((89.9, 0.0), (89.9, 180.0), 22),  # across the pole
        ((0.0, 0.0), (0.0, 180.0), 20_015),
    ],
)
def test_distances_are_great_circles(start: tuple[float, float], end: tuple[float, float], km: int) -> None:
    assert round(distance_km(*start, *end)) == km == round(distance_km(*end, *start))


@each_row(
    ("one", "other"),
    [
        ("Borno", "Borno state"),
        ("Borno", "BORNO STATE"),
        ("Tillabéri", "Tillaberi region"),
        ("Diffa", "Région de Diffa"),
        ("Homs", "Governorate of Homs"),
        ("North Kivu", "North-Kivu Province"),
    ],
)
def test_spellings_of_a_province_are_equal(one: str, other: str) -> None:
    assert province_key(one) == province_key(other)


@each_row(
    ("one", "other"),
    [
        ("North Kivu", "South Kivu"),
        ("Kivu", "North Kivu"),
        ("State", "Region"),
        ("De Aar", "Aar"),
        ("Nord", "Nord-Est"),
    ],
)
def test_other_provinces_are_not(one: str, other: str) -> None:
    assert province_key(one) != province_key(other)
