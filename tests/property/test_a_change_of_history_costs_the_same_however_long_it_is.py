"""The cost of a change of the evidence, and of a map: both read the days near a day, however long the episode is."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest

from history.map_state import MapQuery, map_state
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


def test_a_map_as_known_later_costs_the_same_in_a_short_and_in_a_long_episode() -> None:
    """An earlier episode may lie near it, because a report of its year does not say when it ended."""
    before = [evidence("2004", id="year"), *(evidence(f"2004-01-{day:02}", id=f"{day}") for day in range(1, 32))]
    short, long = (
        _steps_of_a_map(days, [*map(change, before), change(evidence("2004-02-20"))]) for days in (300, 3_000)
    )
    assert long < 1.5 * short


def _steps(days: int, changes: Changes) -> int:
    """Return how many steps SQLite takes for a change after so many days."""
    connection = filled(episode(days), Policy())
    last_day = BEGINS + timedelta(days - 1)
    steps = _counted(connection, lambda: filled(changes(last_day), Policy(), connection))
    connection.close()
    return steps


def _steps_of_a_map(days: int, before: list[EvidenceChange]) -> int:
    """Return how many steps SQLite takes for the map of the third last of so many days, as known at the end."""
    connection = filled([*before, *episode(days)], Policy())
    last_day = BEGINS + timedelta(days - 1)
    query = MapQuery(last_day - timedelta(2), known_by=last_day)
    steps = _counted(connection, lambda: map_state(connection, query, Policy()))
    connection.close()
    return steps


def _counted(connection: sqlite3.Connection, work: Callable[[], object]) -> int:
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    connection.set_progress_handler(count, 10)
    work()
    connection.set_progress_handler(None, 0)
    return steps
