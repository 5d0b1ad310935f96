"""Every published code has its words, and filters accept the names in the table."""

from __future__ import annotations

from typing import get_args

from schemas.alert import AlertField, AlertStatus, Cause
from schemas.codes import AlertKind
from schemas.evidence import Evidence
from schemas.labels import (
    ALERT_FIELDS,
    CAUSES,
    EVIDENCE_FIELDS,
    KINDS,
    STATUSES,
    STATUSES_BY_NAME,
    StatusName,
    counted,
    grade_in_words,
    join_first,
    join_words,
    origins_in_words,
    statuses_named,
)
from schemas.pydantic_models import pydantic_model


def test_each_kind_status_field_and_cause_has_words() -> None:
    assert set(KINDS) == set(get_args(AlertKind))
    assert set(STATUSES) == set(get_args(AlertStatus))
    assert set(ALERT_FIELDS) == set(get_args(AlertField))
    assert set(CAUSES) == set(get_args(pydantic_model(Cause).model_fields["what"].annotation))
    assert set(EVIDENCE_FIELDS) <= set(Evidence.__struct_fields__)


def test_no_two_kinds_share_a_name_in_filters() -> None:
    names = [name for label in KINDS.values() for name in label.filter_names]
    assert len(set(names)) == len(names)


def test_a_status_is_named_by_its_code_or_in_words() -> None:
    assert {*STATUSES_BY_NAME} == {*get_args(StatusName)}
    for status, label in STATUSES.items():
        assert STATUSES_BY_NAME[status] == STATUSES_BY_NAME[label.adjective] == (status,)  # type: ignore[index]
    assert statuses_named(["withdrawn", "taken-back"]) == ("retracted", "superseded")


def test_numbers_agree_with_their_nouns() -> None:
    assert (counted(1, "sighting"), counted(1200, "sighting")) == ("1 sighting", "1,200 sightings")
    assert counted(2, "country", "countries") == "2 countries"
    assert (origins_in_words(1), origins_in_words(2)) == ("1 origin", "2 independent origins")


def test_a_grade_names_source_and_credibility() -> None:
    assert grade_in_words("C3") == "fairly reliable source, possibly true"


def test_the_last_word_of_a_list_follows_and() -> None:
    assert [join_words(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


def test_a_long_list_is_shortened_to_its_first_words_and_the_number_of_others() -> None:
    assert [join_first(words, 2, more) for words, more in ((["a", "b"], 0), (["a", "b"], 1), (["a", "b", "c"], 2))] == [
        "a, b", "a, b and 1 more", "a, b and 3 more"
    ]  # fmt: skip
