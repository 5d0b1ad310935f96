"""Places with several parts: which part determines the country, and which doubts result."""

from __future__ import annotations

import math

from places.gazetteer import PlaceAsWritten, Resolved, Unresolvable, Unresolved, resolve, resolve_text
from tests.support.tables import each_row


def in_diffa(country: str | None = None, place: str | None = None) -> PlaceAsWritten:
    return PlaceAsWritten(country=country, place=place, latitude=13.3154, longitude=12.6113)


def why(answer: Resolved | Unresolved) -> Unresolvable:
    assert isinstance(answer, Unresolved)
    return answer.why


def resolved(answer: Resolved | Unresolved) -> Resolved:
    assert isinstance(answer, Resolved)
    return answer


def test_name_and_point_that_agree_leave_no_doubt() -> None:
    assert resolve(PlaceAsWritten(country="Nigeria", latitude=12.0, longitude=8.52)) == Resolved("NG", "name")


def test_a_named_country_wins_over_a_point_elsewhere_and_says_so() -> None:
    answer = resolved(resolve(in_diffa("NG")))
    assert (answer.country, answer.how) == ("NG", "code")
    assert "the point lies in Niger" in str(answer.doubt)


def test_a_point_decides_where_no_country_is_written() -> None:
    assert resolved(resolve(in_diffa("  ", "Diffa"))).country == "NE"


def test_a_point_decides_with_a_doubt_where_the_country_is_not_understood() -> None:
    answer = resolved(resolve(in_diffa("Nigera")))
    assert (answer.country, answer.how) == ("NE", "point")
    assert "Nigera" in str(answer.doubt)


def test_a_country_and_a_point_that_both_fail_give_the_reason_of_the_country() -> None:
    assert why(resolve(PlaceAsWritten(country="Congo", latitude=0.0, longitude=0.0))) is Unresolvable.AMBIGUOUS


@each_row(("latitude", "longitude"), [(0.0, 0.0), (math.nan, 1.0), (1.0, None), (2.0, 4.0)])
def test_a_useless_point_is_a_doubt_beside_a_good_name(latitude: float, longitude: float | None) -> None:
    answer = resolved(resolve(PlaceAsWritten(country="Mali", latitude=latitude, longitude=longitude)))
    assert answer.country == "ML"
    assert answer.doubt


@each_row(("latitude", "longitude"), [(13.0, None), (None, 12.0), (0.0, 0.0), (121.0, 6.0)])
def test_an_incomplete_or_invalid_point_is_unresolved(latitude: float | None, longitude: float | None) -> None:
    assert why(resolve(PlaceAsWritten(latitude=latitude, longitude=longitude))) is Unresolvable.BAD_POINT


def test_the_open_sea_is_no_country() -> None:
    assert why(resolve(PlaceAsWritten(latitude=2.0, longitude=4.0))) is Unresolvable.OPEN_SEA


@each_row("place", [PlaceAsWritten(), PlaceAsWritten(place="Mali"), PlaceAsWritten(admin1="Borno", place="Maiduguri")])
def test_a_town_or_province_alone_never_resolves(place: PlaceAsWritten) -> None:
    assert why(resolve(place)) is Unresolvable.NOTHING_GIVEN


@each_row(
    "text",
    [
        "13.3154, 12.6113",
        "13.3154,12.6113",
        "13.3154 12.6113",
        "(13.3154; 12.6113)",
        "13.3154N 12.6113E",
        "13.3154° N, 12.6113° E",
    ],
)
def test_a_point_in_common_forms_is_read(text: str) -> None:
    assert resolved(resolve_text(text)).country == "NE"


@each_row(("text", "code"), [("NE", "NE"), ("Niger", "NE"), ("-25.7, 28.2", "ZA"), ("25.7S 28.2E", "ZA")])
def test_a_code_a_name_and_a_southern_point_are_read(text: str, code: str) -> None:
    assert resolved(resolve_text(text)).country == code


@each_row("text", ["", "12", "1,2,3", "13.3 / 12.6", "Diffa, 13.3, 12.6"])
def test_nothing_else_is_read(text: str) -> None:
    assert isinstance(resolve_text(text), Unresolved)
