"""The cost of a change of the evidence: it reads the days near it, however long the episode is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest

from schemas.evidence import EvidenceChange
from streams.presence.policy import Policy
from tests.support.builders import change, evidence
from tests.support.read_model import filled

BEGINS = date(2005, 1, 1)

Changes = Callable[[date], list[EvidenceChange]]


def episode(days: int) -> Iterator[EvidenceChange]:
    """Yield a sighting for each day."""
    for number in range(days):
        yield change(evidence(str(BEGINS + timedelta(number)), id=str(number)))


def inside(last_day: date) -> list[EvidenceChange]:
    day = last_day - timedelta(2)
    return [change(evidence(str(day), id="new", arrived=f"{last_day + timedelta(2)}T00:00Z"))]


def at_the_end(last_day: date) -> list[EvidenceChange]:
    return [change(evidence(str(last_day + timedelta(5)), id="new"))]


def corrected(last_day: date) -> list[EvidenceChange]:
    before = evidence(str(last_day), id=str((last_day - BEGINS).days))
    after = evidence(
        str(last_day - timedelta(1)), id=before.id, revision=2, arrived=f"{last_day + timedelta(9)}T00:00Z"
    )
    return [change(add=after, remove=before)]


def withdrawn_from_the_middle(last_day: date) -> list[EvidenceChange]:
    day = last_day - timedelta(100)
    seen = evidence(str(day), id=str((day - BEGINS).days))
    return [change(remove=seen, arrived=f"{last_day + timedelta(9)}T00:00Z")]


def vague(last_day: date) -> list[EvidenceChange]:
    return [change(evidence(f"{last_day:%Y-%m}", id="new", arrived=f"{last_day + timedelta(40)}T00:00Z"))]


@pytest.mark.parametrize("changes", [inside, at_the_end, corrected, withdrawn_from_the_middle, vague])
def test_a_change_costs_the_same_in_a_short_and_in_a_long_episode(changes: Changes) -> None:
    short, long = (_steps(days, changes) for days in (300, 3_000))
    assert long < 1.5 * short


def _steps(days: int, changes: Changes) -> int:
    """Return how many steps SQLite takes for a change after so many days."""
    connection = filled(episode(days), Policy())
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    connection.set_progress_handler(count, 10)
    filled(changes(BEGINS + timedelta(days - 1)), Policy(), connection)
    connection.set_progress_handler(None, 0)
    connection.close()
    return steps
