"""Runs of days, and the episodes that presence stores."""

from __future__ import annotations

from collections.abc import Iterable

from schemas.evidence import Evidence
from schemas.presence import Episode, SightingRef
from streams.presence.policy import Policy
from streams.presence.runs import Span, contains, merged, runs_of, span_of, with_span
from tests.support.builders import Story, evidence
from tests.support.tables import each_row

POLICY = Policy()


def seen(occurred: str, sighting_id: str = "", source: str = "wire") -> Evidence:
    return evidence(occurred, id=sighting_id or occurred, source=source, arrived="2024-01-01")


def some_day(occurred: str, sighting_id: str = "1") -> Evidence:
    return evidence(occurred, precision="some_day", id=sighting_id, arrived="2024-01-01")


def computed(sightings: Iterable[Evidence], policy: Policy = POLICY) -> list[Span]:
    """Return the runs of a set of sightings."""
    in_order = sorted(sightings, key=lambda sighting: sighting.first_day)
    return runs_of((span(sighting) for sighting in in_order), policy)


def span(sighting: Evidence) -> Span:
    return span_of(sighting.first_day, sighting.last_day, sighting.begins_by, sighting.earliest_end, POLICY)


def stored(story: Story) -> tuple[Episode, ...]:
    row = story.presence()
    return row.episodes if row else ()


def assert_stored(story: Story, sightings: Iterable[Evidence], policy: Policy = POLICY) -> None:
    """Assert that the stored episodes equal the runs of these sightings."""
    assert [merged([episode]) for episode in stored(story)] == computed(sightings, policy)


def built(*sightings: Evidence, policy: Policy = POLICY) -> tuple[Episode, ...]:
    """Return the episodes of some sightings, added one at a time, and assert that the order does not matter."""
    found = []
    for order in (sightings, sightings[::-1]):
        story = Story(policy)
        for number, sighting in enumerate(order, start=1):
            story.add(sighting)
            assert_stored(story, order[:number], policy)
        found.append([episode.replace(onset=None) for episode in stored(story)])
    assert found[0] == found[1]
    return tuple(found[0])


def without(gone: Evidence, *rest: Evidence) -> tuple[Episode, ...]:
    story = Story()
    story.add(gone, *rest)
    story.withdraw(gone)
    assert_stored(story, rest)
    return stored(story)


def in_words(episodes: Iterable[Episode]) -> list[str]:
    return [f"{episode.kind} {episode.first_day}/{episode.last_day}" for episode in episodes]


@each_row(
    ("first", "second", "episodes"),
    [
        ("2017-10-01", "2017-10-31", ["first_ever 2017-10-01/2017-10-31"]),  # 30 days apart
        ("2017-10-01", "2017-11-01", ["first_ever 2017-10-01/2017-10-01", "returned 2017-11-01/2017-11-01"]),
        ("2016-10-31", "2017-10-31", ["first_ever 2016-10-31/2016-10-31", "returned 2017-10-31/2017-10-31"]),
        # 366 days apart
        ("2016-10-30", "2017-10-31", ["first_ever 2016-10-30/2016-10-30", "re_emergence 2017-10-31/2017-10-31"]),
    ],
)
def test_the_gap_decides_whether_it_is_one_episode_a_return_or_a_re_emergence(
    first: str, second: str, episodes: list[str]
) -> None:
    assert in_words(built(seen(first), seen(second))) == episodes


def test_the_gap_counts_from_the_latest_last_day_and_not_from_the_last_sighting() -> None:
    long = seen("2017-01-01/2017-06-30", "long")

    assert in_words(built(long, seen("2017-01-10", "short"), seen("2017-07-30"))) == [
        "first_ever 2017-01-01/2017-07-30"
    ]
    assert in_words(built(long, seen("2017-01-10", "short"), seen("2018-06-30")))[1] == "returned 2018-06-30/2018-06-30"
    assert (
        in_words(built(long, seen("2017-01-10", "short"), seen("2018-07-01")))[1]
        == "re_emergence 2018-07-01/2018-07-01"
    )


