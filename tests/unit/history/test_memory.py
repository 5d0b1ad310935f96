"""The runs of a group need the same memory to compute, however many sightings the group has."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest

from history.database import create
from history.load import Loader
from history.settled_cuts import settle
from history.timeline import update_places
from schemas.evidence import EvidenceChange
from schemas.group import Affiliation, Alias, Group, GroupsChange
from streams.presence.policy import Policy
from tests.support.builders import change, evidence

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


def peak_of_a_change_of_groups(what: str, per_day: int) -> int:
    """Return the most bytes that computing the runs before and after a change of a group needs, and their cuts."""
    connection, loader = create(), Loader(Policy(), print)
    for number in range(DAYS * per_day):
        at = BEGINS + timedelta(days=number // per_day, seconds=number)
        name = ("Defenders of the Faith", "Ansar Dine")[number // per_day % 2]
        seen = evidence(str(at.date()), id=str(number), group=name, arrived=at, grade=("B2", "E4")[number % 2])
        loader.evidence(connection, [change(seen)])
    regrouped = EvidenceChange(arrived=BEGINS + timedelta(DAYS), groups=GroupsChange(put=(GROUPS[what],)))
    loader.evidence(connection, [regrouped])
    groups = loader.groups(connection)
    tracemalloc.start()
    update_places(connection, groups, Policy(), most_held=100)
    while settle(connection, groups, Policy(), 100, most_held=100):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    connection.close()
    return peak
