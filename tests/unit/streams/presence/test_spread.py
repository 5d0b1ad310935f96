"""Spreads: a group reaches three countries of a region within thirty days."""

from __future__ import annotations

from schemas.alert import AlertEvent
from schemas.topics import SPREAD
from streams.presence.policy import Policy
from tests.support.builders import Story, evidence
from tests.support.tables import each_row
from tests.unit.streams.presence.stories import (
    belongs,
    changed,
    first_days,
    group,
    history,
    regroup,
    spread_events,
    summaries,
    weak_evidence,
)

MALI, BURKINA, NIGER = (
    evidence("2017-10-01", id="1", country="ML"),
    evidence("2017-10-15", id="2", country="BF"),
    evidence("2017-10-31", id="3", country="NE"),
)
BENIN = evidence("2017-11-10", id="4", country="BJ")


def spread(story: Story) -> AlertEvent:
    """Add sightings in Mali, Burkina Faso and Niger."""
    [event] = spread_events(*story.add(MALI, BURKINA, NIGER))
    return event


def test_the_third_country_within_thirty_days_is_a_spread() -> None:
    story = Story()
    assert spread_events(*story.add(MALI, BURKINA)) == []

    country, event = story.add(NIGER)

    assert summaries([country]) == ["initial r1: first_ever NE 2017-10-31 confirmed"]
    assert summaries([event]) == ["initial r1: spread NE 2017-10-31 confirmed"]
    assert (event.group, event.region, event.countries) == ("JNIM", "Western Africa", ("ML", "BF", "NE"))
    assert [sighting.id for sighting in event.why.sightings] == ["1", "2", "3"]
    assert event.cause.sighting == NIGER
    assert f"{event.why.records_since}" == "2017-10-01"
    assert event.alert_id != country.alert_id


@each_row(("third", "spreads"), [("2017-10-31", True), ("2017-11-01", False)])
def test_the_first_and_the_third_may_be_thirty_days_apart(third: str, spreads: bool) -> None:
    story = Story()

    assert bool(spread_events(*story.add(MALI, BURKINA, evidence(third, id="3", country="NE")))) == spreads


def test_three_countries_of_two_regions_are_no_spread() -> None:
    assert spread_events(*Story().add(MALI, BURKINA, evidence("2017-10-31", id="3", country="TD"))) == []


def test_three_countries_of_two_groups_are_no_spread() -> None:
    story = Story()

    assert spread_events(*story.add(MALI, BURKINA, evidence("2017-10-31", id="3", country="NE", group="ISWAP"))) == []


def test_a_return_is_not_part_of_a_spread() -> None:
    story = Story()
    story.add(history("2015-01-01", country="NE"))

    assert spread_events(*story.add(MALI, BURKINA, NIGER)) == []


def test_a_candidate_joins_a_spread_once_it_is_confirmed() -> None:
    story = Story()
    assert spread_events(*story.add(MALI, BURKINA, weak_evidence("2017-10-31", id="3", country="NE"))) == []

    [event] = spread_events(*story.add(evidence("2017-10-31", id="5", country="NE")))

    assert event.countries == ("ML", "BF", "NE")


def test_a_second_sighting_in_the_third_country_raises_no_spread() -> None:
    story = Story()
    spread(story)

    assert story.add(evidence("2017-11-05", id="5", country="NE")) == []


def test_a_fourth_country_is_an_update() -> None:
    story = Story()
    initial = spread(story)

    country, update = story.add(BENIN)

    assert summaries([country, update]) == [
        "initial r1: first_ever BJ 2017-11-10 confirmed",
        "update r2: spread NE 2017-10-31 confirmed",
    ]
    assert update.alert_id == initial.alert_id
    assert changed(update) == {"countries": ("ML, BF, NE", "ML, BF, NE, BJ")}
    assert f"{update.last_day}" == "2017-11-10"


