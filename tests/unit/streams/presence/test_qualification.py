"""Sightings that qualify."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from streams.presence.policy import Policy
from streams.presence.qualification import (
    count_origins,
    grade_of,
    is_corroborated,
    meets_threshold,
    origin_of,
    qualifies_alone,
)
from tests.support.builders import evidence
from tests.support.tables import each_row

GRADES = [letter + digit for letter in "ABCDEF" for digit in "123456"]
QUALIFYING = {
    "A1": ["A1"],
    "C3": ["A1", "A2", "A3", "B1", "B2", "B3", "C1", "C2", "C3"],
    "B6": ["A1", "A2", "A3", "A4", "A5", "A6", "B1", "B2", "B3", "B4", "B5", "B6"],
    "F1": ["A1", "B1", "C1", "D1", "E1", "F1"],
    "F6": GRADES,
}


@each_row("threshold", QUALIFYING)
def test_a_grade_qualifies_if_letter_and_digit_meet_the_threshold(threshold: str) -> None:
    assert [grade for grade in GRADES if meets_threshold(grade, threshold)] == QUALIFYING[threshold]
    policy = Policy(threshold=threshold)
    assert [grade for grade in GRADES if qualifies_alone(evidence(grade=grade), policy)] == QUALIFYING[threshold]


def test_the_default_threshold_is_c3() -> None:
    assert [grade for grade in GRADES if qualifies_alone(evidence(grade=grade), Policy())] == QUALIFYING["C3"]


def test_a_sighting_without_a_grade_has_that_of_its_source_or_f6() -> None:
    policy = Policy(source_grades={"acled": "B2"})

    assert grade_of(evidence(source="acled", grade="D5"), policy) == "D5"
    assert grade_of(evidence(source="acled", grade=None), policy) == "B2"
    assert grade_of(evidence(source="ACLED", grade=None), policy) == "F6"
    assert grade_of(evidence(source="blog", grade=None), policy) == "F6"


def test_the_origin_defaults_to_the_source_and_is_in_comparable_form() -> None:
    assert origin_of(evidence(source="Le Monde", origin=" A\u00a0F P ")) == "a f p"
    assert origin_of(evidence(source="Le  Monde")) == "le monde"


def origins_on(origins_by_day: dict[date, set[str]]) -> Callable[[date], set[str]]:
    return lambda day: origins_by_day.get(day, set())


def test_origins_count_once() -> None:
    seen = [evidence(origin="AFP"), evidence(origin="afp"), evidence(source="AFP"), evidence(origin="Reuters")]

    assert count_origins(seen) == 2
    assert count_origins([]) == 0


@each_row(("day", "corroborates"), [
    (27, False), (28, True), (29, True), (30, True), (31, True),
])  # fmt: skip
def test_another_origin_corroborates_from_three_days_before(day: int, corroborates: bool) -> None:
    others = origins_on({date(2017, 10, day): {"reuters"}})

    assert is_corroborated(evidence("2017-10-31", origin="AFP"), others, Policy()) == corroborates


@each_row(("day", "corroborates"), [(1, True), (2, True), (3, True), (4, False)])
def test_another_origin_corroborates_to_three_days_after(day: int, corroborates: bool) -> None:
    others = origins_on({date(2017, 11, day): {"afp", "reuters"}})

    assert is_corroborated(evidence("2017-10-31", origin="AFP"), others, Policy()) == corroborates


def test_the_same_origin_does_not_corroborate() -> None:
    assert not is_corroborated(
        evidence("2017-10-31", origin="AFP"), origins_on({date(2017, 10, 31): {"afp"}}), Policy()
    )
    assert not is_corroborated(evidence("2017-10-31"), origins_on({}), Policy())


@each_row("day", [date.min, date.max])
def test_at_the_ends_of_the_calendar_there_are_fewer_neighbours(day: date) -> None:
    seen = evidence(f"{day}", arrived="2017-11-01", origin="AFP")

    assert is_corroborated(seen, origins_on({day: {"reuters"}}), Policy())
    assert not is_corroborated(seen, origins_on({}), Policy())


def test_the_policy_sets_the_corroboration_days() -> None:
    others = origins_on({date(2017, 10, 30): {"reuters"}})

    assert not is_corroborated(evidence("2017-10-31", origin="AFP"), others, Policy(corroboration_days=0))
    assert is_corroborated(evidence("2017-10-31", origin="AFP"), others, Policy(corroboration_days=1))
