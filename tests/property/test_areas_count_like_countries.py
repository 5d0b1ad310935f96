"""An area counts the sightings with a point in it by the rules of a country, whatever the order and the pieces.

The reference model gets the same sightings with the area as their country.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.evidence import Evidence, EvidenceChange
from schemas.topics import CANDIDATES, COUNTED_AREAS, EPISODES, PRESENCE, REGROUPING
from streams.presence.pieces import areas, regrouping
from tests.property.histories import SCENES, Scene, current_evidence, current_groups, histories, seen_in_evidence
from tests.property.outcomes import POLICY, activity_of, presence_of
from tests.property.recorder import AlertReader
from tests.support import reference_model
from tests.support.area_partitions import INSIDE, OUTSIDE, AreaPartitions, area, placed
from tests.support.builders import Rows
from tests.support.reference_model import Counts

CODE = "@box"
LEFT = "POLYGON ((0 10, 4 10, 4 20, 0 20, 0 10))"
"""A part of the box without the point."""
AREA_CHANGES = ("put", "shrink", "remove")


def point_of(seen: Evidence) -> tuple[float, float] | None:
    """Return the point of a version of a sighting: inside, outside, or none."""
    return (INSIDE, INSIDE, OUTSIDE, None)[(seen.revision + len(seen.country + seen.id) + ord(seen.country[0])) % 4]


def with_points(change: EvidenceChange) -> EvidenceChange:
    seen = {name: getattr(change, name) for name in ("add", "remove", "elsewhere")}
    return change.replace(**{name: each and placed(each, point_of(each)) for name, each in seen.items()})


@st.composite
def worlds(draw: st.DrawFn, scene: Scene) -> tuple[list[EvidenceChange | str], list[tuple[int, int]]]:
    """Return changes of sightings and groups, with changes of the area between them, and an order of partitions."""
    changes: list[Any] = [with_points(change) for change in draw(histories(scene))]
    for number, kind in enumerate(draw(st.lists(st.sampled_from(AREA_CHANGES), min_size=1, max_size=3))):
        changes.insert(draw(st.integers(0, len(changes) - number)), kind)
    schedule = draw(st.lists(st.tuples(st.integers(0, 1), st.integers(1, 4)), max_size=40))
    return changes, schedule


def last_area_change(changes: list[Any]) -> str:
    return [change for change in changes if isinstance(change, str)][-1]


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
@given(st.data(), st.integers(1, 4))
def test_the_presence_in_an_area_is_that_of_the_sightings_in_it(scene: Scene, data: st.DataObject, piece: int) -> None:
    world, schedule = data.draw(worlds(scene))
    partitions, reader = AreaPartitions(POLICY), AlertReader()
    with pytest.MonkeyPatch.context() as patched:
        for module in (areas, regrouping):
            patched.setattr(module, "MAX_VISITED", piece)
        remaining = iter(schedule)
        for version, change in enumerate(world, start=1):
            write(partitions, change, version)
            for partition, most in (step for step, _ in zip(remaining, range(2), strict=False)):
                partitions.step(partition, most)
        partitions.run(remaining)

    rows = partitions.rows()
    sightings = [change for change in world if isinstance(change, EvidenceChange)]
    inside = [
        seen for seen in current_evidence(sightings) if last_area_change(world) == "put" and point_of(seen) == INSIDE
    ]
    expected = reference_model.count(
        [replace(seen_in_evidence(seen), country=CODE, region="") for seen in inside], current_groups(sightings)
    )
    assert_area_matches(rows, expected)
    assert rows[REGROUPING] == {}
    home = partitions.tables[partitions.home(CODE)][COUNTED_AREAS].values()
    assert [(row.counted, row.partitions) for row in home] == [(2, 2)] * (last_area_change(world) != "remove")
    assert bool(rows[COUNTED_AREAS]) == (last_area_change(world) != "remove")
    for event in partitions.events:
        if event.area:
            assert event.kind == "first_in_area"
            reader.read(event)


def write(partitions: AreaPartitions, change: EvidenceChange | str, version: int) -> None:
    match change:
        case "put":
            partitions.change_areas(put=[area(version=version)])
        case "shrink":
            partitions.change_areas(put=[area(version=version, shape=LEFT)])
        case "remove":
            partitions.change_areas(remove=[area(version=version, shape="")])
        case EvidenceChange():
            partitions.write(change)


def assert_area_matches(rows: Rows, expected: Counts) -> None:
    renamed = {
        PRESENCE: {key: row.replace(country="ZZ") for key, row in rows[PRESENCE].items() if key.endswith(f"|{CODE}")},
        **{topic: {k: row for k, row in rows[topic].items() if f"\0{CODE}\0" in k} for topic in (EPISODES, CANDIDATES)},
    }
    renamed = {topic: {key.replace(CODE, "ZZ"): row for key, row in found.items()} for topic, found in renamed.items()}
    as_country = {(group, CODE): value for (group, _), value in presence_of(rows | renamed).items()}
    assert as_country == reference_model.presence(expected)
    in_area = {key: value for key, value in activity_of(rows).items() if key[1] == CODE}
    assert in_area == reference_model.activity(expected)


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
@given(st.data())
def test_countries_are_as_they_would_be_without_areas(scene: Scene, data: st.DataObject) -> None:
    world, schedule = data.draw(worlds(scene))
    sightings = [change for change in world if isinstance(change, EvidenceChange)]
    alone, beside = AreaPartitions(POLICY, 1), AreaPartitions(POLICY, 1)
    for sighting in sightings:
        alone.write(sighting)
    for version, change in enumerate(world, start=1):
        write(beside, change, version)
    alone.run(schedule)
    beside.run(schedule)

    def of_countries(partitions: AreaPartitions) -> list[Any]:
        return [event for event in partitions.events if not event.area]

    assert of_countries(beside) == of_countries(alone)
    assert presence_of(beside.rows()) == presence_of(alone.rows())
