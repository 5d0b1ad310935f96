"""Appearances and their onset."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from schemas.days import parse_days
from schemas.evidence import Evidence
from schemas.presence import DayEntry, Episode, Presence, Run, SightingRef
from streams.presence.appearances import (
    Appearance,
    Onset,
    appearances,
    containing,
    deciding_sightings,
    onset,
    onset_ends,
)
from streams.presence.policy import Policy
from tests.support.builders import evidence
from tests.support.tables import each_row

POLICY = Policy()
ONE = SightingRef(source="wire", id="1")


def appearance(days: str, status: Any = "confirmed", kind: Any = "first_ever") -> Appearance:
    span = parse_days(days)
    return Appearance(kind, status, span.first_day, span.last_day, "ML")


def row(episodes: Iterable[str] = (), unconfirmed: Iterable[str] = ()) -> Presence:
    confirmed, others = [parse_days(episode) for episode in episodes], [parse_days(run) for run in unconfirmed]
    return Presence(
        group="JNIM",
        country="ML",
        region="Western Africa",
        episodes=tuple(
            Episode(kind="first_ever", first_day=found.first_day, last_day=found.last_day, trigger=ONE)
            for found in confirmed
        ),
        unproven=tuple(Run(first_day=other.first_day, last_day=other.last_day, trigger=ONE) for other in others),
    )


def found(episodes: Iterable[str] = (), unconfirmed: Iterable[str] = (), policy: Policy = POLICY) -> list[str]:
    return [
        f"{found.status} {found.kind} {found.first_day} after {found.previous_last_day}"
        for found in appearances(row(episodes, unconfirmed), policy)
    ]


# Episodes and candidates.


def test_appearances_are_ordered_by_first_day() -> None:
    assert found(["2015-01-01/2015-02-01", "2017-01-01"], ["2016-01-01", "2014-01-01", "2019-01-01"]) == [
        "candidate first_ever 2014-01-01 after None",
        "confirmed first_ever 2015-01-01 after None",
        "candidate returned 2016-01-01 after 2015-02-01",
        "confirmed first_ever 2017-01-01 after 2015-02-01",
        "candidate re_emergence 2019-01-01 after 2017-01-01",
    ]


@each_row(("run", "is_candidate"), [
    ("2017-10-01/2017-10-02", False), ("2017-07-02/2017-07-03", False), ("2017-08-15", False),
    ("2017-10-02/2017-10-03", True), ("2017-06-01/2017-07-01", True), ("2017-06-01/2018-01-01", False),
])  # fmt: skip
def test_a_candidate_is_more_than_thirty_days_from_every_episode(run: str, is_candidate: bool) -> None:
    assert len(found(["2010-01-01", "2017-08-01/2017-09-01"], [run])) == (3 if is_candidate else 2)


def test_a_candidate_has_its_country() -> None:
    [found] = appearances(row([], ["2017-10-01/2017-10-02"]), POLICY)

    assert (found.country, found.last_day, found.countries) == ("ML", date(2017, 10, 2), ())


def test_the_policy_sets_the_distance_from_an_episode() -> None:
    assert len(found(["2017-10-01"], ["2017-10-11"], Policy(window_days=9))) == 2
    assert len(found(["2017-10-01"], ["2017-10-11"], Policy(window_days=10))) == 1


def test_an_appearance_contains_its_first_and_its_last_day() -> None:
    found = appearance("2017-10-02/2017-10-04")

    assert [found.holds(date(2017, 10, day)) for day in range(1, 6)] == [False, True, True, True, False]
    assert containing(date(2017, 10, 4), [appearance("2017-09-01"), found]) is found
    assert containing(date(2017, 10, 5), [found]) is None


@each_row(("other", "meets"), [
    ("2017-10-01", False), ("2017-10-01/2017-10-02", True), ("2017-10-03", True), ("2017-10-01/2017-10-09", True),
    ("2017-10-04/2017-10-09", True), ("2017-10-05", False),
])  # fmt: skip
def test_two_appearances_meet_if_they_share_a_day(other: str, meets: bool) -> None:
    assert appearance("2017-10-02/2017-10-04").meets(appearance(other)) == meets
    assert appearance(other).meets(appearance("2017-10-02/2017-10-04")) == meets


# Onset.


def opened(
    found: Appearance, *seen: Evidence, members: Iterable[str] = (), qualify: bool = True, policy: Policy = POLICY
) -> Onset:
    names = [*members] or ["JNIM"] * len(seen)
    days = [DayEntry(evidence=each, member=name, qualifies=qualify) for each, name in zip(seen, names, strict=True)]

    def entries(first: date, last: date) -> Iterable[DayEntry]:
        return [entry for entry in days if first <= entry.evidence.first_day <= last]

    return onset(found, "JNIM", entries, str, policy)


def test_the_onset_is_thirty_days_from_the_first_day() -> None:
    seen = [evidence(day, id=day) for day in ("2017-09-30", "2017-10-01", "2017-10-31", "2017-11-01")]

    begins = opened(appearance("2017-10-01/2017-12-01"), *seen)

    assert [sighting.id for sighting in begins.sightings] == ["2017-10-01", "2017-10-31"]


def test_the_onset_ends_with_the_last_day() -> None:
    seen = [evidence("2017-10-01", id="1"), evidence("2017-10-03", id="2")]

    assert [sighting.id for sighting in opened(appearance("2017-10-01/2017-10-02"), *seen).sightings] == ["1"]


def test_qualifying_sightings_attest_an_episode_and_other_sightings_a_candidate() -> None:
    seen = evidence("2017-10-01")

    assert opened(appearance("2017-10-01"), seen, qualify=False).sightings == ()
    assert opened(appearance("2017-10-01", "candidate"), seen, qualify=False).sightings == (seen,)
    assert opened(appearance("2017-10-01", "candidate"), seen, qualify=True).sightings == ()


def test_the_sighting_with_the_earliest_limit_sets_the_latest_possible_first_day() -> None:
    month, day = evidence("2017-10", id="1"), evidence("2017-10-20", id="2")

    assert opened(appearance("2017-10-01/2017-10-31"), month).begins_by == date(2017, 10, 31)
    assert opened(appearance("2017-10-01/2017-10-31"), month, day).begins_by == date(2017, 10, 20)
    assert opened(appearance("2017-10-01")).begins_by == date(2017, 10, 1)


def test_an_onset_is_archival_if_every_sighting_is() -> None:
    old, new = evidence("2017-10-01", id="1", archival=True), evidence("2017-10-02", id="2")

    assert opened(appearance("2017-10-01/2017-10-02"), old).archival
    assert not opened(appearance("2017-10-01/2017-10-02"), old, new).archival


def test_factions_are_named_unless_the_group_itself_was_seen() -> None:
    seen = [evidence("2017-10-01", id=str(number)) for number in range(3)]
    found = appearance("2017-10-01")

    assert opened(found, *seen, members=["Z", "A", "Z"]).by_affiliation == ("A", "Z")
    assert opened(found, *seen * 3, members="ihgfedcba").by_affiliation == tuple("abcdefghi")
    assert opened(found, *seen, members=["Z", "A", "JNIM"]).by_affiliation == ()


def test_doubts_are_distinct_and_disappear_with_a_certain_sighting() -> None:
    seen = [evidence("2017-10-01", id=str(number), doubt=doubt) for number, doubt in enumerate("bab")]
    found = appearance("2017-10-01")

    assert opened(found, *seen).doubts == ("b", "a")
    assert opened(found, *seen, evidence("2017-10-01", id="9")).doubts == ()


def test_origins_are_counted_over_the_whole_onset() -> None:
    seen = [evidence("2017-10-01", id=str(number), origin=f"origin {number}") for number in range(12)]

    begins = opened(appearance("2017-10-01"), *seen)

    assert (begins.origins, len(begins.sightings)) == (12, 10)


def test_the_onset_ends_with_the_window_or_with_the_calendar() -> None:
    assert onset_ends(date(2017, 10, 1), POLICY) == date(2017, 10, 31)
    assert onset_ends(date(2017, 10, 1), Policy(window_days=0)) == date(2017, 10, 1)
    assert onset_ends(date(9999, 12, 20), POLICY) == date.max


def test_the_earliest_of_each_origin_come_first_then_the_rest_by_day_source_and_id() -> None:
    seen = [
        evidence("2017-10-03", source="b", id="1", origin="AFP"), evidence("2017-10-03", source="a", id="2", origin="AFP"),
        evidence("2017-10-03", source="a", id="1", origin="AFP"), evidence("2017-10-05", source="a", id="3", origin="BBC"),
        evidence("2017-10-04", source="a", id="4", origin="BBC"),
    ]  # fmt: skip

    assert [f"{sighting.source}{sighting.id}" for sighting in deciding_sightings(seen)] == [
        "a1",
        "a4",
        "a2",
        "b1",
        "a3",
    ]
    assert deciding_sightings(reversed(seen)) == deciding_sightings(seen)


def test_a_run_near_an_episode_does_not_hide_other_candidates() -> None:
    found = appearances(row(["2017-10-01"], ["2017-10-10", "2018-03-01"]), POLICY)

    assert [(match.status, match.first_day) for match in found] == [
        ("confirmed", date(2017, 10, 1)),
        ("candidate", date(2018, 3, 1)),
    ]
