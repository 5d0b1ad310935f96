"""Rows of files, judged as a whole before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from firstseen.importers.rows import Imported, LeftOut, Malformed
from firstseen.publishing.verdicts import Judge
from schemas.rejection import REMEDIES, Reason
from streams.intake.days import DEFAULT_DAYS
from tests.support.builders import sighting

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.fixture
def judge() -> Iterator[Judge]:
    with Judge(lambda: NOW, DEFAULT_DAYS) as judge:
        yield judge


def row(line: int = 1, **fields: Any) -> Imported:
    written = sighting(**fields)
    return Imported(line, orjson.dumps(written), written)


def test_a_row_that_intake_would_take_is_accepted(judge: Judge) -> None:
    verdict = judge.verdict("a.jsonl", row())

    assert (verdict.file, verdict.line, verdict.word, verdict.reason) == ("a.jsonl", 1, "accepted", None)
    assert verdict.fed


def test_a_row_that_intake_would_refuse_is_rejected_in_its_words(judge: Judge) -> None:
    verdict = judge.verdict("-", row(occurred="2099-01-01"))

    assert (verdict.file, verdict.word, verdict.reason) == ("standard input", "rejected", "bad_days")
    assert "2099-01-01 is in the future" in verdict.sentence
    assert verdict.remedy == REMEDIES[Reason.BAD_DAYS]


def test_a_country_that_is_none_is_rejected_with_suggestions(judge: Judge) -> None:
    verdict = judge.verdict("a", row(country="Congo", latitude=None, longitude=None))

    assert verdict.reason == "country_unresolved"
    assert "Perhaps: " in verdict.sentence


def test_the_reason_of_an_importer_is_kept(judge: Judge) -> None:
    verdict = judge.verdict("a.csv", Malformed(9, b"x", "the header lacks id"))

    assert (verdict.word, verdict.reason, verdict.detail) == ("rejected", "malformed", "the header lacks id")


def test_a_row_that_is_no_sighting_is_left_out_with_its_reason(judge: Judge) -> None:
    verdict = judge.verdict("a.csv", LeftOut(9, b"x", "no side is a named non-state group"))

    assert (verdict.word, verdict.reason) == ("left_out", "no side is a named non-state group")


def test_a_row_that_repeats_another_is_left_out(judge: Judge) -> None:
    judge.verdict("a", row(1))
    verdict = judge.verdict("a", row(2, reported="2020-01-01"))

    assert (verdict.word, verdict.reason, verdict.detail) == ("left_out", "duplicate", "it repeats line 1")


def test_the_same_revision_with_other_content_is_a_conflict_also_in_another_file(judge: Judge) -> None:
    judge.verdict("a", row(7, id="x", country="Mali"))
    verdict = judge.verdict("b", row(2, id="x", country="Niger"))

    assert (verdict.word, verdict.reason) == ("rejected", "conflict")
    assert "revision 1 of 'x' stands in line 7 of a with another country (Mali)" in str(verdict.detail)
    assert "revision 2" in str(verdict.detail)


def test_another_revision_and_a_retraction_are_no_conflict(judge: Judge) -> None:
    words = [
        judge.verdict("a", row(1, id="x", country="Mali")).word,
        judge.verdict("a", row(2, id="x", country="Niger", revision=2)).word,
        judge.verdict("a", row(3, id="x", country="Niger", revision=2, retracted=True)).word,
        judge.verdict("a", row(4, id="y", country="Niger")).word,
    ]

    assert words == ["accepted"] * 4


@pytest.mark.parametrize(
    ("first", "second", "detail"),
    [
        ({"revision": 2}, {}, "line 1 has revision 2"),
        ({"revision": 2}, {"retracted": True}, "line 1 has revision 2"),
        ({"retracted": True}, {"country": "Niger"}, "line 1 takes back revision 1"),
        ({"revision": 3, "retracted": True}, {"revision": 2}, "line 1 takes back revision 3"),
    ],
)
def test_a_row_that_comes_after_a_higher_revision_is_left_out_as_stale(
    judge: Judge, first: dict[str, Any], second: dict[str, Any], detail: str
) -> None:
    judge.verdict("a", row(1, id="x", **first))
    verdict = judge.verdict("a", row(2, id="x", **second))

    assert (verdict.word, verdict.reason, verdict.detail) == ("left_out", "stale", detail)


def test_the_revision_that_a_conflict_asks_for_is_free(judge: Judge) -> None:
    for number in (1, 2):
        judge.verdict("a", row(number, id="x", revision=number))

    verdict = judge.verdict("a", row(3, id="x", country="Niger", revision=2))

    assert "revision 2 of 'x' stands in line 2" in str(verdict.detail)
    assert "send this row with revision 3" in str(verdict.detail)


def test_a_row_that_is_refused_is_nothing_that_others_conflict_with(judge: Judge) -> None:
    judge.verdict("a", row(1, id="x", country="Nowhere at all"))

    assert judge.verdict("a", row(2, id="x")).word == "accepted"


def test_the_same_country_in_another_spelling_is_a_repetition_as_for_intake(judge: Judge) -> None:
    judge.verdict("a", row(1, id="x", country="Mali"))

    assert judge.verdict("a", row(2, id="x", country="ML")).reason == "duplicate"
