"""Areas of one's own: a first appearance in an area, history that counts first, and areas that change."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from places.area_records import plan_areas
from places.polygons import polygon_area
from schemas.alert import AlertEvent
from schemas.area import Area
from schemas.evidence import Evidence, EvidenceChange
from schemas.group import Affiliation, Group, GroupsChange
from streams.presence.policy import Policy
from tests.support.area_partitions import INSIDE, NOW, OUTSIDE, AreaPartitions, area
from tests.support.builders import evidence
from tests.support.tables import each_row

SMALL = "POLYGON ((0 10, 1 10, 1 11, 0 11, 0 10))"


def seen(occurred: str, point: tuple[float, float] | None = INSIDE, **fields: Any) -> Evidence:
    latitude, longitude = point or (None, None)
    return evidence(occurred, latitude=latitude, longitude=longitude, **fields)


def write(partitions: AreaPartitions, add: Evidence | None = None, remove: Evidence | None = None) -> list[AlertEvent]:
    """Write a change as intake does, and return its events in areas."""
    cause = add or remove
    assert cause is not None
    if add and remove and add.region != remove.region:
        partitions.write(EvidenceChange(arrived=add.arrived, remove=remove, elsewhere=add))
        partitions.write(EvidenceChange(arrived=add.arrived, add=add, elsewhere=remove))
    else:
        partitions.write(EvidenceChange(arrived=cause.arrived, add=add, remove=remove))
    return in_areas(partitions.run())


def in_areas(events: list[AlertEvent]) -> list[AlertEvent]:
    return [event for event in events if event.area]


def with_box(*changes: Evidence) -> AreaPartitions:
    partitions = AreaPartitions(Policy())
    for change in changes:
        write(partitions, change)
    partitions.change_areas(put=[area()])
    assert in_areas(partitions.run()) == []
    return partitions


def test_the_first_sighting_in_an_area_is_news_there_although_the_country_is_known() -> None:
    partitions = with_box(seen("2017-01-01", OUTSIDE, id="old"))

    [event] = write(partitions, seen("2017-10-31", doubt="near a border"))

    assert (event.kind, event.type, event.status) == ("first_in_area", "initial", "confirmed")
    assert (event.area, event.country, event.region, event.countries) == ("box", "ML", "Western Africa", ())
    assert [sighting.id for sighting in event.why.sightings] == ["1"]
    assert (event.doubts, event.why.previous_last_day, event.why.records_since) == (("near a border",), None, None)


@each_row("point", [OUTSIDE, None])
def test_a_sighting_elsewhere_or_without_a_point_is_no_news_in_it(point: tuple[float, float] | None) -> None:
    assert write(with_box(), seen("2017-10-31", point)) == []


def test_what_is_on_record_counts_first_and_raises_nothing() -> None:
    partitions = with_box(seen("2017-10-30", id="old"))

    assert write(partitions, seen("2017-10-31", id="new")) == []
    assert write(partitions, seen("2019-10-31", id="back")) == []  # a return to an area raises nothing
    assert [event.kind for event in write(partitions, seen("2019-10-31", id="other", group="ISIS"))] == [
        "first_in_area"
    ]


def test_nothing_is_news_until_every_partition_has_counted() -> None:
    partitions = AreaPartitions(Policy())
    home = partitions.home("@box")
    write(partitions, seen("2017-10-01", id="old", country="TD"))
    partitions.change_areas(put=[area()])
    region = partitions.home("Western Africa")
    assert region != partitions.home("Middle Africa")
    partitions.step(region, 100)
    partitions.write(EvidenceChange(arrived=NOW, add=seen("2017-10-31", id="new")))
    partitions.step(region, 100)
    partitions.step(home, 1)

    assert in_areas(partitions.run()) == []
    assert [event.group for event in write(partitions, seen("2017-10-31", id="x", group="ISIS"))] == ["ISIS"]


def test_an_area_lies_in_several_regions() -> None:
    partitions = with_box()
    [first] = write(partitions, seen("2017-10-31", id="1", country="ML", grade="F6", origin="AFP"))
    [confirmed] = write(partitions, seen("2017-11-01", id="2", country="TD", grade="F6", origin="Reuters"))

    assert (first.status, confirmed.status, confirmed.why.origins) == ("candidate", "confirmed", 2)
    assert confirmed.alert_id == first.alert_id
    assert {sighting.country for sighting in confirmed.why.sightings} == {"ML", "TD"}


def test_earlier_evidence_supersedes_and_withdrawal_retracts() -> None:
    partitions = with_box()
    new, old = seen("2017-10-31", id="1"), seen("2015-03-01", id="2", archival=True)

    [raised] = write(partitions, new)
    [superseded] = write(partitions, old)
    [again] = write(partitions, remove=old)
    [retracted] = write(partitions, remove=new)

    assert [event.kind for event in (superseded, again, retracted)] == ["first_in_area"] * 3
    assert [event.status for event in (raised, superseded, again, retracted)] == [
        "confirmed", "superseded", "confirmed", "retracted",
    ]  # fmt: skip
    assert superseded.why.previous_last_day == old.last_day
    assert (retracted.area, retracted.region) == ("box", "Western Africa")


def test_a_correction_moves_a_sighting_into_the_area_or_out_of_it() -> None:
    partitions = with_box()
    outside, inside = seen("2017-10-31", OUTSIDE), seen("2017-10-31", revision=2)

    assert write(partitions, outside) == []
    [raised] = write(partitions, inside, outside)
    [retracted] = write(partitions, outside.replace(revision=3), inside)

    assert (raised.cause.what, retracted.cause.what) == ("corrected", "corrected")
    assert retracted.cause.before == inside
    assert retracted.type == "retraction"


def test_a_correction_to_another_region_within_the_area_leaves_one_sighting_there() -> None:
    partitions = with_box()
    before, after = seen("2017-10-31", country="ML"), seen("2017-10-31", country="TD", revision=2)
    write(partitions, before)
    events = write(partitions, after, before)
    gone = write(partitions, remove=after)

    assert {event.cause.what for event in events} <= {"corrected"}
    assert [event.status for event in gone] == ["retracted"]


def test_a_smaller_or_removed_area_takes_its_alerts_back_and_says_why() -> None:
    for put, remove in (([area(version=2, shape=SMALL)], []), ([], [area(version=2, shape="")])):
        partitions = with_box()
        write(partitions, seen("2017-10-31"))
        partitions.change_areas(put, remove)
        [event] = in_areas(partitions.run())

        assert (event.type, event.cause.what, event.area) == ("retraction", "areas", "box")


def test_a_pledge_raises_an_alert_in_an_area_for_the_parent() -> None:
    partitions = with_box()
    write(partitions, seen("2017-10-31", group="Ansar Dine"))
    pledge = Group(id="Ansar Dine", affiliations=(Affiliation(parent="JNIM"),))
    partitions.write(EvidenceChange(arrived=datetime(2017, 11, 5, tzinfo=UTC), groups=GroupsChange(put=(pledge,))))

    [event] = in_areas(partitions.run())

    assert (event.group, event.by_affiliation, event.cause.what) == ("JNIM", ("Ansar Dine",), "groups")


def test_a_plan_adds_new_or_different_groups_and_removes_others_only_on_request() -> None:
    square = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 0.0)]
    at = datetime(2020, 1, 1, tzinfo=UTC)
    first = plan_areas([], [polygon_area("Lake Chad", [[square]])], at, prune=False)
    [lake] = first.put
    later = Area(name="other", version=10**15, shape=lake.shape)

    assert plan_areas([lake], [polygon_area("Lake Chad", [[square]])], at, prune=True) == first.replace(put=())
    renamed = plan_areas([lake, later], [polygon_area("lake-chad", [[square]])], at, prune=True)
    assert [(area.name, area.version) for area in renamed.put] == [("lake-chad", 10**15 + 1)]
    assert [(area.name, area.shape) for area in renamed.remove] == [("other", "")]
    assert plan_areas([lake, later], [], at, prune=False) == first.replace(put=())
