"""Updates: changed fields, their cause, and the current evidence."""

from __future__ import annotations

from datetime import date

from tests.support.builders import Story, evidence
from tests.unit.streams.presence.stories import changed, history, summaries, weak_evidence


def test_an_initial_changes_nothing_and_names_the_report_that_caused_it() -> None:
    seen = evidence("2017-10-31")

    [initial] = Story().add(seen)

    assert initial.changes == ()
    assert (initial.cause.what, initial.cause.sighting, initial.cause.before) == ("reported", seen, None)


def test_a_re_dating_has_the_old_and_new_first_day_and_its_cause() -> None:
    story = Story()
    story.add(evidence("2017-10-31", id="1"))
    late = evidence("2017-10-15", id="2", arrived="2017-11-20")

    [update] = story.add(late)

    assert changed(update) == {"first_day": ("2017-10-31", "2017-10-15")}
    assert (update.cause.what, update.cause.sighting) == ("reported", late)
    assert [sighting.id for sighting in update.why.sightings] == ["2", "1"]


def test_a_superseded_first_appearance_has_its_old_and_new_kind_and_status() -> None:
    story = Story()
    story.add(evidence("2017-10-31"))
    earlier = history("2015-03-01")

    [update] = story.add(earlier)

    assert changed(update) == {"status": ("confirmed", "superseded"), "kind": ("first_ever", "re_emergence")}
    assert (update.cause.sighting, update.why.previous_last_day) == (earlier, date(2015, 3, 1))


def test_a_stronger_kind_is_a_change_of_kind_alone() -> None:
    story = Story()
    story.add(history("2017-06-01"), evidence("2017-10-31"))

    [update] = story.withdraw(history("2017-06-01"))

    assert changed(update) == {"kind": ("returned", "first_ever")}
    assert update.why.previous_last_day is None
    assert update.cause.what == "withdrawn"


def test_a_return_that_becomes_a_re_emergence_stays_confirmed() -> None:
    story = Story()
    story.add(history("2015-06-01"), history("2017-06-01"), evidence("2017-10-31"))

    assert summaries(story.withdraw(history("2017-06-01"))) == ["update r2: re_emergence ML 2017-10-31 confirmed"]


def test_an_alert_is_not_superseded_when_its_kind_returns_to_the_announced_one() -> None:
    story = Story()
    recent = history("2017-06-01")
    story.add(recent, evidence("2017-10-31"))
    story.withdraw(recent)

    assert summaries(story.add(recent)) == ["update r3: returned ML 2017-10-31 confirmed"]


def test_a_correction_has_the_sighting_before_and_after() -> None:
    story = Story()
    wrong, right = evidence("2017-10-31"), evidence("2017-10-29", revision=2)
    story.add(wrong)

    [update] = story.correct(wrong, right)

    assert (update.cause.what, update.cause.before, update.cause.sighting) == ("corrected", wrong, right)
    assert changed(update) == {"first_day": ("2017-10-31", "2017-10-29")}


def test_a_retraction_has_only_a_status_change_and_no_evidence() -> None:
    story = Story()
    story.add(evidence("2017-10-31"))

    [event] = story.withdraw(evidence("2017-10-31"))

    assert changed(event) == {"status": ("confirmed", "retracted")}
    assert (event.why.sightings, event.why.origins) == ((), 0)
    assert (event.why.previous_last_day, event.why.records_since) == (None, None)


def test_a_superseded_alert_keeps_its_fields_when_its_episode_is_joined() -> None:
    story = Story()
    story.add(evidence("2017-08-01", id="1"), evidence("2017-09-20", id="2"))
    between = evidence("2017-08-28", id="3", arrived="2017-10-01", origin="AFP")

    events = story.add(between)

    [joined, superseded] = events
    assert changed(joined) == {"origins": ("1", "2")}
    assert changed(superseded) == {"status": ("confirmed", "superseded")}
    assert (superseded.kind, superseded.first_day, superseded.last_day) == (
        "returned", date(2017, 9, 20), date(2017, 9, 20),
    )  # fmt: skip


def test_of_two_alerts_for_one_episode_the_one_with_the_earlier_anchor_stays_confirmed() -> None:
    story = Story()
    [later] = story.add(evidence("2017-10-20", id="1", arrived="2017-10-21"))
    [_, earlier] = story.add(evidence("2017-09-15", id="2", arrived="2017-10-10"))
    assert (earlier.type, earlier.kind) == ("initial", "first_ever")

    story.add(evidence("2017-10-05", id="3", arrived="2017-10-22"))

    assert {alert.alert_id: alert.status for alert in story.alerts()} == {
        earlier.alert_id: "confirmed",
        later.alert_id: "superseded",
    }


