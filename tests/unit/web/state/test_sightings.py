"""The sightings that the page finds: each once, for the group that was seen and the groups that it belongs to."""

from __future__ import annotations

from schemas.evidence import Evidence
from schemas.group import Group
from schemas.names import comparable
from streams.presence.rows import sighting_key
from tests.support.builders import evidence
from web.state.sightings import SightingQuery, SightingView


def filled(*sightings: Evidence) -> SightingView:
    view = SightingView()
    for seen in sightings:
        view.put(key_of(seen), seen.to_bytes())
    return view


def key_of(seen: Evidence) -> bytes:
    day = seen.first_day
    return sighting_key(comparable(seen.group), seen.country, day, seen.source, seen.id, alone=True).encode()


def found(view: SightingView, group: str | None = None) -> list[str]:
    return [seen.id for seen in view.select(SightingQuery(group=group), 10)]


def test_the_latest_come_first_and_a_removed_one_disappears() -> None:
    first, second, third = evidence("2017-10-01", id="b"), evidence("2017-10-02"), evidence("2017-10-01", id="a")
    view = filled(first, second, third)
    assert found(view) == [second.id, "a", "b"]
    view.put(key_of(first), None)
    assert found(view) == [second.id, "a"]
    assert len(view) == 2


def test_a_sighting_counts_for_its_group_and_for_the_groups_that_it_belonged_to_that_day() -> None:
    before, after = evidence("2017-01-01", id="1", group="Ansar"), evidence("2017-10-01", id="2", group="Ansar")
    view = filled(before, after, evidence("2017-10-05", id="3", group="JNIM"))
    assert found(view, "JNIM") == ["3"]
    view.put_group("Ansar", Group(id="Ansar", affiliations=[{"parent": "JNIM", "since": "2017-03-01"}]))
    assert found(view, "jnim") == ["3", "2"]
    assert found(view, "Ansar") == ["2", "1"]
    view.put_group("Ansar", None)
    assert found(view, "JNIM") == ["3"]
