"""Suggestions: the intended country is among a few, the best first, and none is assumed."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from places.countries import countries
from places.gazetteer import country_named
from places.result import Resolved, Unresolvable, Unresolved
from tests.support.tables import each_row

CASES = [
    (text, tuple(codes.split()))
    for line in Path(__file__).with_name("suggestions.tsv").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
    for text, codes in [line.split("\t")]
]
HANDFUL = 7
"""The number of successor states of Yugoslavia."""


def suggested(text: str) -> list[str]:
    answer = country_named(text)
    assert isinstance(answer, Unresolved)
    return [suggestion[-3:-1] for suggestion in answer.suggestions]


def test_the_table_is_long_enough_to_mean_something() -> None:
    assert len(CASES) >= 60


@each_row(("text", "meant"), CASES)
def test_the_intended_country_is_suggested_first_and_never_assumed(text: str, meant: tuple[str, ...]) -> None:
    found = suggested(text)

    assert set(meant) <= set(found)
    assert found[0] == meant[0]
    assert len(found) <= HANDFUL


@each_row(("text", "other"), [("united state of america", "AE"), ("French Congo", "GF"), ("Frence", "KP")])
def test_an_unlikely_country_is_not_suggested(text: str, other: str) -> None:
    assert other not in suggested(text)


@each_row("text", ["xyzzy", "Timbuktu Road", "qwertz"])
def test_without_a_suggestion_the_sentence_points_to_none(text: str) -> None:
    answer = country_named(text)

    assert isinstance(answer, Unresolved)
    assert answer.suggestions == ()
    assert answer.detail.endswith("write the country's English name or its code.")


def test_the_sentence_leaves_the_suggestions_to_what_follows_it() -> None:
    answer = country_named("Nigerr")

    assert isinstance(answer, Unresolved)
    assert answer.suggestions == ("Niger (NE)",)
    assert answer.detail == '"Nigerr" is not a country\'s name or ISO 3166-1 code.'


def test_a_part_of_a_country_next_to_its_name_is_not_a_second_country() -> None:
    answer = country_named("Niger State, Nigeria")

    assert isinstance(answer, Unresolved)
    assert answer.why is Unresolvable.MORE_THAN_A_NAME


def test_a_shared_name_beside_a_third_country_is_a_second_country() -> None:
    answer = country_named("Congo, Mali")

    assert isinstance(answer, Unresolved)
    assert answer.why is Unresolvable.SEVERAL_COUNTRIES


@given(st.sampled_from(sorted(country.name for country in countries().values() if len(country.name) > 6)), st.data())
def test_a_name_with_two_letters_changed_places_is_that_country_or_suggests_it(name: str, data: st.DataObject) -> None:
    places = [place for place in range(1, len(name) - 1) if name[place : place + 2].islower()]
    place = data.draw(st.sampled_from([place for place in places if name[place : place + 2].isalpha()]))
    swapped = name[:place] + name[place + 1] + name[place] + name[place + 2 :]
    code = next(country.code for country in countries().values() if country.name == name)

    answer = country_named(swapped)

    assert answer.country == code if isinstance(answer, Resolved) else code in suggested(swapped)
