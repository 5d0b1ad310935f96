"""Candidates: unconfirmed runs, which are shown on request and not sent."""

from __future__ import annotations

from datetime import date

from streams.presence.policy import Policy
from tests.support.builders import Story, evidence
from tests.support.tables import each_row
from tests.unit.streams.presence.stories import changed, history, summaries, unconfirmed_runs, weak_evidence


def test_an_ungraded_sighting_of_an_unknown_source_is_a_candidate() -> None:
    story = Story()

    [event] = story.add(evidence("2017-10-31", grade=None))

    assert summaries([event]) == ["initial r1: first_ever ML 2017-10-31 candidate"]
    assert story.spans() == []
    assert unconfirmed_runs(story) == ["2017-10-31/2017-10-31"]
    assert story.alerts()[0].announced is None
    assert (event.why.origins, [sighting.id for sighting in event.why.sightings]) == (1, ["1"])


def test_further_unconfirmed_sightings_of_the_same_origin_raise_no_alert() -> None:
    story = Story()
    story.add(weak_evidence("2017-10-31", id="1"))

    assert story.add(weak_evidence("2017-11-02", id="2"), weak_evidence("2017-11-20", id="3")) == []
    assert unconfirmed_runs(story) == ["2017-10-31/2017-11-20"]


@each_row(("day", "confirmed"), [
    ("2017-10-27", False), ("2017-10-28", True), ("2017-10-31", True), ("2017-11-03", True), ("2017-11-04", False),
])  # fmt: skip
def test_a_second_origin_within_72_hours_confirms_it(day: str, confirmed: bool) -> None:
    story = Story()
    [candidate] = story.add(weak_evidence("2017-10-31", id="1", origin="AFP"))

    events = story.add(weak_evidence(day, id="2", origin="Reuters", arrived="2017-11-05"))

    [event] = [event for event in events if event.alert_id == candidate.alert_id]
    assert (event.type, event.status) == ("update", "confirmed" if confirmed else "candidate")
    assert changed(event)["origins"] == ("1", "2")
    if confirmed:
        assert changed(event)["status"] == ("candidate", "confirmed")
        assert story.alerts()[0].announced == "first_ever"
        assert len(story.spans()) == 1
        assert unconfirmed_runs(story) == []
    else:
        assert story.spans() == []


def test_a_graded_sighting_of_the_same_days_confirms_it_under_the_same_id() -> None:
    story = Story()
    [candidate] = story.add(weak_evidence("2017-10-31", id="1"))

    [update] = story.add(evidence("2017-10-31", id="2", arrived="2017-11-02"))

    assert summaries([update]) == ["update r2: first_ever ML 2017-10-31 confirmed"]
    assert update.alert_id == candidate.alert_id
    assert [sighting.id for sighting in update.why.sightings] == ["2"]


def test_a_higher_grade_in_a_correction_confirms_it() -> None:
    story = Story()
    story.add(weak_evidence("2017-10-31"))

    [update] = story.correct(weak_evidence("2017-10-31"), evidence("2017-10-31", grade="B2", revision=2))

    assert summaries([update]) == ["update r2: first_ever ML 2017-10-31 confirmed"]
    assert update.cause.what == "corrected"


@each_row(("day", "takes_it_up"), [
    ("2017-11-30", True), ("2017-12-01", False), ("2017-10-01", True), ("2017-09-30", False),
])  # fmt: skip
def test_an_episode_absorbs_a_candidate_up_to_thirty_days_away(day: str, takes_it_up: bool) -> None:
    story = Story()
    [candidate] = story.add(weak_evidence("2017-10-31", id="1"))

    events = story.add(evidence(day, id="2"))

    mine = [event for event in events if event.alert_id == candidate.alert_id]
    others = [event for event in events if event.alert_id != candidate.alert_id]
    if takes_it_up:
        assert summaries(mine) == [f"update r2: first_ever ML {day} confirmed"]
        assert others == []
    else:
        assert all(event.status == "candidate" for event in mine)
        assert summaries(others) == [f"initial r1: first_ever ML {day} confirmed"]


