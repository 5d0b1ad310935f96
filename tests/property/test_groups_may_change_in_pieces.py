"""A change of groups that is applied in pieces has the same result as one that is applied at once.

A piece ends a step. Each step starts with the committed tables, as after a restart. An alert also says how far back
the records of its region go, which pieces that follow may still change; this is not compared.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faust_batches.folding import fold_once
from faust_batches.step import Outgoing
from schemas.alert import AlertEvent
from schemas.evidence import EvidenceChange
from schemas.group import Affiliation, Alias, Group, GroupsChange
from schemas.topics import ALERTS, CANDIDATES, EPISODES, EVIDENCE
from streams.presence.fold import fold
from streams.presence.pieces import regrouping
from tests.property.histories import SCENES, Scene, histories
from tests.property.outcomes import POLICY
from tests.support.builders import ARRIVED, Rows, apply, change, evidence, incoming, read, tables_of

limits = st.integers(1, 4)


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
@given(st.data(), limits, limits)
def test_pieces_of_any_size_give_the_same_tables_and_events(
    scene: Scene, data: st.DataObject, sightings: int, places: int
) -> None:
    changes: list[EvidenceChange] = data.draw(histories(scene))
    sizes = data.draw(st.lists(st.integers(1, 4), max_size=40))
    assert_pieces_change_nothing(changes, sightings, places, sizes)


def test_the_sightings_of_one_day_may_lie_in_different_pieces() -> None:
    days = ["2017-10-01", "2017-10-03", "2017-10-03", "2017-10-03", "2017-10-05"]
    seen = [evidence(day, id=str(number), group="Faction") for number, day in enumerate(days)]
    pledge = Group(id="Faction", affiliations=(Affiliation(parent="Parent"),))
    changes = [
        *(change(add=each) for each in seen),
        EvidenceChange(arrived=ARRIVED, groups=GroupsChange(put=(pledge,))),
        change(remove=seen[2]),
        change(add=evidence("2017-10-04", id="9", group="Faction")),
        EvidenceChange(arrived=ARRIVED, groups=GroupsChange(remove=("Faction",))),
    ]
    for visited in range(1, 5):
        assert_pieces_change_nothing(changes, visited, 1)


def test_new_countries_of_one_region_get_one_name() -> None:
    seen = [
        evidence("2017-10-01", id="1", country="BF", group="\uff26action"),  # full-width F
        evidence("2017-10-01", id="2", country="ML", group="Faction"),
    ]
    changes = [
        EvidenceChange(arrived=ARRIVED, groups=GroupsChange(put=(Group(id="Other", names=(Alias(name="Faction"),)),))),
        *(change(add=each) for each in seen),
        EvidenceChange(arrived=ARRIVED, groups=GroupsChange(remove=("Other",))),
    ]
    assert_pieces_change_nothing(changes, 1, 1)


def assert_pieces_change_nothing(
    changes: list[EvidenceChange], sightings: int, places: int, sizes: Iterable[int] = ()
) -> None:
    at_once, in_pieces = tables_of("presence"), tables_of("presence")
    expected = fold_from_the_position(at_once, changes)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(regrouping, "MAX_VISITED", sightings)
        patched.setattr(regrouping, "MAX_PLACES", places)
        outgoing = fold_from_the_position(in_pieces, changes, sizes)
    assert without_onsets(in_pieces) == without_onsets(at_once)
    assert events(outgoing) == events(expected)


def fold_from_the_position(tables: Rows, changes: list[EvidenceChange], sizes: Iterable[int] = ()) -> list[Outgoing]:
    """Fold records. Each step gets up to so many records from the position after the step before it."""
    records = [
        incoming(change, topic=EVIDENCE, arrived=change.arrived, offset=offset) for offset, change in enumerate(changes)
    ]
    outgoing: list[Outgoing] = []
    position, remaining = 0, iter(sizes)
    while position < len(records):
        batch = records[position : position + next(remaining, len(records))]
        step = fold_once(lambda rows, taken: fold(rows, taken, POLICY), tables, batch)
        apply(step, tables)
        outgoing += step.outgoing
        position += len(batch) if step.taken is None else step.taken
    return outgoing


def events(outgoing: Iterable[Outgoing]) -> list[AlertEvent]:
    """Return alert events without the beginning of the records of their regions."""
    found: list[AlertEvent] = read(outgoing, ALERTS)
    return [event.replace(why=event.why.replace(records_since=None, records_begin_by=None)) for event in found]


def without_onsets(tables: Rows) -> Rows:
    """Return the tables without onsets, which are computed when an alert needs them."""
    runs = {
        topic: {key: row.replace(onset=None) for key, row in tables[topic].items()} for topic in (EPISODES, CANDIDATES)
    }
    return tables | runs