def test_a_fourth_country_after_the_window_is_not_part_of_the_spread() -> None:
    story = Story()
    spread(story)

    assert spread_events(*story.add(evidence("2017-11-15", id="4", country="BJ"))) == []
    assert first_days(story)[-1] == ("BJ", "2017-11-15")


def test_a_fourth_country_counts_from_the_last_but_one_before_it() -> None:
    story = Story()
    spread(story)

    [update] = spread_events(*story.add(evidence("2017-11-14", id="4", country="BJ")))

    assert update.countries == ("ML", "BF", "NE", "BJ")


def test_withdrawing_one_of_three_countries_retracts_the_spread() -> None:
    story = Story()
    initial = spread(story)

    [event] = spread_events(*story.withdraw(BURKINA, arrived="2017-11-05"))

    assert summaries([event]) == ["retraction r2: spread NE 2017-10-31 retracted"]
    assert event.alert_id == initial.alert_id
    assert (event.cause.what, event.cause.sighting) == ("withdrawn", BURKINA)


def test_withdrawing_all_three_countries_leaves_no_rows() -> None:
    story = Story()
    spread(story)
    for first in (MALI, BURKINA, NIGER):
        story.withdraw(first)

    assert story.tables[SPREAD] == {}
    assert [first.type for first in spread_events(*story.events)] == ["initial", "retraction"]


def test_a_spread_after_a_retraction_is_new_again_under_another_id() -> None:
    story = Story()
    initial = spread(story)
    story.withdraw(BURKINA)

    [again] = spread_events(*story.add(evidence("2017-10-20", id="5", country="BF", arrived="2017-11-05")))

    assert (again.type, again.countries) == ("initial", ("ML", "BF", "NE"))
    assert again.alert_id != initial.alert_id


def test_an_earlier_episode_in_one_country_retracts_the_spread() -> None:
    story = Story()
    spread(story)

    events = story.add(history("2015-01-01", country="ML"))

    assert [(event.kind, event.type, event.status) for event in events] == [
        ("re_emergence", "update", "superseded"),
        ("spread", "retraction", "retracted"),
    ]


def test_a_spread_of_four_countries_survives_the_loss_of_one() -> None:
    story = Story()
    initial = spread(story)
    story.add(BENIN)

    [update] = spread_events(*story.withdraw(MALI))

    assert update.alert_id == initial.alert_id
    assert summaries([update]) == ["update r3: spread BJ 2017-11-10 confirmed"]
    assert changed(update) == {
        "first_day": ("2017-10-31", "2017-11-10"),
        "country": ("NE", "BJ"),
        "countries": ("ML, BF, NE, BJ", "BF, NE, BJ"),
    }


@each_row(("day", "countries", "third"), [
    ("2017-10-25", "ML, BF, NE", ("NE", "2017-10-25")), ("2017-10-05", "ML, NE, BF", ("BF", "2017-10-15")),
])  # fmt: skip
def test_late_evidence_of_the_third_country_re_dates_the_spread(
    day: str, countries: str, third: tuple[str, str]
) -> None:
    story = Story()
    initial = spread(story)

    events = spread_events(*story.add(evidence(day, id="0", country="NE", arrived="2017-11-05")))

    assert [(event.type, event.alert_id) for event in events] == [("update", initial.alert_id)]
    assert ", ".join(events[0].countries) == countries
    assert (events[0].country, f"{events[0].first_day}") == third
    assert changed(events[0])["first_day"] == ("2017-10-31", third[1])


def test_late_evidence_for_the_first_country_does_not_change_the_spread() -> None:
    story = Story()
    spread(story)

    assert spread_events(*story.add(evidence("2017-10-02", id="0", country="BF", arrived="2017-11-05"))) == []
    assert first_days(story) == [("ML", "2017-10-01"), ("BF", "2017-10-02"), ("NE", "2017-10-31")]


