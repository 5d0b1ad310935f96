"""Stories with uncertain days: alerts contain only what is certain."""

from __future__ import annotations

from schemas.days import Gap
from tests.support.builders import Story, change, evidence
from tests.unit.streams.presence.stories import changed, history, summaries, unconfirmed_runs, weak_evidence


def test_a_year_after_a_day_is_a_return_with_a_gap_range() -> None:
    story = Story()
    story.add(history("2021-11-20"))

    [event] = story.add(evidence("2022", "2022-12-30"))

    assert summaries([event]) == ["initial r1: returned ML 2022-01-01 confirmed"]
    assert event.gap == Gap(42, 406)
    assert event.days == event.begins == "some day from 2022-01-01 to 2022-12-31"


def test_a_day_after_a_year_raises_an_alert_although_the_year_may_be_near() -> None:
    story = Story()
    story.add(history("2021-11-20"), history("2022"))

    [event] = story.add(evidence("2023-01-25"))

    assert summaries([event]) == ["initial r1: returned ML 2023-01-25 confirmed"]
    assert event.gap == Gap(25, 389)


def test_a_re_emergence_requires_the_minimum_gap_to_be_long_enough() -> None:
    story = Story()
    story.add(history("2015-10"))

    [event] = story.add(evidence("2016-11", "2016-12-01"))

    assert summaries([event]) == ["initial r1: re_emergence ML 2016-11-01 confirmed"]
    assert event.gap == Gap(367, 426)


def test_a_possible_re_emergence_stays_confirmed_as_a_return() -> None:
    story = Story()
    story.add(history("2021-11-20"))
    [initial] = story.add(evidence("2023-01-25"))
    assert initial.kind == "re_emergence"

    [update] = story.add(history("2022"))

    assert summaries([update]) == ["update r2: returned ML 2023-01-25 confirmed"]
    assert changed(update) == {"kind": ("re_emergence", "returned")}


def test_a_re_emergence_that_certainly_was_a_return_is_superseded() -> None:
    story = Story()
    story.add(history("2021-11-20"))
    story.add(evidence("2023-01-25"))

    [update] = story.add(history("2022-03/2022"))

    assert summaries([update]) == ["update r2: returned ML 2023-01-25 superseded"]


def test_a_change_in_the_certainty_of_the_first_day_is_an_update() -> None:
    story = Story()
    story.add(evidence("2017-10", "2017-11-02", id="month"))

    [better] = story.add(evidence("2017-10-20", "2017-11-03", id="day"))

    assert changed(better) == {
        "first_day": ("some day from 2017-10-01 to 2017-10-31", "some day from 2017-10-01 to 2017-10-20")
    }


def test_a_correction_from_some_day_to_all_days_is_an_update_on_the_same_days() -> None:
    story = Story()
    some_day = evidence("2017-12-05/2017-12-20", "2017-12-21", precision="some_day")
    story.add(some_day)
    all_days = evidence("2017-12-05/2017-12-20", "2017-12-22", revision=2)

    [update] = story.apply(change(add=all_days, remove=some_day))

    assert changed(update) == {"first_day": ("some day from 2017-12-05 to 2017-12-20", "2017-12-05")}


def test_some_day_is_fresh_until_its_last_possible_day_is_a_month_ago() -> None:
    days = "2017-12-05/2017-12-20"

    assert Story().add(evidence(days, "2018-01-19", precision="some_day"))
    assert Story().add(evidence(days, "2018-01-20", precision="some_day")) == []
    assert Story().add(evidence(days, "2018-01-05")) == []


def test_exact_and_vague_reports_of_the_same_days_are_confirmed_together() -> None:
    story = Story()
    days = "2017-10-31/2017-11-03"
    story.add(
        weak_evidence(days, id="1", origin="AFP"),
        weak_evidence(days, id="2", origin="AFP", precision="some_day"),
        weak_evidence("2017-11-01", id="3", origin="Reuters"),
    )

    assert story.spans() == ["first_ever 2017-10-31/2017-11-03"]
    assert unconfirmed_runs(story) == []
