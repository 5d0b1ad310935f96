"""Day buckets."""

from __future__ import annotations

from datetime import date

from schemas.presence import Activity
from streams.presence import activity
from streams.steps import Draft
from tests.support.builders import evidence


def buckets(days: Draft[Activity]) -> dict[str, list[str]]:
    return {key: [f"{one.source}/{one.id}" for one in row.sightings] for key, row in days.changes.items() if row}


def test_a_sighting_counts_on_its_first_day_alone() -> None:
    days: Draft[Activity] = Draft({})
    activity.add(days, evidence("2017-10-30/2017-11-02"))

    assert buckets(days) == {"JNIM|ML|2017-10-30": ["wire/1"]}
    row = days.get("JNIM|ML|2017-10-30")
    assert row is not None
    assert (row.group, row.country, row.region, row.day) == ("JNIM", "ML", "Western Africa", date(2017, 10, 30))
    assert row.sightings[0].last_day == date(2017, 11, 2)


def test_the_sightings_of_a_day_are_sorted_and_each_counts_once() -> None:
    days: Draft[Activity] = Draft({})
    for source, sighting_id in [("b", "1"), ("a", "2"), ("a", "1"), ("a", "2")]:
        activity.add(days, evidence(source=source, id=sighting_id))

    assert buckets(days) == {"JNIM|ML|2017-10-31": ["a/1", "a/2", "b/1"]}


def test_groups_countries_and_days_have_buckets_of_their_own() -> None:
    days: Draft[Activity] = Draft({})
    for one in (evidence(), evidence(group="ISWAP"), evidence(country="BF"), evidence("2017-10-30")):
        activity.add(days, one)

    assert set(buckets(days)) == {
        "JNIM|ML|2017-10-31", "ISWAP|ML|2017-10-31", "JNIM|BF|2017-10-31", "JNIM|ML|2017-10-30",
    }  # fmt: skip


def test_an_empty_bucket_goes() -> None:
    days: Draft[Activity] = Draft({})
    activity.add(days, evidence(id="1"))
    activity.add(days, evidence(id="2"))

    activity.discard(days, evidence(id="1"))
    assert buckets(days) == {"JNIM|ML|2017-10-31": ["wire/2"]}

    activity.discard(days, evidence(id="2"))
    assert days.changes == {"JNIM|ML|2017-10-31": None}


def test_to_take_out_what_is_not_there_takes_nothing_else() -> None:
    days: Draft[Activity] = Draft({})
    activity.add(days, evidence(source="wire", id="1"))

    activity.discard(days, evidence(source="other", id="1"))

    assert buckets(days) == {"JNIM|ML|2017-10-31": ["wire/1"]}


def test_the_place_shown_is_the_town_else_the_province() -> None:
    days: Draft[Activity] = Draft({})
    activity.add(days, evidence(id="1", admin1="Mopti", place="Douentza"))
    activity.add(days, evidence(id="2", admin1="Mopti"))
    activity.add(days, evidence(id="3"))

    row = days.get("JNIM|ML|2017-10-31")
    assert row is not None
    assert [one.place for one in row.sightings] == ["Douentza", "Mopti", None]


def test_the_sightings_between_two_days_include_both_ends() -> None:
    days: Draft[Activity] = Draft({})
    for day in range(1, 6):
        activity.add(days, evidence(f"2017-10-{day:02}", id=str(day)))

    found = activity.spans(days, "JNIM", "ML", date(2017, 10, 2), date(2017, 10, 4))

    assert [one.sighting.id for one in found] == ["2", "3", "4"]