def test_a_corrected_date_of_the_third_country_re_dates_the_spread() -> None:
    story = Story()
    initial = spread(story)

    [update] = spread_events(*story.correct(NIGER, evidence("2017-10-20", id="3", country="NE", revision=2)))

    assert (update.type, update.alert_id) == ("update", initial.alert_id)
    assert changed(update) == {"first_day": ("2017-10-31", "2017-10-20")}


def test_a_sighting_that_is_corrected_to_another_country_changes_the_countries() -> None:
    story = Story()
    initial = spread(story)

    [update] = spread_events(*story.correct(NIGER, evidence("2017-10-31", id="3", country="BJ", revision=2)))

    assert update.alert_id == initial.alert_id
    assert changed(update) == {"country": ("NE", "BJ"), "countries": ("ML, BF, NE", "ML, BF, BJ")}


def test_two_spreads_months_apart_are_two_alerts() -> None:
    story = Story()
    first = spread(story)

    [other] = spread_events(*story.add(
        evidence("2018-05-01", id="5", country="BJ"), evidence("2018-05-02", id="6", country="TG"),
        evidence("2018-05-03", id="7", country="GH"),
    ))  # fmt: skip

    assert other.countries == ("BJ", "TG", "GH")
    assert other.alert_id != first.alert_id
    assert [alert.status for alert in story.tables[SPREAD]["jnim|Western Africa"].alerts] == ["confirmed"] * 2


def test_one_country_that_makes_two_spreads_raises_two_alerts() -> None:
    story = Story()
    story.add(
        evidence("2017-10-01", id="1", country="ML"), evidence("2017-10-02", id="2", country="BF"),
        evidence("2017-11-10", id="3", country="BJ"), evidence("2017-11-15", id="4", country="TG"),
    )  # fmt: skip

    first, other = spread_events(*story.add(evidence("2017-10-21", id="5", country="NE", arrived="2017-11-16")))

    assert (first.countries, other.countries) == (("ML", "BF", "NE"), ("NE", "BJ", "TG"))
    assert first.alert_id != other.alert_id


def test_a_stale_third_country_is_silent() -> None:
    story = Story()

    assert (
        spread_events(*story.add(MALI, BURKINA, evidence("2017-10-31", id="3", country="NE", arrived="2017-12-01")))
        == []
    )
    assert len(first_days(story)) == 3


def test_an_archival_third_country_is_silent() -> None:
    story = Story()

    assert spread_events(*story.add(MALI, BURKINA, history("2017-10-31", country="NE", arrived="2017-11-01"))) == []
    assert story.tables[SPREAD]["jnim|Western Africa"].alerts == ()


def test_a_fresh_fourth_country_of_a_silent_spread_is_silent() -> None:
    story = Story()
    story.add(MALI, BURKINA, history("2017-10-31", country="NE", arrived="2017-11-01"))

    assert spread_events(*story.add(BENIN)) == []


def test_archival_countries_before_a_fresh_third_one_count() -> None:
    story = Story()
    story.add(history("2017-10-01", country="ML"), history("2017-10-15", country="BF"))

    assert len(spread_events(*story.add(NIGER))) == 1


def test_a_withdrawal_that_brings_three_first_days_together_is_silent() -> None:
    story = Story()
    before = history("2015-01-01", country="NE")
    story.add(before, MALI, BURKINA, NIGER)

    assert spread_events(*story.withdraw(before, arrived="2017-11-02")) == []
    assert len(first_days(story)) == 3


def test_a_group_spreads_by_its_factions() -> None:
    story = Story()
    regroup(story, *(group(name, belongs("JNIM")) for name in ("Ansar Dine", "Katiba Macina")))
    story.add(
        evidence("2017-10-01", id="1", country="ML", group="Ansar Dine"),
        evidence("2017-10-15", id="2", country="BF", group="Katiba Macina"),
    )

    [event] = spread_events(*story.add(evidence("2017-10-31", id="3", country="NE", group="Ansar Dine")))

    assert (event.group, event.by_affiliation) == ("JNIM", ("Ansar Dine", "Katiba Macina"))