def test_the_gap_before_each_episode_determines_its_kind() -> None:
    assert [episode.kind for episode in built(seen("2010"), seen("2015"), seen("2016-06-01"), seen("2019"))] == [
        "first_ever",
        "re_emergence",
        "returned",
        "re_emergence",
    ]


def test_the_trigger_begins_on_the_first_day_and_is_the_first_by_source_and_id() -> None:
    same_day = [seen("2017-10-01", "2", "b"), seen("2017-10-01", "9", "a"), seen("2017-10-01", "1", "b")]

    [episode] = built(seen("2017-10-02", "0", "a"), *same_day)

    assert episode.trigger == SightingRef(source="a", id="9")


def test_an_earlier_sighting_becomes_the_trigger() -> None:
    [episode] = built(seen("2017-10-10", "reported first"), seen("2017-10-01", "reported late"))

    assert episode.trigger.id == "reported late"


def test_a_sighting_between_two_episodes_joins_them() -> None:
    assert in_words(built(seen("2017-08-01"), seen("2017-09-20"), seen("2017-08-28"))) == [
        "first_ever 2017-08-01/2017-09-20"
    ]


def test_a_sighting_near_one_of_two_episodes_does_not_join_them() -> None:
    assert in_words(built(seen("2017-08-01"), seen("2017-10-20"), seen("2017-08-28"))) == [
        "first_ever 2017-08-01/2017-08-28",
        "returned 2017-10-20/2017-10-20",
    ]


def test_a_long_interval_joins_every_episode_that_it_reaches() -> None:
    apart = [seen("2015-01-01", "a"), seen("2015-06-01", "b"), seen("2016-12-01", "c"), seen("2020-01-01", "d")]

    assert in_words(built(*apart, seen("2015-05-20/2016-11-01", "long"))) == [
        "first_ever 2015-01-01/2015-01-01",
        "returned 2015-05-20/2016-12-01",
        "re_emergence 2020-01-01/2020-01-01",
    ]


def test_a_sighting_within_an_episode_does_not_make_it_shorter() -> None:
    assert in_words(built(seen("2017-01-01/2017-06-30"), seen("2017-02-01"))) == ["first_ever 2017-01-01/2017-06-30"]


def test_an_episode_splits_when_the_sighting_between_is_withdrawn() -> None:
    episodes = without(seen("2017-08-28", "between"), seen("2017-08-01", "a"), seen("2017-09-20", "b"))

    assert in_words(episodes) == ["first_ever 2017-08-01/2017-08-01", "returned 2017-09-20/2017-09-20"]
    assert [episode.trigger.id for episode in episodes] == ["a", "b"]


def test_withdrawing_the_first_sighting_makes_an_episode_begin_later() -> None:
    assert in_words(without(seen("2017-01-01", "a"), seen("2017-01-20", "b"))) == ["first_ever 2017-01-20/2017-01-20"]
    assert in_words(without(seen("2017-01-01", "a"), seen("2017-06-20", "b"))) == ["first_ever 2017-06-20/2017-06-20"]
    assert in_words(without(seen("2016-06-20", "a"), seen("2015-01-01", "b"), seen("2017-01-01", "c")))[1] == (
        "re_emergence 2017-01-01/2017-01-01"
    )


def test_withdrawing_a_long_sighting_makes_the_episode_end_earlier() -> None:
    assert in_words(without(seen("2017-01-01/2017-06-30", "a"), seen("2017-01-02", "b"))) == [
        "first_ever 2017-01-02/2017-01-02"
    ]


def test_withdrawing_the_only_sighting_removes_the_episode() -> None:
    assert without(seen("2017-01-01")) == ()