def test_events_are_numbered_one_after_the_other() -> None:
    story = Story()
    story.add(evidence("2017-10-31", id="1"))
    story.add(evidence("2017-10-30", id="2"), evidence("2017-10-29", id="3"))
    story.withdraw(evidence("2017-10-29", id="3"))

    assert [event.revision for event in story.events] == [1, 2, 3, 4]
    assert story.alerts()[0].revision == 4


def test_an_unchanged_alert_keeps_its_revision() -> None:
    story = Story()
    story.add(evidence("2017-10-31", id="1"), evidence("2017-11-05", id="2"))

    assert story.alerts()[0].revision == 1


def test_the_next_event_has_the_current_last_day() -> None:
    story = Story()
    story.add(evidence("2017-10-31", id="1"), evidence("2017-11-15", id="2"))

    [update] = story.add(evidence("2017-10-30", id="3", arrived="2017-11-20"))

    assert update.last_day == date(2017, 11, 15)


def test_records_go_back_to_the_first_day_in_any_country_of_the_region() -> None:
    story = Story()
    story.add(history("2012-04-01", country="NE"), history("2011-01-01", country="TD"), history("2010", group="ISWAP"))

    [event] = story.add(evidence("2017-10-31", country="ML"))

    assert event.why.records_since == date(2012, 4, 1)
    assert event.why.previous_last_day is None


def test_without_earlier_records_the_records_begin_with_the_alert() -> None:
    [event] = Story().add(evidence("2017-10-31"))

    assert event.why.records_since == date(2017, 10, 31)


def test_unconfirmed_sightings_are_not_records() -> None:
    story = Story()
    story.add(weak_evidence("2012-04-01", country="NE", id="0", arrived="2017-01-01"))

    [event] = story.add(evidence("2017-10-31"))

    assert event.why.records_since == date(2017, 10, 31)


def test_alert_ids_depend_on_group_country_sighting_and_revision() -> None:
    seen = [
        evidence(), evidence(country="BF"), evidence(group="ISWAP"), evidence(id="2"), evidence(source="other"),
        evidence(revision=2),
    ]  # fmt: skip
    ids = {event.alert_id for sighting in seen for event in Story().add(sighting)}

    assert len(ids) == 6


def test_an_alert_id_does_not_depend_on_arrival_or_day() -> None:
    [alert] = Story().add(evidence("2017-10-31"))
    [other] = Story().add(evidence("2017-10-15", arrived="2017-11-02"))

    assert alert.alert_id == other.alert_id


def test_of_several_parts_an_alert_stays_with_the_earliest_that_its_episode_falls_into() -> None:
    story = Story()
    trigger = evidence("2017-10-25", id="1")
    [initial] = story.add(trigger)
    story.add(evidence("2017-10-01", id="2", arrived="2017-10-27"), evidence("2017-11-20", id="3"))

    assert story.withdraw(trigger) == []
    assert story.spans() == ["first_ever 2017-10-01/2017-10-01", "returned 2017-11-20/2017-11-20"]
    assert [(alert.alert_id, alert.first_day) for alert in story.alerts()] == [(initial.alert_id, date(2017, 10, 1))]


def test_a_correction_of_the_last_sighting_is_an_update_although_another_triggered_the_alert() -> None:
    story = Story()
    trigger, other = evidence("2017-10-31", id="1"), evidence("2017-11-10", id="2")
    [initial] = story.add(trigger)
    story.add(other)
    story.withdraw(trigger)

    [update] = story.correct(other, evidence("2017-11-05", id="2", revision=2))

    assert (update.type, update.alert_id) == ("update", initial.alert_id)
    assert changed(update) == {"first_day": ("2017-11-10", "2017-11-05")}


def test_an_alert_that_follows_its_sighting_into_a_known_episode_is_superseded_there() -> None:
    story = Story()
    [known] = story.add(evidence("2017-06-01", id="1"))
    story.add(evidence("2017-06-20", id="3"))
    wrong = evidence("2017-10-31", id="2")
    [alert] = story.add(wrong)

    events = story.correct(wrong, evidence("2017-06-10", id="2", revision=2, arrived="2017-11-02"))

    assert [(event.alert_id, event.type, event.status) for event in events] == [
        (alert.alert_id, "update", "superseded")
    ]
    assert [(alert.alert_id, alert.anchor) for alert in story.alerts()] == [
        (known.alert_id, date(2017, 6, 1)),
        (alert.alert_id, date(2017, 6, 10)),
    ]


def test_a_correction_out_of_the_onset_removes_its_origin() -> None:
    story = Story()
    other = evidence("2017-11-02", id="2", origin="AFP")
    story.add(evidence("2017-10-31", id="1"), other)

    events = story.correct(other, evidence("2018-03-01", id="2", origin="AFP", revision=2, arrived="2018-06-01"))

    assert [changed(event) for event in events] == [{"origins": ("2", "1")}]
