"""Days become episodes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pytest

from schemas.days import parse_days
from schemas.presence import Episode, SightingRef
from streams.presence.episodes import Opened, Span, as_runs, insert, remove, runs_of, with_kinds
from streams.presence.policy import Policy

POLICY = Policy()


def span(occurred: str, sighting_id: str = "1", source: str = "wire") -> Span:
    days = parse_days(occurred)
    return Span(days.first_day, days.last_day, SightingRef(source=source, id=sighting_id))


def built(*spans: Span) -> tuple[Episode, ...]:
    """Return the episodes of some sightings, built one by one; together they must come to the same."""
    runs: list[Opened] = []
    for one in spans:
        runs = insert(runs, one, POLICY)
    assert runs == runs_of(spans, POLICY)
    return with_kinds(runs, POLICY)


def without(gone: Span, *rest: Span) -> tuple[Episode, ...]:
    def remaining(first: date, last: date) -> Iterable[Span]:
        return [one for one in rest if first <= one.first_day <= last]

    return with_kinds(remove(built(gone, *rest), {gone.first_day}, remaining, POLICY), POLICY)


def told(episodes: Iterable[Episode]) -> list[str]:
    return [f"{one.kind} {one.first_day}/{one.last_day}" for one in episodes]


def test_thirty_days_apart_is_one_episode() -> None:
    assert told(built(span("2017-10-01"), span("2017-10-31"))) == ["first_ever 2017-10-01/2017-10-31"]


def test_thirty_one_days_apart_are_two() -> None:
    assert told(built(span("2017-10-01"), span("2017-11-01"))) == [
        "first_ever 2017-10-01/2017-10-01",
        "returned 2017-11-01/2017-11-01",
    ]


def test_a_gap_of_365_days_is_a_return() -> None:
    assert told(built(span("2016-10-31"), span("2017-10-31")))[1] == "returned 2017-10-31/2017-10-31"


def test_a_gap_of_366_days_is_a_re_emergence() -> None:
    assert told(built(span("2016-10-30"), span("2017-10-31")))[1] == "re_emergence 2017-10-31/2017-10-31"


def test_the_gap_counts_from_the_latest_last_day_and_not_from_the_last_sighting() -> None:
    long = span("2017-01-01/2017-06-30", "long")

    assert told(built(long, span("2017-01-10", "short"), span("2017-07-30"))) == ["first_ever 2017-01-01/2017-07-30"]
    assert told(built(long, span("2017-01-10", "short"), span("2018-06-30")))[1] == "returned 2018-06-30/2018-06-30"
    assert told(built(long, span("2017-01-10", "short"), span("2018-07-01")))[1] == "re_emergence 2018-07-01/2018-07-01"


def test_each_return_is_named_by_the_gap_just_before_it() -> None:
    assert [one.kind for one in built(span("2010"), span("2015"), span("2016-06-01"), span("2019"))] == [
        "first_ever",
        "re_emergence",
        "returned",
        "re_emergence",
    ]


def test_the_trigger_begins_on_the_first_day_and_is_the_first_by_source_and_id() -> None:
    same_day = [span("2017-10-01", "2", "b"), span("2017-10-01", "9", "a"), span("2017-10-01", "1", "b")]

    [episode] = built(span("2017-10-02", "0", "a"), *same_day)

    assert episode.trigger == SightingRef(source="a", id="9")


def test_an_earlier_sighting_becomes_the_trigger() -> None:
    [episode] = built(span("2017-10-10", "first told"), span("2017-10-01", "told late"))

    assert episode.trigger.id == "told late"


def test_a_sighting_between_two_episodes_joins_them() -> None:
    assert told(built(span("2017-08-01"), span("2017-09-20"), span("2017-08-28"))) == [
        "first_ever 2017-08-01/2017-09-20"
    ]


def test_a_sighting_near_one_episode_only_leaves_the_other_apart() -> None:
    assert told(built(span("2017-08-01"), span("2017-10-20"), span("2017-08-28"))) == [
        "first_ever 2017-08-01/2017-08-28",
        "returned 2017-10-20/2017-10-20",
    ]


def test_a_long_interval_swallows_every_episode_that_it_reaches() -> None:
    apart = [span("2015-01-01", "a"), span("2015-06-01", "b"), span("2016-12-01", "c"), span("2020-01-01", "d")]

    assert told(built(*apart, span("2015-05-20/2016-11-01", "long"))) == [
        "first_ever 2015-01-01/2015-01-01",
        "returned 2015-05-20/2016-12-01",
        "re_emergence 2020-01-01/2020-01-01",
    ]


def test_a_sighting_within_an_episode_does_not_make_it_shorter() -> None:
    assert told(built(span("2017-01-01/2017-06-30"), span("2017-02-01"))) == ["first_ever 2017-01-01/2017-06-30"]


def test_without_the_sighting_between_an_episode_splits() -> None:
    episodes = without(span("2017-08-28", "between"), span("2017-08-01", "a"), span("2017-09-20", "b"))

    assert told(episodes) == ["first_ever 2017-08-01/2017-08-01", "returned 2017-09-20/2017-09-20"]
    assert [one.trigger.id for one in episodes] == ["a", "b"]


def test_without_its_first_sighting_an_episode_begins_later_and_the_next_may_be_news() -> None:
    assert told(without(span("2017-01-01", "a"), span("2017-01-20", "b"))) == ["first_ever 2017-01-20/2017-01-20"]
    assert told(without(span("2017-01-01", "a"), span("2017-06-20", "b"))) == ["first_ever 2017-06-20/2017-06-20"]
    assert told(without(span("2016-06-20", "a"), span("2015-01-01", "b"), span("2017-01-01", "c")))[1] == (
        "re_emergence 2017-01-01/2017-01-01"
    )


def test_without_a_long_sighting_the_episode_ends_earlier() -> None:
    assert told(without(span("2017-01-01/2017-06-30", "a"), span("2017-01-02", "b"))) == [
        "first_ever 2017-01-02/2017-01-02"
    ]


def test_without_its_only_sighting_nothing_is_left() -> None:
    assert without(span("2017-01-01")) == ()


def test_one_of_two_on_the_same_days_leaves_the_episode_and_hands_on_the_trigger() -> None:
    [episode] = without(span("2017-01-01", "a"), span("2017-01-01", "b"))

    assert (told([episode]), episode.trigger.id) == (["first_ever 2017-01-01/2017-01-01"], "b")


@pytest.mark.parametrize(("window", "count"), [(0, 2), (1, 1)])
def test_the_window_is_the_policys(window: int, count: int) -> None:
    spans = [span("2017-10-01", "a"), span("2017-10-02", "b")]
    policy = Policy(window_days=window)

    assert len(runs_of(spans, policy)) == count
    assert len(insert(spans[:1], spans[1], policy)) == count
    assert len(insert(spans[1:], spans[0], policy)) == count
    assert len(remove([span("2017-10-01/2017-10-02")], {date(2017, 10, 1)}, lambda *_: spans, policy)) == count


def test_the_dormancy_is_the_policys() -> None:
    spans = [span("2017-01-01"), span("2017-04-11")]

    assert [one.kind for one in with_kinds(spans, Policy(dormancy_days=99))] == ["first_ever", "re_emergence"]
    assert [one.kind for one in with_kinds(spans, Policy(dormancy_days=100))] == ["first_ever", "returned"]


def test_no_evidence_is_no_episode() -> None:
    assert runs_of([], POLICY) == []
    assert with_kinds([], POLICY) == ()


def test_only_the_runs_that_held_one_of_the_days_are_built_anew() -> None:
    asked = []

    def remaining(first: date, last: date) -> Iterable[Span]:
        asked.append((first.isoformat(), last.isoformat()))
        return []

    runs = [span("2015-01-01/2015-02-01"), span("2016-01-01/2016-02-01"), span("2017-01-01/2017-02-01")]
    days = {date(2015, 2, 1), date(2016, 1, 1), date(2016, 12, 31), date(2017, 2, 2)}

    assert remove(runs, days, remaining, POLICY) == runs[2:]
    assert asked == [("2015-01-01", "2015-02-01"), ("2016-01-01", "2016-02-01")]


def test_runs_and_episodes_are_remembered_as_they_are() -> None:
    spans = [span("2015-01-01/2015-02-01", "a"), span("2016-01-01", "b")]

    def remembered(runs: Iterable[Opened]) -> list[Span]:
        return [Span(run.first_day, run.last_day, run.trigger) for run in runs]

    assert remembered(as_runs(spans)) == remembered(with_kinds(spans, POLICY)) == spans
    assert as_runs(as_runs(spans)) == as_runs(spans)


def test_a_whole_set_is_the_same_in_any_order() -> None:
    spans = [span("2017-01-01", "b"), span("2017-01-01/2017-03-01", "a"), span("2017-03-15"), span("2017-06-01")]

    assert (
        runs_of(reversed(spans), POLICY)
        == runs_of(spans, POLICY)
        == [
            span("2017-01-01/2017-03-15", "a"),
            span("2017-06-01"),
        ]
    )
