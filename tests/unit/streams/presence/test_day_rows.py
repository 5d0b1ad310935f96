"""Rows of days: which sightings they hold, and which of them qualify."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from faust_batches.step import Draft
from schemas.evidence import Evidence
from schemas.presence import Activity, Presence, Run, SightingRef
from streams.presence import day_rows
from streams.presence.day_rows import CountedSighting, DayChanges, EntryChanges, GroupCountry
from streams.presence.policy import Policy
from tests.support.builders import evidence
from tests.support.tables import each_row
from tests.unit.streams.presence.stories import weak_evidence

MALI = GroupCountry("JNIM", "ML", "Western Africa")
EVER = (Run(first_day=date.min, last_day=date.max, trigger=SightingRef(source="wire", id="1")),)


def change(
    days: Draft[Activity],
    *added: Evidence,
    removed: Iterable[Evidence] = (),
    where: GroupCountry = MALI,
    unconfirmed: Iterable[Run] = EVER,
    member: str = "JNIM",
    policy: Policy | None = None,
) -> DayChanges:
    counted = [CountedSighting(sighting, member) for sighting in added]
    known = Presence(group=where.group, country=where.country, region=where.region, unproven=tuple(unconfirmed))
    return day_rows.change(days, where, list(removed), counted, known, policy or Policy())


def buckets(days: Draft[Activity]) -> dict[str, list[str]]:
    return {key: [sighting.evidence.key for sighting in row.sightings] for key, row in days.changes.items() if row}


def qualifying(days: Draft[Activity]) -> dict[str, bool]:
    """Return whether each sighting qualifies, by id."""
    return {sighting.evidence.id: sighting.qualifies for row in days.rows() for sighting in row.sightings}


def shifted(shift: EntryChanges) -> tuple[list[str], list[str]]:
    """Return the days that sightings left, and the ids of the sightings that joined."""
    return sorted(day.isoformat() for day in shift.left), [span.trigger.id for span in shift.joined]


# Rows of sightings.


def test_a_sighting_counts_on_its_first_day_alone() -> None:
    days: Draft[Activity] = Draft({})
    change(days, evidence("2017-10-30/2017-11-02"))

    assert buckets(days) == {"JNIM|ML|2017-10-30": ["wire/1"]}
    row = days.get("JNIM|ML|2017-10-30")
    assert row is not None
    assert (row.group, row.country, row.region, row.day) == ("JNIM", "ML", "Western Africa", date(2017, 10, 30))
    assert row.sightings[0].evidence.last_day == date(2017, 11, 2)


def test_a_row_names_the_group_that_was_seen() -> None:
    days: Draft[Activity] = Draft({})
    change(days, evidence(group="Ansar Dine"), member="Ansar Dine")

    row = days.get("JNIM|ML|2017-10-31")
    assert row is not None
    assert row.sightings[0].member == "Ansar Dine"


def test_the_sightings_of_a_day_are_sorted_and_each_counts_once() -> None:
    days: Draft[Activity] = Draft({})
    for source, sighting_id in [("b", "1"), ("a", "2"), ("a", "1"), ("a", "2")]:
        change(days, evidence(source=source, id=sighting_id))

    assert buckets(days) == {"JNIM|ML|2017-10-31": ["a/1", "a/2", "b/1"]}


def test_each_group_country_and_day_has_its_own_row() -> None:
    days: Draft[Activity] = Draft({})
    change(days, evidence(), evidence("2017-10-30", id="2"))
    change(days, evidence(), where=GroupCountry("ISWAP", "ML", "Western Africa"))
    change(days, evidence(), where=GroupCountry("JNIM", "BF", "Western Africa"))

    assert set(buckets(days)) == {
        "JNIM|ML|2017-10-31", "ISWAP|ML|2017-10-31", "JNIM|BF|2017-10-31", "JNIM|ML|2017-10-30",
    }  # fmt: skip


def test_an_empty_day_is_removed() -> None:
    days: Draft[Activity] = Draft({})
    change(days, evidence(id="1"), evidence(id="2"))

    change(days, removed=[evidence(id="1")])
    assert buckets(days) == {"JNIM|ML|2017-10-31": ["wire/2"]}

    change(days, removed=[evidence(id="2")])
    assert days.changes == {"JNIM|ML|2017-10-31": None}


def test_a_day_without_sightings_is_never_written() -> None:
    days: Draft[Activity] = Draft({})
    change(days, weak_evidence("2017-10-31"))

    assert set(days.changes) == {"JNIM|ML|2017-10-31"}


def test_removing_an_unknown_sighting_changes_nothing() -> None:
    days: Draft[Activity] = Draft({})
    change(days, evidence(source="wire", id="1"))

    assert change(days, removed=[evidence(source="other", id="1")]).confirmed == EntryChanges()
    assert buckets(days) == {"JNIM|ML|2017-10-31": ["wire/1"]}


def test_a_sighting_that_moves_is_counted_on_its_new_day_only() -> None:
    days: Draft[Activity] = Draft({})
    change(days, evidence("2017-10-31"))

    shifts = change(days, evidence("2017-10-30", revision=2), removed=[evidence("2017-10-31")])

    assert buckets(days) == {"JNIM|ML|2017-10-30": ["wire/1"]}
    assert shifts.days == {date(2017, 10, 30), date(2017, 10, 31)}
    assert shifted(shifts.confirmed) == (["2017-10-31"], ["1"])


def test_the_sightings_between_two_days_include_both_ends() -> None:
    days: Draft[Activity] = Draft({})
    for day in range(1, 6):
        change(days, evidence(f"2017-10-{day:02}", id=str(day)))

    found = day_rows.entries(days, MALI, date(2017, 10, 2), date(2017, 10, 4))

    assert [match.evidence.id for match in found] == ["2", "3", "4"]


def test_a_range_that_ends_before_it_begins_is_empty() -> None:
    days: Draft[Activity] = Draft({})
    change(days, evidence("2017-10-02"))
    assert not list(day_rows.entries(days, MALI, date(2017, 10, 2), date(2017, 10, 1)))


@each_row("day", ["0001-01-01", "9999-12-31"])
def test_sightings_count_on_the_first_and_the_last_day_of_the_calendar(day: str) -> None:
    days: Draft[Activity] = Draft({})
    change(days, weak_evidence(day, arrived="2017-11-01", id="1", origin="AFP"))
    change(days, weak_evidence(day, arrived="2017-11-01", id="2", origin="Reuters"))

    assert qualifying(days) == {"1": True, "2": True}


# Sightings that qualify, and their neighbours.


@each_row(("day", "qualify"), [
    ("2017-10-27", False), ("2017-10-28", True), ("2017-10-31", True), ("2017-11-03", True), ("2017-11-04", False),
])  # fmt: skip
def test_a_second_origin_within_three_days_qualifies_both(day: str, qualify: bool) -> None:
    days: Draft[Activity] = Draft({})
    change(days, weak_evidence("2017-10-31", id="1", origin="AFP"))

    shifts = change(days, weak_evidence(day, id="2", origin="Reuters"))

    assert qualifying(days) == {"1": qualify, "2": qualify}
    if qualify:
        assert shifted(shifts.unconfirmed) == (["2017-10-31"], [])
        assert sorted(shifted(shifts.confirmed)[1]) == ["1", "2"]
        assert shifts.days == {date(2017, 10, 31), date.fromisoformat(day)}
    else:
        assert shifted(shifts.unconfirmed) == ([], ["2"])
        assert shifts.confirmed == EntryChanges()


def test_reprints_do_not_corroborate_each_other() -> None:
    days: Draft[Activity] = Draft({})
    change(days, weak_evidence("2017-10-31", id="1", source="a", origin="AFP"))
    change(days, weak_evidence("2017-10-31", id="2", source="b", origin="afp "))

    assert qualifying(days) == {"1": False, "2": False}


def test_a_graded_sighting_qualifies_its_neighbours() -> None:
    days: Draft[Activity] = Draft({})
    change(days, weak_evidence("2017-10-31", id="1", origin="AFP"))

    change(days, evidence("2017-11-01", id="2", origin="Reuters"))

    assert qualifying(days) == {"1": True, "2": True}


def test_a_corroborated_sighting_no_longer_qualifies_without_the_other() -> None:
    days: Draft[Activity] = Draft({})
    gone = weak_evidence("2017-11-03", id="2", origin="Reuters")
    change(days, weak_evidence("2017-10-31", id="1", origin="AFP"), gone)

    shifts = change(days, removed=[gone])

    assert qualifying(days) == {"1": False}
    assert shifted(shifts.confirmed) == (["2017-10-31", "2017-11-03"], [])
    assert shifted(shifts.unconfirmed) == ([], ["1"])


def test_neighbours_are_not_read_if_no_unconfirmed_run_is_near() -> None:
    days: Draft[Activity] = Draft({})
    change(days, weak_evidence("2017-10-31", id="1", origin="AFP"))

    change(days, evidence("2017-11-01", id="2", origin="Reuters"), unconfirmed=())

    assert qualifying(days) == {"1": False, "2": True}


@each_row(("day", "judged"), [
    ("2017-10-06", False), ("2017-10-07", True), ("2017-10-23", True), ("2017-10-24", False),
])  # fmt: skip
def test_a_run_is_near_up_to_three_days_from_either_end(day: str, judged: bool) -> None:
    days: Draft[Activity] = Draft({})
    run = Run(first_day=date(2017, 10, 10), last_day=date(2017, 10, 20), trigger=SightingRef(source="wire", id="1"))
    change(days, weak_evidence("2017-10-10", id="1", origin="AFP"), weak_evidence("2017-10-20", id="2", origin="AFP"))

    change(days, evidence(day, id="3", origin="Reuters"), unconfirmed=[run])

    assert any(qualifying(days)[sighting_id] for sighting_id in "12") == judged


def test_a_sighting_with_a_later_last_day_leaves_and_joins() -> None:
    days: Draft[Activity] = Draft({})
    change(days, evidence("2017-10-31"))

    shifts = change(days, evidence("2017-10-31/2017-11-02", revision=2), removed=[evidence("2017-10-31")])

    assert shifted(shifts.confirmed) == (["2017-10-31"], ["1"])
    assert shifts.confirmed.joined[0].last_day == date(2017, 11, 2)


def test_a_sighting_with_another_title_changes_no_run() -> None:
    days: Draft[Activity] = Draft({})
    change(days, evidence(title="Atack"))

    shifts = change(days, evidence(title="Attack", revision=2), removed=[evidence(title="Atack")])

    assert (shifts.confirmed, shifts.unconfirmed) == (EntryChanges(), EntryChanges())
    assert shifts.days == {date(2017, 10, 31)}
    assert next(iter(days.rows())).sightings[0].evidence.title == "Attack"


def test_the_policy_sets_the_threshold_and_the_corroboration_days() -> None:
    days: Draft[Activity] = Draft({})
    change(days, evidence(grade="B2"), policy=Policy(threshold="A1"))
    assert qualifying(days) == {"1": False}

    change(days, weak_evidence("2017-11-01", id="2", origin="AFP"), policy=Policy(threshold="A1", corroboration_days=0))
    assert qualifying(days) == {"1": False, "2": False}


def test_unchanged_neighbours_are_not_written_again() -> None:
    known: Draft[Activity] = Draft({})
    change(known, weak_evidence("2017-10-30", id="1", origin="AFP"), weak_evidence("2017-10-31", id="2", origin="AFP"))
    days: Draft[Activity] = Draft({key: row for key, row in known.changes.items() if row})

    change(days, weak_evidence("2017-11-01", id="3", origin="AFP"))
    assert set(days.changes) == {"JNIM|ML|2017-11-01"}

    change(days, weak_evidence("2017-11-03", id="4", origin="Reuters"))
    assert set(days.changes) == {"JNIM|ML|2017-10-31", "JNIM|ML|2017-11-01", "JNIM|ML|2017-11-03"}


def test_rows_are_written_in_order_of_days() -> None:
    days: Draft[Activity] = Draft({})
    dates = [f"2017-10-{day:02}" for day in range(1, 29, 3)]
    shifts = change(days, *(weak_evidence(day, id=day, origin="AFP") for day in reversed(dates)))
    assert list(days.changes) == [f"JNIM|ML|{day}" for day in dates]
    assert shifted(shifts.unconfirmed) == ([], dates)

    again: Draft[Activity] = Draft({key: row for key, row in days.changes.items() if row})
    change(again, evidence("2017-11-15", id="z"), removed=[weak_evidence(day, id=day) for day in dates])
    assert list(again.changes) == [*(f"JNIM|ML|{day}" for day in dates), "JNIM|ML|2017-11-15"]


def test_neighbours_are_written_in_order_of_days() -> None:
    known: Draft[Activity] = Draft({})
    dates = [f"2017-10-{day:02}" for day in range(1, 8)]
    change(known, *(weak_evidence(day, id=day, origin="AFP") for day in dates))
    days: Draft[Activity] = Draft({key: row for key, row in known.changes.items() if row})

    change(days, weak_evidence("2017-10-04", id="z", origin="Reuters"))

    assert list(days.changes) == [f"JNIM|ML|{dates[3]}", *(f"JNIM|ML|{day}" for day in dates if day != dates[3])]
