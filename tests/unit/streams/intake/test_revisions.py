"""Which version stands."""

from __future__ import annotations

import pytest

from schemas.sighting import Sighting
from schemas.version import Version
from streams.intake.revisions import Outcome, settle
from tests.support.builders import sighting

TRUTH: list[tuple[tuple[int, bool] | None, tuple[int, str], Outcome]] = [
    (None, (1, "real"), "accepted"),
    (None, (5, "real"), "accepted"),
    (None, (1, "test"), "test"),
    (None, (1, "retracted"), "retracted"),
    ((1, False), (1, "real"), "duplicate"),
    ((1, False), (1, "test"), "duplicate"),
    ((1, False), (1, "retracted"), "retracted"),
    ((1, False), (2, "real"), "accepted"),
    ((1, False), (2, "test"), "test"),
    ((1, False), (2, "retracted"), "retracted"),
    ((2, False), (1, "real"), "stale"),
    ((2, False), (1, "test"), "stale"),
    ((2, False), (1, "retracted"), "stale"),
    ((1, True), (1, "retracted"), "duplicate"),
    ((1, True), (1, "real"), "stale"),
    ((1, True), (1, "test"), "stale"),
    ((1, True), (2, "real"), "accepted"),
    ((1, True), (2, "test"), "test"),
    ((1, True), (2, "retracted"), "retracted"),
    ((2, True), (1, "real"), "stale"),
    ((2, True), (1, "retracted"), "stale"),
]


@pytest.mark.parametrize(("known", "sent", "outcome"), TRUTH)
def test_a_version_ends_as_the_table_says(
    known: tuple[int, bool] | None, sent: tuple[int, str], outcome: Outcome
) -> None:
    revision, sort = sent
    there = Version(revision=known[0], retracted=known[1]) if known else None
    here = Sighting(**sighting(revision=revision, retracted=sort == "retracted", test=sort == "test"))

    assert settle(there, here) == outcome


def test_a_retraction_that_is_also_a_test_still_retracts() -> None:
    assert settle(None, Sighting(**sighting(retracted=True, test=True))) == "retracted"