def test_a_candidate_after_an_episode_is_a_candidate_for_a_return() -> None:
    story = Story()
    story.add(history("2017-06-01"))

    [event] = story.add(weak_evidence("2017-10-31"))

    assert summaries([event]) == ["initial r1: returned ML 2017-10-31 candidate"]
    assert event.why.previous_last_day == date(2017, 6, 1)


def test_a_candidate_long_after_an_episode_is_a_candidate_for_a_re_emergence() -> None:
    story = Story()
    story.add(history("2015-06-01"))

    assert summaries(story.add(weak_evidence("2017-10-31"))) == ["initial r1: re_emergence ML 2017-10-31 candidate"]


def test_a_candidate_between_two_episodes_looks_back_to_the_earlier_one() -> None:
    story = Story()
    story.add(history("2016-12-01"), history("2018-06-01"))

    [event] = story.add(weak_evidence("2017-10-31"))

    assert (event.kind, event.why.previous_last_day) == ("returned", date(2016, 12, 1))


@each_row(
    ("episode", "day", "raises_candidate"),
    [
        ("2017-09-30", "2017-10-30", False),
        ("2017-09-30", "2017-10-31", True),
        ("2017-10-31", "2017-10-02", False),
        ("2017-10-31", "2017-09-30", True),
    ],
)
def test_an_unconfirmed_sighting_up_to_thirty_days_from_an_episode_is_not_a_candidate(
    episode: str, day: str, raises_candidate: bool
) -> None:
    story = Story()
    story.add(history(episode))

    assert bool(story.add(weak_evidence(day, id="2"))) == raises_candidate


def test_a_stale_or_archival_candidate_is_silent() -> None:
    story = Story()

    assert story.add(weak_evidence("2017-01-01", arrived="2017-11-01")) == []
    assert story.add(weak_evidence("2017-10-31", id="2", archival=True)) == []
    assert story.alerts() == ()


def test_a_candidate_that_is_withdrawn_is_retracted() -> None:
    story = Story()
    [candidate] = story.add(weak_evidence("2017-10-31"))

    [event] = story.withdraw(weak_evidence("2017-10-31"))

    assert summaries([event]) == ["retraction r2: first_ever ML 2017-10-31 retracted"]
    assert event.alert_id == candidate.alert_id
    assert changed(event) == {"status": ("candidate", "retracted")}
    assert story.presence() is None


def test_a_candidate_remains_when_only_its_trigger_is_withdrawn() -> None:
    story = Story()
    story.add(weak_evidence("2017-10-31", id="1"), weak_evidence("2017-11-02", id="2"))

    assert summaries(story.withdraw(weak_evidence("2017-10-31", id="1"))) == [
        "update r2: first_ever ML 2017-11-02 candidate"
    ]


def test_a_candidate_follows_its_trigger_to_a_corrected_day() -> None:
    story = Story()
    [candidate] = story.add(weak_evidence("2017-10-31"))

    [update] = story.correct(weak_evidence("2017-10-31"), weak_evidence("2017-12-31", revision=2))

    assert summaries([update]) == ["update r2: first_ever ML 2017-12-31 candidate"]
    assert update.alert_id == candidate.alert_id


def test_a_candidate_that_archival_evidence_confirms_is_superseded() -> None:
    story = Story()
    [candidate] = story.add(weak_evidence("2017-10-31", id="1", origin="AFP"))

    [update] = story.add(history("2017-11-01", origin="court records", arrived="2018-03-01"))

    assert summaries([update]) == ["update r2: first_ever ML 2017-10-31 superseded"]
    assert update.alert_id == candidate.alert_id
    assert story.alerts()[0].announced is None
    assert story.spans() == ["first_ever 2017-10-31/2017-11-01"]


