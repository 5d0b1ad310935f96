"""Stories: reports that arrive, and the alerts that they raise."""

from __future__ import annotations

from datetime import date

from streams.presence.policy import Policy
from tests.support.builders import Story, evidence
from tests.support.tables import each_row
from tests.unit.streams.presence.stories import history, summaries

# Alerts are raised.


def test_a_first_appearance_raises_an_alert_with_its_evidence() -> None:
    seen = evidence("2017-10-31", title="Attack at Douentza", origin="AFP")

    [event] = Story().add(seen)

    assert summaries([event]) == ["initial r1: first_ever ML 2017-10-31 confirmed"]
    assert (event.group, event.region, event.last_day) == ("JNIM", "Western Africa", date(2017, 10, 31))
    assert event.arrived == seen.arrived
    assert (event.why.sightings, event.why.origins, event.why.previous_last_day) == ((seen,), 1, None)


def test_further_sightings_of_an_episode_raise_no_alert() -> None:
    story = Story()
    story.add(evidence("2017-10-31", id="1"))

    assert story.add(evidence("2017-11-15", id="2"), evidence("2017-12-10", id="3")) == []
    assert story.spans() == ["first_ever 2017-10-31/2017-12-10"]
    assert story.alerts()[0].last_day == date(2017, 12, 10)


def test_each_group_and_each_country_has_its_own_alert() -> None:
    events = Story().add(evidence(), evidence(country="BF", id="2"), evidence(group="ISWAP", id="3"))

    assert [(event.group, event.country) for event in events] == [("JNIM", "ML"), ("JNIM", "BF"), ("ISWAP", "ML")]
    assert len({event.alert_id for event in events}) == 3


def test_after_more_than_a_year_of_silence_a_group_re_emerges() -> None:
    story = Story()
    story.add(history("2016-10-30"))

    [event] = story.add(evidence("2017-10-31"))

    assert summaries([event]) == ["initial r1: re_emergence ML 2017-10-31 confirmed"]
    assert event.why.previous_last_day == date(2016, 10, 30)


def test_after_a_year_of_silence_or_less_a_group_has_only_returned() -> None:
    story = Story()
    story.add(history("2016-10-31"))

    assert summaries(story.add(evidence("2017-10-31"))) == ["initial r1: returned ML 2017-10-31 confirmed"]


# No alert is raised.


def test_a_late_report_raises_no_alert() -> None:
    story = Story()

    assert story.add(evidence("2017-01-01", arrived="2017-11-01")) == []
    assert story.spans() == ["first_ever 2017-01-01/2017-01-01"]
    assert story.alerts() == ()


def test_an_archival_report_raises_no_alert_on_any_day() -> None:
    story = Story()

    assert story.add(evidence("2017-10-31", archival=True)) == []
    assert story.spans() == ["first_ever 2017-10-31/2017-10-31"]


def test_a_fresh_sighting_of_an_episode_without_an_alert_raises_no_alert() -> None:
    story = Story()
    story.add(evidence("2017-10-31", id="1", archival=True))

    assert story.add(evidence("2017-11-05", id="2")) == []


@each_row(
    ("occurred", "in_time", "too_late"),
    [
        ("2017-10-01", "2017-10-31T23:59Z", "2017-11-01T00:00Z"),
        ("2017-09", "2017-10-30T23:59Z", "2017-10-31T00:00Z"),
        ("2016", "2017-01-30T23:59Z", "2017-01-31T00:00Z"),
        ("2017-09-01/2017-09-20", "2017-10-01T23:59Z", "2017-10-02T00:00Z"),
        ("2017-08/2017-09", "2017-08-31T23:59Z", "2017-09-01T00:00Z"),
    ],
)
def test_news_begins_at_most_thirty_days_before_it_arrives(occurred: str, in_time: str, too_late: str) -> None:
    assert summaries(Story().add(evidence(occurred, arrived=in_time)))[0].startswith("initial")
    assert Story().add(evidence(occurred, arrived=too_late)) == []


def test_the_policy_sets_the_horizon() -> None:
    seen = evidence("2017-10-01", arrived="2017-10-09")

    assert Story(Policy(horizon_days=7)).add(seen) == []
    assert len(Story(Policy(horizon_days=8)).add(seen)) == 1


# Corrections of an alert that was sent.


def test_late_evidence_moves_first_seen_earlier() -> None:
    story = Story()
    [initial] = story.add(evidence("2017-10-31", id="1"))

    [update] = story.add(evidence("2017-10-15", id="2", arrived="2017-11-20"))

    assert summaries([update]) == ["update r2: first_ever ML 2017-10-15 confirmed"]
    assert update.alert_id == initial.alert_id
    assert f"{update.arrived:%Y-%m-%d}" == "2017-11-20"


