"""Points: cities at borders, small islands, disputed land, and the sea."""

from __future__ import annotations

import math
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from places.countries import countries
from places.points import country_at
from places.result import Resolved, Unresolvable, Unresolved
from tests.support.tables import each_row

CASES = [
    line.split("\t")
    for line in Path(__file__).with_name("points.tsv").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]


def test_the_table_is_long_enough_to_mean_something() -> None:
    assert len(CASES) >= 170


@each_row(("latitude", "longitude", "what", "expected"), CASES)
def test_difficult_points_have_the_expected_country_or_reason(
    latitude: str, longitude: str, what: str, expected: str
) -> None:
    answer = country_at(float(latitude), float(longitude))
    assert (answer.country if isinstance(answer, Resolved) else f"- {answer.why}") == expected, what


@each_row(
    ("latitude", "longitude"),
    [(0.0, 0.0), (0.001, -0.001), (91.0, 0.0), (120.5, 15.0), (10.0, 181.0), (math.nan, 3.0), (3.0, math.inf)],
)
def test_invalid_points_are_unresolved(latitude: float, longitude: float) -> None:
    answer = country_at(latitude, longitude)
    assert isinstance(answer, Unresolved)
    assert answer.why is Unresolvable.BAD_POINT


def test_swapped_latitude_and_longitude_are_named_as_such() -> None:
    answer = country_at(121.0022, 6.0522)
    assert isinstance(answer, Unresolved)
    assert "swapped" in answer.detail


@each_row(
    ("latitude", "longitude", "word"),
    [
        (44.6167, 33.5254, "Crimea"),
        (27.1253, -13.1625, "Sahara"),
        (34.0837, 74.7973, "Kashmir"),
        (9.56, 44.065, "Somaliland"),
    ],
)
def test_disputed_land_has_a_doubt(latitude: float, longitude: float, word: str) -> None:
    answer = country_at(latitude, longitude)
    assert isinstance(answer, Resolved)
    assert word in str(answer.doubt)


def test_a_nearby_border_is_a_doubt_and_a_distant_one_is_not() -> None:
    gisenyi, kano = country_at(-1.7028, 29.2564), country_at(12.0, 8.52)
    assert isinstance(gisenyi, Resolved)
    assert "DR Congo" in str(gisenyi.doubt)
    assert kano == Resolved("NG", "point")


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_any_point_on_earth_gets_an_answer(latitude: float, longitude: float) -> None:
    answer = country_at(latitude, longitude)
    assert answer.country in countries() if isinstance(answer, Resolved) else answer.detail.endswith(".")


@given(st.floats(-90, 90))
def test_180_and_minus_180_are_one_meridian(latitude: float) -> None:
    east, west = country_at(latitude, 180.0), country_at(latitude, -180.0)

    assert getattr(east, "country", None) == getattr(west, "country", None)
    assert getattr(east, "doubt", None) == getattr(west, "doubt", None)


@given(st.sampled_from([-90.0, 90.0]), st.floats(-180, 180))
def test_a_pole_is_one_point(latitude: float, longitude: float) -> None:
    answer = country_at(latitude, longitude)

    assert getattr(answer, "country", None) == ("AQ" if latitude < 0 else None)


@each_row("latitude", [-16.8, -16.5, 65.05, 66.5, 68.0, 68.98, 71.0, 71.2, -85.0])
def test_land_has_no_gap_along_the_antimeridian(latitude: float) -> None:
    beside = [degrees / 1e4 for degrees in (0, 0.01, 1, 5, 10, 50, 100, 150, 200)]
    answers = [country_at(latitude, side * (180 - off)) for off in beside for side in (1, -1)]

    assert len({getattr(answer, "country", None) for answer in answers}) == 1
    assert isinstance(answers[0], Resolved)


def test_the_shore_reaches_over_the_antimeridian() -> None:
    # Taveuni's land ends here at 179.99 east; across the line there is only its shore.
    within, beyond = country_at(-16.97, -179.99), country_at(-17.2, -179.99)

    assert isinstance(within, Resolved)
    assert isinstance(beyond, Unresolved)


@each_row(("latitude", "longitude"), [(22.2, 35.5), (9.6, 28.4), (41.9, 12.45)])
def test_borders_and_disputed_land_have_one_message_that_is_true_for_both(latitude: float, longitude: float) -> None:
    answer = country_at(latitude, longitude)
    assert isinstance(answer, Unresolved)
    assert ", or on land disputed between them: provide the country." in answer.detail
    assert len(answer.suggestions) == 2