@each_row(("arrived", "status"), [("2017-11-30", "confirmed"), ("2017-12-01", "superseded")])
def test_a_candidate_is_confirmed_only_while_it_is_news(arrived: str, status: str) -> None:
    story = Story()
    story.add(weak_evidence("2017-10-31", id="1"))

    [update] = story.add(evidence("2017-10-31", id="2", arrived=arrived))

    assert (update.type, update.status) == ("update", status)


def test_a_superseded_candidate_is_never_announced_for_the_same_episode() -> None:
    story = Story()
    story.add(weak_evidence("2017-10-31", id="1"))
    story.add(evidence("2017-10-31", id="2", arrived="2017-12-15"))

    assert story.add(evidence("2017-11-20", id="3")) == []
    assert summaries(story.add(evidence("2017-10-31", id="0", origin="AFP", arrived="2017-11-20"))) == [
        "update r3: first_ever ML 2017-10-31 superseded"
    ]
    assert story.alerts()[0].announced is None


def test_a_superseded_candidate_is_a_candidate_again_when_its_confirmation_is_withdrawn() -> None:
    story = Story()
    story.add(weak_evidence("2017-10-31", id="1"))
    graded = evidence("2017-10-31", id="2", arrived="2017-12-15")
    story.add(graded)

    assert summaries(story.withdraw(graded)) == ["update r3: first_ever ML 2017-10-31 candidate"]


def test_a_correction_with_a_lower_grade_retracts_the_alert() -> None:
    story = Story()
    [initial] = story.add(evidence("2017-10-31", grade="B2"))

    events = story.correct(evidence("2017-10-31", grade="B2"), weak_evidence("2017-10-31", revision=2))

    assert summaries(events) == ["retraction r2: first_ever ML 2017-10-31 retracted"]
    assert events[0].alert_id == initial.alert_id
    assert story.spans() == []
    assert unconfirmed_runs(story) == ["2017-10-31/2017-10-31"]
    assert story.alerts() == ()


def test_after_a_downgrade_a_second_origin_makes_it_new_again_under_another_id() -> None:
    story = Story()
    [initial] = story.add(evidence("2017-10-31", grade="B2", origin="AFP"))
    story.correct(
        evidence("2017-10-31", grade="B2", origin="AFP"), weak_evidence("2017-10-31", origin="AFP", revision=2)
    )

    [again] = story.add(weak_evidence("2017-11-01", id="2", origin="Reuters"))

    assert summaries([again]) == ["initial r1: first_ever ML 2017-10-31 confirmed"]
    assert again.alert_id != initial.alert_id
    [alert] = story.alerts()
    assert (alert.trigger, alert.anchor) == ("wire/2", date(2017, 11, 1))


def test_a_confirmed_candidate_that_loses_its_second_origin_is_retracted() -> None:
    story = Story()
    second = weak_evidence("2017-11-01", id="2", origin="Reuters")
    story.add(weak_evidence("2017-10-31", id="1", origin="AFP"), second)

    assert summaries(story.withdraw(second)) == ["retraction r3: first_ever ML 2017-10-31 retracted"]
    assert unconfirmed_runs(story) == ["2017-10-31/2017-10-31"]


def test_unconfirmed_sightings_do_not_show_that_the_group_was_there_before() -> None:
    story = Story()
    story.add(evidence("2017-10-31", id="1"))

    assert story.add(weak_evidence("2015-03-01", id="2", arrived="2017-11-02")) == []
    assert story.spans() == ["first_ever 2017-10-31/2017-10-31"]


def test_unconfirmed_sightings_between_two_episodes_do_not_join_them() -> None:
    story = Story()
    story.add(evidence("2017-08-01", id="1"), evidence("2017-09-20", id="2"))

    assert story.add(weak_evidence("2017-08-28", id="3")) == []
    assert story.spans() == ["first_ever 2017-08-01/2017-08-01", "returned 2017-09-20/2017-09-20"]