def test_evidence_of_an_earlier_presence_supersedes_a_first_appearance() -> None:
    story = Story()
    [initial] = story.add(evidence("2017-10-31"))

    [update] = story.add(history("2015-03-01"))

    assert summaries([update]) == ["update r2: re_emergence ML 2017-10-31 superseded"]
    assert (update.alert_id, update.why.previous_last_day) == (initial.alert_id, date(2015, 3, 1))


def test_evidence_of_a_recent_presence_supersedes_a_re_emergence() -> None:
    story = Story()
    story.add(history("2015-03-01"), evidence("2017-10-31"))

    assert summaries(story.add(history("2017-06-01"))) == ["update r2: returned ML 2017-10-31 superseded"]


def test_a_first_appearance_is_restored_when_the_evidence_against_it_is_withdrawn() -> None:
    story = Story()
    story.add(evidence("2017-10-31"))
    story.add(history("2015-03-01"))

    assert summaries(story.withdraw(history("2015-03-01"))) == ["update r3: first_ever ML 2017-10-31 confirmed"]


def test_a_return_that_turns_out_to_be_the_first_appearance_says_so() -> None:
    story = Story()
    story.add(history("2017-06-01"), evidence("2017-10-31"))

    assert summaries(story.withdraw(history("2017-06-01"))) == ["update r2: first_ever ML 2017-10-31 confirmed"]


def test_evidence_that_joins_two_episodes_supersedes_the_later_alert() -> None:
    story = Story()
    [first] = story.add(evidence("2017-08-01", id="1"))
    [second] = story.add(evidence("2017-09-20", id="2"))
    between = evidence("2017-08-28", id="3", arrived="2017-10-01")

    [update] = story.add(between)

    assert summaries([update]) == ["update r2: returned ML 2017-09-20 superseded"]
    assert update.alert_id == second.alert_id
    assert [(alert.alert_id, alert.status) for alert in story.alerts()] == [
        (first.alert_id, "confirmed"),
        (second.alert_id, "superseded"),
    ]


def test_two_episodes_that_split_again_have_their_alerts_again() -> None:
    story = Story()
    between = evidence("2017-08-28", id="3", arrived="2017-10-01")
    story.add(evidence("2017-08-01", id="1"), evidence("2017-09-20", id="2"), between)

    assert summaries(story.withdraw(between)) == ["update r3: returned ML 2017-09-20 confirmed"]


# Withdrawals of an alert that was sent.


def test_withdrawing_all_sightings_retracts_the_alert() -> None:
    story = Story()
    seen = evidence("2017-10-31")
    [initial] = story.add(seen)

    [event] = story.withdraw(seen, arrived="2017-11-05")

    assert summaries([event]) == ["retraction r2: first_ever ML 2017-10-31 retracted"]
    assert (event.alert_id, event.cause.what, event.cause.sighting) == (initial.alert_id, "withdrawn", seen)
    assert event.why.sightings == ()
    assert story.presence() is None


def test_a_superseded_alert_is_retracted_as_well() -> None:
    story = Story()
    seen = evidence("2017-10-31")
    story.add(seen, history("2015-03-01"))

    assert summaries(story.withdraw(seen)) == ["retraction r3: re_emergence ML 2017-10-31 retracted"]
    assert story.spans() == ["first_ever 2015-03-01/2015-03-01"]


def test_a_genuine_sighting_after_a_withdrawal_is_new_again_under_a_new_id() -> None:
    story = Story()
    seen = evidence("2017-10-31")
    [initial] = story.add(seen)
    story.withdraw(seen)

    [again] = story.add(evidence("2017-11-10", id="2"))
    assert summaries([again]) == ["initial r1: first_ever ML 2017-11-10 confirmed"]
    assert again.alert_id != initial.alert_id


def test_a_higher_revision_after_a_withdrawal_is_new_again_under_a_new_id() -> None:
    story = Story()
    [initial] = story.add(evidence("2017-10-31"))
    story.withdraw(evidence("2017-10-31"))

    [again] = story.add(evidence("2017-10-31", revision=2))

    assert (again.type, again.revision) == ("initial", 1)
    assert again.alert_id != initial.alert_id


def test_an_alert_remains_when_only_its_trigger_is_withdrawn() -> None:
    story = Story()
    trigger = evidence("2017-10-31", id="1")
    [initial] = story.add(trigger)
    story.add(evidence("2017-11-10", id="2"))

    [update] = story.withdraw(trigger)

    assert summaries([update]) == ["update r2: first_ever ML 2017-11-10 confirmed"]
    assert update.alert_id == initial.alert_id
    assert summaries(story.withdraw(evidence("2017-11-10", id="2"))) == [
        "retraction r3: first_ever ML 2017-11-10 retracted"
    ]