def test_a_group_that_was_itself_in_one_of_them_spreads_itself() -> None:
    story = Story()
    regroup(story, group("Ansar Dine", belongs("JNIM")))
    story.add(
        evidence("2017-10-01", id="1", country="ML"), evidence("2017-10-15", id="2", country="BF", group="Ansar Dine")
    )

    [event] = spread_events(*story.add(evidence("2017-10-31", id="3", country="NE", group="Ansar Dine")))

    assert event.by_affiliation == ()


def test_a_pledge_in_time_is_a_spread_of_the_parent_and_the_end_of_it_a_retraction() -> None:
    story = Story()
    for first in (MALI, BURKINA, NIGER):
        story.add(first.replace(group="Ansar Dine"))

    [event] = spread_events(*regroup(story, group("Ansar Dine", belongs("JNIM")), arrived="2017-11-05"))
    assert (event.group, event.by_affiliation, event.cause.what) == ("JNIM", ("Ansar Dine",), "groups")

    [gone] = spread_events(*regroup(story, group("Ansar Dine"), arrived="2017-11-06"))
    assert (gone.type, gone.alert_id) == ("retraction", event.alert_id)


def test_a_spread_carries_the_doubts_of_its_countries_until_they_are_resolved() -> None:
    story = Story()
    story.add(MALI, BURKINA)
    [event] = spread_events(*story.add(evidence("2017-10-31", id="3", country="NE", doubt="on the border")))
    assert event.doubts == ("on the border",)

    [update] = spread_events(*story.add(evidence("2017-11-01", id="4", country="NE")))

    assert changed(update) == {"doubtful": ("true", "false")}
    assert update.doubts == ()


def test_the_origins_of_a_spread_are_those_of_the_first_sighting_in_each_country() -> None:
    story = Story()
    story.add(MALI.replace(origin="AFP"), BURKINA.replace(origin="AFP"))

    [event] = spread_events(*story.add(NIGER.replace(origin="Reuters")))

    assert event.why.origins == 2


def test_the_policy_sets_the_countries_and_days_of_a_spread() -> None:
    assert len(spread_events(*Story(Policy(spread_countries=2)).add(MALI, BURKINA))) == 1
    assert spread_events(*Story(Policy(spread_countries=4)).add(MALI, BURKINA, NIGER)) == []
    assert spread_events(*Story(Policy(spread_days=29)).add(MALI, BURKINA, NIGER)) == []


def test_the_country_reported_last_need_not_be_the_third() -> None:
    story = Story()
    story.add(MALI, NIGER)

    [event] = spread_events(*story.add(evidence("2017-10-15", id="2", country="BF", arrived="2017-11-05")))

    assert summaries([event]) == ["initial r1: spread NE 2017-10-31 confirmed"]
    [alert] = story.tables[SPREAD]["jnim|Western Africa"].alerts
    assert (alert.trigger, alert.anchor) == ("wire/2", NIGER.first_day)


@each_row("how", ["withdrawn", "corrected"])
def test_a_spread_that_no_longer_holds_is_retracted_and_does_not_become_another(how: str) -> None:
    story = Story()
    initial = spread(story)
    story.add(
        evidence("2018-05-01", id="5", country="BJ"), evidence("2018-05-02", id="6", country="TG"),
        evidence("2018-05-03", id="7", country="GH"),
    )  # fmt: skip

    if how == "withdrawn":
        [event] = spread_events(*story.withdraw(NIGER))
    else:
        [event] = spread_events(*story.correct(NIGER, evidence("2015-01-01", id="3", country="NE", revision=2)))

    assert (event.type, event.alert_id) == ("retraction", initial.alert_id)
    assert [alert.countries for alert in story.tables[SPREAD]["jnim|Western Africa"].alerts] == [("BJ", "TG", "GH")]