def test_withdrawing_one_of_two_sightings_on_the_same_days_changes_only_the_trigger() -> None:
    [episode] = without(seen("2017-01-01", "a"), seen("2017-01-01", "b"))

    assert (in_words([episode]), episode.trigger.id) == (["first_ever 2017-01-01/2017-01-01"], "b")


def lasting(episodes: Iterable[Episode]) -> list[str]:
    """Return each episode with the days on which it can have begun, and can have ended."""
    return [
        f"{episode.kind} {episode.first_day}..{episode.begins_by or episode.first_day}/{episode.ends_from or episode.last_day}..{episode.last_day}"
        for episode in episodes
    ]


def test_a_month_a_year_or_some_day_gives_a_range_for_the_first_and_the_last_day() -> None:
    assert lasting(built(seen("2017-10"))) == ["first_ever 2017-10-01..2017-10-31/2017-10-01..2017-10-31"]
    assert lasting(built(seen("2016"))) == ["first_ever 2016-01-01..2016-12-31/2016-01-01..2016-12-31"]
    assert lasting(built(some_day("2017-12-05/2017-12-20"))) == [
        "first_ever 2017-12-05..2017-12-20/2017-12-05..2017-12-20"
    ]
    assert lasting(built(seen("2017-03-05/2018"))) == ["first_ever 2017-03-05..2017-03-05/2018-01-01..2018-12-31"]


def test_a_day_within_a_month_or_a_year_narrows_both_ends() -> None:
    assert lasting(built(seen("2017-10", "month"), seen("2017-10-20", "day"))) == [
        "first_ever 2017-10-01..2017-10-20/2017-10-20..2017-10-31"
    ]
    assert lasting(built(seen("2022", "year"), seen("2022-11-01", "day"))) == [
        "first_ever 2022-01-01..2022-11-01/2022-11-01..2022-12-31"
    ]


def test_a_year_does_not_join_two_days_that_are_apart() -> None:
    assert lasting(built(seen("2015-12-20", "a"), seen("2016", "year"), seen("2017-01-20", "b"))) == [
        "first_ever 2015-12-20..2015-12-20/2016-01-01..2016-12-31",
        "returned 2017-01-20..2017-01-20/2017-01-20..2017-01-20",
    ]
    assert lasting(built(seen("2022-02-01", "a"), seen("2022", "year"), seen("2022-11-01", "b"))) == [
        "first_ever 2022-01-01..2022-02-01/2022-02-01..2022-10-31",
        "returned 2022-11-01..2022-11-01/2022-11-01..2022-12-31",
    ]


def test_a_month_joins_days_because_it_is_exact_to_within_the_window() -> None:
    assert in_words(built(seen("2017-01-20", "a"), seen("2017-02", "month"), seen("2017-03-10", "b"))) == [
        "first_ever 2017-01-20/2017-03-10"
    ]


@each_row(("days", "count"), [("2017-02-01/2017-03-03", 1), ("2017-02-01/2017-03-04", 2)])
def test_some_day_of_31_days_joins_episodes_and_of_32_days_does_not(days: str, count: int) -> None:
    assert len(built(seen("2017-01-20", "a"), some_day(days, "some day"), seen("2017-03-20", "b"))) == count


def test_an_uncertain_sighting_that_may_be_later_does_not_shorten_the_gap_before_a_day() -> None:
    episodes = built(seen("2022-02-01", "a"), some_day("2022-03-01/2022-12-31", "some day"), seen("2022-06-01", "b"))

    assert lasting(episodes) == [
        "first_ever 2022-02-01..2022-02-01/2022-02-01..2022-05-31",
        "returned 2022-06-01..2022-06-01/2022-06-01..2022-12-31",
    ]


@each_row(("day", "count"), [("2023-01-01", 1), ("2023-01-02", 2), ("2023-01-30", 2)])
def test_a_day_after_a_year_is_a_separate_episode_if_it_may_be_a_re_emergence(day: str, count: int) -> None:
    """2022-01-01 to 2023-01-01 is 365 days."""
    assert len(built(seen("2022", "year"), seen(day, "day"))) == count