def test_withdrawing_a_trigger_after_the_first_day_produces_no_event() -> None:
    story = Story()
    trigger = evidence("2017-10-31", id="1")
    story.add(trigger, evidence("2017-10-15", id="2", arrived="2017-11-01"))

    assert story.withdraw(trigger) == []
    assert [alert.status for alert in story.alerts()] == ["confirmed"]


def test_withdrawing_an_irrelevant_sighting_produces_no_event() -> None:
    story = Story()
    story.add(evidence("2017-10-31", id="1"), evidence("2017-11-10", id="2"))

    assert story.withdraw(evidence("2017-11-10", id="2")) == []
    assert story.spans() == ["first_ever 2017-10-31/2017-10-31"]


# Corrections of the evidence.


@each_row(
    ("corrected", "arrived"), [("2017-10-20", "2017-11-02"), ("2018-01-15", "2018-01-16"), ("2010-01-15", "2017-11-02")]
)
def test_correcting_the_date_of_the_trigger_updates_the_alert(corrected: str, arrived: str) -> None:
    story = Story()
    [initial] = story.add(evidence("2017-10-31"))

    [update] = story.correct(evidence("2017-10-31"), evidence(corrected, revision=2, arrived=arrived))

    assert summaries([update]) == [f"update r2: first_ever ML {corrected} confirmed"]
    assert update.alert_id == initial.alert_id
    assert len(story.alerts()) == 1


def test_a_corrected_title_causes_no_event() -> None:
    story = Story()
    story.add(evidence(title="Atack"))

    assert story.correct(evidence(title="Atack"), evidence(title="Attack", revision=2)) == []


def test_correcting_an_old_sighting_to_a_recent_day_raises_an_alert() -> None:
    story = Story()
    before = evidence("2007-10-31", arrived="2017-11-01")
    story.add(before)

    events = story.correct(before, evidence("2017-10-31", revision=2, arrived="2017-11-02"))

    assert summaries(events) == ["initial r1: first_ever ML 2017-10-31 confirmed"]


def test_correcting_the_country_retracts_one_alert_and_raises_another() -> None:
    story = Story()
    story.add(evidence(country="ML"))

    events = story.correct(evidence(country="ML"), evidence(country="BF", revision=2))

    assert summaries(events) == [
        "retraction r2: first_ever ML 2017-10-31 retracted",
        "initial r1: first_ever BF 2017-10-31 confirmed",
    ]


def test_a_corrected_group_moves_the_alert_to_the_other_group() -> None:
    story = Story()
    story.add(evidence(group="JNIM"))

    events = story.correct(evidence(group="JNIM"), evidence(group="ISWAP", revision=2))

    assert [(event.type, event.group) for event in events] == [("retraction", "JNIM"), ("initial", "ISWAP")]


def test_an_alert_does_not_follow_a_sighting_into_another_country() -> None:
    story = Story()
    wrong = evidence("2017-01-05", id="1")
    [initial] = story.add(wrong)
    story.add(evidence("2017-06-01", id="2"))

    events = story.correct(wrong, evidence("2017-06-01", id="1", country="BF", revision=2))

    there = [event for event in events if event.alert_id == initial.alert_id]
    assert summaries(there) == ["retraction r2: first_ever ML 2017-01-05 retracted"]


def test_a_first_appearance_with_other_sightings_keeps_its_alert_when_the_trigger_moves() -> None:
    story = Story()
    trigger = evidence("2017-10-31", id="1")
    story.add(trigger)
    story.add(evidence("2017-11-10", id="2"))

    story.correct(trigger, evidence("2018-03-01", id="1", revision=2))

    assert story.spans() == ["first_ever 2017-11-10/2017-11-10", "returned 2018-03-01/2018-03-01"]
    assert ("first_ever", date(2017, 11, 10), "confirmed") in [
        (alert.kind, alert.first_day, alert.status) for alert in story.alerts()
    ]


# Ids.


def test_an_alert_id_is_the_same_in_every_replay() -> None:
    [event] = Story().add(evidence())

    assert event.alert_id == "0b703c12-bd1a-52ed-b3ca-249427d3bbd8"


def test_days_far_in_the_future_raise_no_alert() -> None:
    assert summaries(Story().add(evidence("2071-10-31", arrived="2017-11-01"))) == []


def test_a_year_that_has_just_begun_is_news() -> None:
    [alert] = Story().add(evidence("2017", arrived="2017-01-05"))
    assert alert.type == "initial"
