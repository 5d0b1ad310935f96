"""Appearances: rows of episodes and candidates that alerts are about, their kinds, and which of them are news."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from schemas.days import parse_days
from schemas.presence import Episode, Onset, Run, SightingRef
from streams.presence.appearances import Appearance, appearances, is_newsworthy, kind_after
from streams.presence.policy import Policy
from tests.support.tables import each_row

POLICY = Policy()
ONE = SightingRef(source="wire", id="1")


def appearance(days: str, status: Any = "confirmed", kind: Any = "first_ever") -> Appearance:
    span = parse_days(days)
    return Appearance(kind, status, span.first_day, span.last_day, "ML")


def runs(*days: str) -> list[Run]:
    return [Run(first_day=run.first_day, last_day=run.last_day, trigger=ONE) for run in map(parse_days, days)]


def episodes(*days: str) -> list[Episode]:
    return [
        Episode(kind="first_ever", first_day=run.first_day, last_day=run.last_day, trigger=ONE) for run in runs(*days)
    ]


def found(confirmed: Sequence[str] = (), unconfirmed: Sequence[str] = (), policy: Policy = POLICY) -> list[str]:
    return [
        f"{found.status} {found.kind} {found.first_day} after {found.previous_last_day}"
        for found in appearances("ML", episodes(*confirmed), runs(*unconfirmed), policy)
    ]


# Episodes and candidates.


def test_appearances_are_ordered_by_first_day() -> None:
    assert found(["2015-01-01/2015-02-01", "2017-01-01"], ["2014-01-01", "2016-01-01", "2019-01-01"]) == [
        "candidate first_ever 2014-01-01 after None",
        "confirmed first_ever 2015-01-01 after None",
        "candidate returned 2016-01-01 after 2015-02-01",
        "confirmed re_emergence 2017-01-01 after 2015-02-01",
        "candidate re_emergence 2019-01-01 after 2017-01-01",
    ]


@each_row(("run", "is_candidate"), [
    ("2017-10-01/2017-10-02", False), ("2017-07-02/2017-07-03", False), ("2017-08-15", False),
    ("2017-10-02/2017-10-03", True), ("2017-06-01/2017-07-01", True), ("2017-06-01/2018-01-01", False),
])  # fmt: skip
def test_a_candidate_is_more_than_thirty_days_from_every_episode(run: str, is_candidate: bool) -> None:
    assert len(found(["2010-01-01", "2017-08-01/2017-09-01"], [run])) == (3 if is_candidate else 2)


def test_a_candidate_has_its_country() -> None:
    [found] = appearances("ML", [], runs("2017-10-01/2017-10-02"), POLICY)

    assert (found.country, found.last_day, found.countries) == ("ML", date(2017, 10, 2), ())


def test_the_policy_sets_the_distance_from_an_episode() -> None:
    assert len(found(["2017-10-01"], ["2017-10-11"], Policy(window_days=9))) == 2
    assert len(found(["2017-10-01"], ["2017-10-11"], Policy(window_days=10))) == 1


def test_an_appearance_contains_its_first_and_its_last_day() -> None:
    found = appearance("2017-10-02/2017-10-04")

    assert [found.holds(date(2017, 10, day)) for day in range(1, 6)] == [False, True, True, True, False]


@each_row(("other", "meets"), [
    ("2017-10-01", False), ("2017-10-01/2017-10-02", True), ("2017-10-03", True), ("2017-10-01/2017-10-09", True),
    ("2017-10-04/2017-10-09", True), ("2017-10-05", False),
])  # fmt: skip
def test_two_appearances_meet_if_they_share_a_day(other: str, meets: bool) -> None:
    assert appearance("2017-10-02/2017-10-04").meets(appearance(other)) == meets
    assert appearance(other).meets(appearance("2017-10-02/2017-10-04")) == meets


def test_a_run_near_an_episode_does_not_hide_other_candidates() -> None:
    found = appearances("ML", episodes("2017-10-01"), runs("2017-10-10", "2018-03-01"), POLICY)

    assert [(match.status, match.first_day) for match in found] == [
        ("confirmed", date(2017, 10, 1)),
        ("candidate", date(2018, 3, 1)),
    ]


def test_an_appearance_has_the_onset_of_its_run() -> None:
    onset = Onset(deciding=(), begins_by=date(2017, 10, 1))
    [episode], [run] = episodes("2015-01-01"), runs("2017-10-01")

    known = appearances("ML", [episode.replace(onset=onset)], [run.replace(onset=onset)], POLICY)

    assert [each.onset for each in known] == [onset, onset]
    assert [each.onset for each in appearances("ML", [episode], [run], POLICY)] == [None, None]


@each_row(("previous", "kind"), [
    (None, "first_ever"), ("2016-10-30", "re_emergence"), ("2016-10-31", "returned"), ("2017-10-01", "returned"),
])  # fmt: skip
def test_a_gap_of_more_than_365_days_is_a_re_emergence(previous: str | None, kind: str) -> None:
    assert kind_after(date.fromisoformat(previous) if previous else None, date(2017, 10, 31), POLICY) == kind


def test_the_policy_sets_the_dormancy() -> None:
    days = date(2017, 1, 1), date(2017, 4, 11)

    assert kind_after(*days, Policy(dormancy_days=99)) == "re_emergence"
    assert kind_after(*days, Policy(dormancy_days=100)) == "returned"


def is_news_when(first_day: str, arrived: str, begins_by: str | None = None, *, archival: bool = False) -> bool:
    first = date.fromisoformat(first_day)
    latest = date.fromisoformat(begins_by) if begins_by else first
    return is_newsworthy(first, latest, datetime.fromisoformat(arrived).replace(tzinfo=UTC), POLICY, archival=archival)


@each_row(("arrived", "is_news"), [
    ("2017-10-31T23:59", True), ("2017-11-01T00:00", False), ("2017-10-01T00:00", True),
    ("2017-09-30T00:00", True), ("2017-09-29T23:59", False), ("2017-09-01T00:00", False),
])  # fmt: skip
def test_an_appearance_is_news_from_one_day_before_to_thirty_days_after_its_first_day(
    arrived: str, is_news: bool
) -> None:
    assert is_news_when("2017-10-01", arrived) == is_news


def test_an_archival_onset_is_not_news() -> None:
    assert not is_news_when("2017-10-01", "2017-10-02", archival=True)


@each_row(("arrived", "is_news"), [
    ("2017-01-05", True), ("2017-06-15", True), ("2018-01-30", True), ("2018-01-31", False),
    ("2016-12-31", True), ("2016-12-30", False),
])  # fmt: skip
def test_a_year_may_have_begun_on_any_of_its_days_up_to_the_report(arrived: str, is_news: bool) -> None:
    assert is_news_when("2017-01-01", arrived, "2017-12-31") == is_news
