"""Rows of files are checked before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic_core import to_json

from firstseen.importers.rows import Imported, Malformed, Skipped
from firstseen.publishing.row_checks import RowChecker
from schemas.rejection import REMEDIES, Reason
from streams.intake.day_limits import DEFAULT_DAYS
from tests.support.builders import sighting

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.fixture
def checker() -> Iterator[RowChecker]:
    with RowChecker(lambda: NOW, DEFAULT_DAYS) as checker:
        yield checker


def row(line: int = 1, **fields: Any) -> Imported:
    fields = sighting(**fields)
    return Imported(line, to_json(fields), fields)


def test_a_row_that_intake_accepts_is_accepted(checker: RowChecker) -> None:
    checked = checker.check("a.jsonl", row())

    assert (checked.file, checked.line, checked.outcome, checked.reason) == ("a.jsonl", 1, "accepted", None)
    assert checked.record


def test_a_row_that_intake_rejects_has_the_reason_of_intake(checker: RowChecker) -> None:
    checked = checker.check("-", row(occurred="2099-01-01"))

    assert (checked.file, checked.outcome, checked.reason) == ("standard input", "rejected", "bad_days")
    assert "2099-01-01 is in the future" in checked.sentence
    assert checked.remedy == REMEDIES[Reason.BAD_DAYS]


def test_an_ambiguous_country_is_rejected_with_suggestions(checker: RowChecker) -> None:
    checked = checker.check("a", row(country="Congo", latitude=None, longitude=None))

    assert checked.reason == "country_unresolved"
    assert "Did you mean " in checked.sentence


def test_the_reason_of_an_importer_is_kept(checker: RowChecker) -> None:
    checked = checker.check("a.csv", Malformed(9, b"x", "the header lacks id"))

    assert (checked.outcome, checked.reason, checked.detail) == ("rejected", "malformed", "the header lacks id")


def test_a_skipped_row_is_left_out_with_its_reason(checker: RowChecker) -> None:
    checked = checker.check("a.csv", Skipped(9, b"x", "no side is a named non-state group"))

    assert (checked.outcome, checked.reason) == ("left_out", "no side is a named non-state group")


def test_a_repeated_row_is_left_out(checker: RowChecker) -> None:
    checker.check("a", row(1))
    checked = checker.check("a", row(2, reported="2020-01-01"))

    assert (checked.outcome, checked.reason, checked.detail) == ("left_out", "duplicate", "it repeats line 1")


def test_the_same_revision_with_other_content_is_a_conflict_across_files(checker: RowChecker) -> None:
    checker.check("a", row(7, id="x", country="Mali"))
    checked = checker.check("b", row(2, id="x", country="Niger"))

    assert (checked.outcome, checked.reason) == ("rejected", "conflict")
    assert "line 7 of a has revision 1 of 'x' with another country (Mali)" in str(checked.detail)
    assert "revision 2" in str(checked.detail)


def test_another_revision_and_a_retraction_are_not_conflicts(checker: RowChecker) -> None:
    outcomes = [
        checker.check("a", row(1, id="x", country="Mali")).outcome,
        checker.check("a", row(2, id="x", country="Niger", revision=2)).outcome,
        checker.check("a", row(3, id="x", country="Niger", revision=2, retracted=True)).outcome,
        checker.check("a", row(4, id="y", country="Niger")).outcome,
    ]

    assert outcomes == ["accepted"] * 4


@pytest.mark.parametrize(
    ("first", "second", "detail"),
    [
        ({"revision": 2}, {}, "line 1 has revision 2"),
        ({"revision": 2}, {"retracted": True}, "line 1 has revision 2"),
        ({"retracted": True}, {"country": "Niger"}, "line 1 withdraws revision 1"),
        ({"revision": 3, "retracted": True}, {"revision": 2}, "line 1 withdraws revision 3"),
    ],
)
def test_a_row_after_a_higher_revision_is_stale(
    checker: RowChecker, first: dict[str, Any], second: dict[str, Any], detail: str
) -> None:
    checker.check("a", row(1, id="x", **first))
    checked = checker.check("a", row(2, id="x", **second))

    assert (checked.outcome, checked.reason, checked.detail) == ("left_out", "stale", detail)


def test_a_conflict_suggests_a_free_revision(checker: RowChecker) -> None:
    for number in (1, 2):
        checker.check("a", row(number, id="x", revision=number))

    checked = checker.check("a", row(3, id="x", country="Niger", revision=2))

    assert "line 2 has revision 2 of 'x'" in str(checked.detail)
    assert "send this row with revision 3" in str(checked.detail)


def test_a_rejected_row_causes_no_conflict(checker: RowChecker) -> None:
    checker.check("a", row(1, id="x", country="Nowhere at all"))

    assert checker.check("a", row(2, id="x")).outcome == "accepted"


def test_another_spelling_of_the_country_is_a_duplicate(checker: RowChecker) -> None:
    checker.check("a", row(1, id="x", country="Mali"))

    assert checker.check("a", row(2, id="x", country="ML")).reason == "duplicate"
