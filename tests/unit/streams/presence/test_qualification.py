"""Sightings that qualify."""

from __future__ import annotations

from datetime import date

from streams.presence.policy import Policy
from streams.presence.qualification import (
    count_origins,
    days_near,
    grade_of,
    origin_hash,
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


def test_origins_count_once() -> None:
    seen = [evidence(origin="AFP"), evidence(origin="afp"), evidence(source="AFP"), evidence(origin="Reuters")]

    assert count_origins(set(map(origin_of, seen))) == 2
    assert count_origins(set()) == 0


def test_origins_in_other_spellings_have_the_same_hash_and_placeholders_have_none() -> None:
    assert origin_hash(evidence(origin="AFP")) == origin_hash(evidence(source="\uff21fp\u200b"))
    assert origin_hash(evidence(origin="AFP")) != origin_hash(evidence(origin="AP"))
    assert origin_hash(evidence(origin="unknown")) is None


@each_row(("day", "near"), [
    (date(2017, 10, 31), (date(2017, 10, 29), date(2017, 11, 2))), (date.min, (date.min, date(1, 1, 3))),
    (date.max, (date(9999, 12, 29), date.max)),
])  # fmt: skip
def test_the_policy_sets_how_near_corroborating_days_are(day: date, near: tuple[date, date]) -> None:
    days = days_near(day, Policy(corroboration_days=2))

    assert (days[0], days[-1]) == near
    assert len(days) == (days[-1] - days[0]).days + 1
    assert days_near(day, Policy(corroboration_days=0)) == (day,)