def test_an_earlier_episode_changes_the_kind_of_a_candidate() -> None:
    story = Story()
    story.add(weak_evidence("2017-10-31"))

    [update] = story.add(history("2015-03-01"))

    assert summaries([update]) == ["update r2: re_emergence ML 2017-10-31 candidate"]
    assert changed(update) == {"kind": ("first_ever", "re_emergence")}


def test_a_candidate_is_confirmed_with_its_current_kind() -> None:
    story = Story()
    story.add(weak_evidence("2017-10-31", id="1"), history("2015-03-01"))

    [update] = story.add(evidence("2017-10-31", id="2"))

    assert summaries([update]) == ["update r3: re_emergence ML 2017-10-31 confirmed"]
    assert story.alerts()[0].announced == "re_emergence"


def test_two_candidates_that_merge_into_an_episode_leave_one_alert() -> None:
    story = Story()
    [first] = story.add(weak_evidence("2017-09-10", id="1"))
    [second] = story.add(weak_evidence("2017-10-31", id="2"))
    assert first.alert_id != second.alert_id

    events = story.add(evidence("2017-10-05", id="3", arrived="2017-11-01"))

    assert {event.alert_id: event.status for event in events} == {
        first.alert_id: "confirmed",
        second.alert_id: "superseded",
    }


def test_an_announced_alert_takes_precedence_over_a_merging_candidate() -> None:
    story = Story()
    [candidate] = story.add(weak_evidence("2017-09-10", id="1"))
    [announced] = story.add(evidence("2017-10-31", id="2"))

    events = story.add(evidence("2017-10-05", id="3", arrived="2017-11-01"))

    assert {event.alert_id: (event.type, event.status) for event in events} == {
        candidate.alert_id: ("update", "superseded"),
        announced.alert_id: ("update", "confirmed"),
    }


def test_the_threshold_is_a_setting() -> None:
    seen = evidence("2017-10-31", grade="C3")

    assert summaries(Story().add(seen))[0].endswith("confirmed")
    assert summaries(Story(Policy(threshold="B3")).add(seen))[0].endswith("candidate")
    assert summaries(Story(Policy(threshold="C2")).add(seen))[0].endswith("candidate")


def test_a_source_has_a_default_grade_in_the_settings() -> None:
    policy = Policy(source_grades={"wire": "B2"})

    assert summaries(Story(policy).add(evidence(grade=None)))[0].endswith("confirmed")
    assert summaries(Story(policy).add(evidence(grade=None, source="blog")))[0].endswith("candidate")
    assert summaries(Story(policy).add(evidence(grade="F6")))[0].endswith("candidate")


def test_the_72_hours_are_a_setting() -> None:
    first, second = (
        weak_evidence("2017-10-31", id="1", origin="AFP"),
        weak_evidence("2017-11-02", id="2", origin="Reuters"),
    )

    assert summaries(Story(Policy(corroboration_days=1)).add(first, second))[-1].endswith("candidate")
    assert summaries(Story(Policy(corroboration_days=2)).add(first, second))[-1].endswith("confirmed")


def test_a_withdrawn_candidate_is_retracted_although_the_group_was_there_long_before() -> None:
    story = Story()
    story.add(history("2015-06-01"), weak_evidence("2017-10-31"))

    assert summaries(story.withdraw(weak_evidence("2017-10-31"))) == [
        "retraction r2: re_emergence ML 2017-10-31 retracted"
    ]


def test_another_unconfirmed_report_of_archived_days_is_not_news() -> None:
    story = Story()
    story.add(weak_evidence("2017-10-31", id="1", archival=True))

    assert story.add(weak_evidence("2017-11-02", id="2")) == []


def test_after_a_downgrade_further_unconfirmed_sightings_of_the_origin_raise_no_alert() -> None:
    story = Story()
    story.add(evidence("2017-10-31", grade="B2"))
    story.correct(evidence("2017-10-31", grade="B2"), weak_evidence("2017-10-31", revision=2))

    assert story.add(weak_evidence("2017-11-02", id="2")) == []
    assert story.alerts() == ()