@each_row(("day", "count"), [("2021-01-01", 2), ("2020-12-31", 1)])
def test_a_leap_year_is_a_day_longer(day: str, count: int) -> None:
    """2020-01-01 to 2020-12-31 is 365 days."""
    assert len(built(some_day("2020-01-01/2020-12-15", "year"), seen(day, "day"))) == count


def test_a_return_after_a_year_is_a_re_emergence_only_if_the_gap_is_certain() -> None:
    assert in_words(built(seen("2015"), seen("2016-12-30")))[1] == "returned 2016-12-30/2016-12-30"
    assert in_words(built(seen("2015"), seen("2016-12-31")))[1] == "re_emergence 2016-12-31/2016-12-31"
    assert in_words(built(seen("2021-11-20", "a"), seen("2022", "year")))[1] == "returned 2022-01-01/2022-12-31"
    assert in_words(built(seen("2020-12-31", "a"), seen("2022", "year")))[1] == "re_emergence 2022-01-01/2022-12-31"
    assert in_words(built(seen("2021-01-01", "a"), seen("2022", "year")))[1] == "returned 2022-01-01/2022-12-31"


def test_consecutive_years_are_one_episode() -> None:
    assert lasting(built(seen("2015", "a"), seen("2016", "b"), seen("2017", "c"))) == [
        "first_ever 2015-01-01..2015-12-31/2017-01-01..2017-12-31"
    ]


def test_an_interval_that_ends_in_a_year_is_certain_up_to_the_first_day_of_the_year() -> None:
    assert lasting(built(seen("2021-06-05/2022", "long"), seen("2023-01-25", "day"))) == [
        "first_ever 2021-06-05..2021-06-05/2022-01-01..2022-12-31",
        "returned 2023-01-25..2023-01-25/2023-01-25..2023-01-25",
    ]


def test_withdrawing_a_year_restores_the_two_episodes() -> None:
    episodes = without(seen("2016", "year"), seen("2015-12-20", "a"), seen("2017-01-20", "b"))

    assert in_words(episodes) == ["first_ever 2015-12-20/2015-12-20", "re_emergence 2017-01-20/2017-01-20"]


@each_row(("window", "count"), [(0, 2), (1, 1)])
def test_the_policy_sets_the_window(window: int, count: int) -> None:
    policy = Policy(window_days=window)
    assert len(built(seen("2017-10-01"), seen("2017-10-02"), policy=policy)) == count

    long, after = Story(policy), seen("2017-10-02")
    long.add(seen("2017-10-01/2017-10-02"), seen("2017-10-01"), after)
    long.withdraw(seen("2017-10-01/2017-10-02"))
    assert len(stored(long)) == count


def test_no_evidence_is_no_episode() -> None:
    assert runs_of([], POLICY) == []
    assert stored(Story()) == ()


@each_row("came", ["2017-03-05", "2017-03-20", "2017-04-20", "2017-04", "2017"])
def test_a_sighting_within_firm_days_needs_no_rebuild_although_both_ends_are_uncertain(came: str) -> None:
    """Otherwise the cost of a sighting would depend on the length of its run."""
    known = [seen("2016-12"), seen("2017-01-02/2017-04-01"), seen("2017", "year")]
    [run] = computed(known)
    new = span(seen(came, "came"))

    extended = [run] if contains(run, new) else with_span([run], new, POLICY)

    assert extended == computed([*known, seen(came, "came")])


def test_days_that_are_not_firm_or_may_split_a_run_need_a_rebuild() -> None:
    year, later = span(seen("2017")), span(seen("2018-01-20"))

    assert with_span([year], later, POLICY) is None
    assert with_span([year, later], span(seen("2017-12")), POLICY) is None
