"""The runs of a group need the same memory to compute and to explain, however many sightings the group has."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from firstseen.commands.output import json_parts
from history.database import create
from history.explanation_text import explanation_lines
from history.load import Loader
from history.place_on_record import explain_place
from history.settled_cuts import settle
from history.timeline import update_places
from schemas.evidence import Evidence, EvidenceChange
from schemas.group import Affiliation, Alias, Group, GroupsChange
from streams.presence.policy import Policy
from tests.support.builders import change, evidence
from tests.support.read_model import filled

DAYS = 200
BEGINS = datetime(2015, 1, 1, tzinfo=UTC)
GROUPS = {
    "renamed": Group(id="Ansar Dine", names=(Alias(name="Defenders of the Faith"),)),
    "affiliated": Group(id="Ansar Dine", affiliations=(Affiliation(parent="JNIM"),)),
}


@pytest.mark.parametrize("what", GROUPS)
def test_a_change_of_a_group_needs_no_more_memory_for_more_sightings(what: str) -> None:
    _, few, many = (peak_of_a_change_of_groups(what, per_day) for per_day in (1, 1, 4))  # the first fills caches
    assert many < 1.2 * few


def test_a_whole_explanation_holds_less_of_a_day_than_one_sighting() -> None:
    """It holds the numbers of the sightings of each day, and a month of sightings at a time."""
    _, few, many = (peak_of_an_explanation(days) for days in (100, 200, 800))
    assert many - few < 700 * (800 - 200)


def peak_of_a_change_of_groups(what: str, per_day: int) -> int:
    """Return the most bytes that computing the runs before and after a change of a group needs, and their cuts."""
    connection, loader = create(), Loader(Policy(), print)
    loader.evidence(connection, map(change, sightings(DAYS, per_day)))
    regrouped = EvidenceChange(arrived=BEGINS + timedelta(DAYS), groups=GroupsChange(put=(GROUPS[what],)))
    loader.evidence(connection, [regrouped])
    groups = loader.groups(connection)
    with peak() as bytes_used:
        update_places(connection, groups, Policy(), most_held=100)
        while settle(connection, groups, Policy(), 100, most_held=100):
            pass
    connection.close()
    return bytes_used[0]


def peak_of_an_explanation(days: int) -> int:
    """Return the most bytes that reading and printing all evidence of a group in a country needs."""
    connection = filled(map(change, sightings(days, 1)), Policy())
    with peak() as bytes_used:
        explanation = explain_place(connection, "Ansar Dine", "ML", Policy())
        assert explanation is not None
        read = sum(1 for _ in explanation_lines(explanation, (), Policy(), live=True, show_all=True))
        for part in json_parts(explanation):
            read += len(part)
    connection.close()
    return bytes_used[0]


def sightings(days: int, per_day: int) -> Iterator[Evidence]:
    for number in range(days * per_day):
        at = BEGINS + timedelta(days=number // per_day, seconds=number)
        name = ("Defenders of the Faith", "Ansar Dine")[number // per_day % 2]
        yield evidence(str(at.date()), id=str(number), group=name, arrived=at, grade=("B2", "E4")[number % 2])


@contextmanager
def peak() -> Iterator[list[int]]:
    """Give a list, which gets the most bytes that were in use at the same time."""
    found: list[int] = []
    tracemalloc.start()
    try:
        yield found
        found.append(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()
