"""Affiliations: a faction counts for its parent while it belongs to it. A pledge may be registered late,
end, or be removed."""

from __future__ import annotations

from schemas.topics import AFFILIATIONS, SEEN
from streams.presence.rows import count_of
from tests.support.builders import Story, evidence, tables_of
from tests.support.tables import each_row
from tests.unit.streams.presence.stories import (
    belongs,
    changed,
    days_of,
    group,
    history,
    history_of,
    regroup,
    summaries,
    weak_evidence,
)

PLEDGED = group("Ansar Dine", belongs("JNIM", "2017-03-02", "2017-09-30"))
FREE = group("Ansar Dine")
JNIM = group("JNIM")


def with_pledge(**days: str) -> Story:
    story = Story()
    regroup(story, JNIM, group("Ansar Dine", belongs("JNIM", **days)))
    return story


# Groups that a sighting counts for.


def test_a_sighting_of_a_faction_raises_alerts_for_the_faction_and_its_parent() -> None:
    story = with_pledge()

    faction, parent = story.add(evidence("2017-10-31", group="Ansar Dine"))

    assert (faction.group, faction.by_affiliation) == ("Ansar Dine", ())
    assert (parent.group, parent.by_affiliation) == ("JNIM", ("Ansar Dine",))
    assert summaries([faction]) == summaries([parent]) == ["initial r1: first_ever ML 2017-10-31 confirmed"]
    assert faction.alert_id != parent.alert_id
    assert parent.why.sightings == faction.why.sightings


def test_a_sighting_of_the_parent_does_not_count_for_its_faction() -> None:
    story = with_pledge()

    assert [alert.group for alert in story.add(evidence(group="JNIM"))] == ["JNIM"]
    assert story.presence(group="Ansar Dine") is None


@each_row(("occurred", "counts"), [
    ("2017-03-01", False), ("2017-03-02", True), ("2017-09-30", True), ("2017-10-01", False),
    ("2017-02-01/2017-03-02", True), ("2017-02-01/2017-03-01", False), ("2017-09-30/2017-12-31", True),
    ("2017-10-01/2017-12-31", False), ("2017", True),
])  # fmt: skip
def test_a_faction_counts_for_its_parent_from_the_first_to_the_last_day_of_its_pledge(
    occurred: str, counts: bool
) -> None:
    story = Story()
    regroup(story, JNIM, PLEDGED)

    story.add(evidence(occurred, group="Ansar Dine"))

    assert bool(story.spans(group="JNIM")) == counts
    assert story.spans(group="Ansar Dine") != []


def test_a_faction_of_a_faction_counts_for_both_parents() -> None:
    story = Story()
    regroup(story, group("al-Qaeda"), group("JNIM", belongs("al-Qaeda")), group("Katiba Macina", belongs("JNIM")))

    events = story.add(evidence(group="Katiba Macina"))

    assert [(event.group, event.by_affiliation) for event in events] == [
        ("Katiba Macina", ()), ("JNIM", ("Katiba Macina",)), ("al-Qaeda", ("Katiba Macina",)),
    ]  # fmt: skip


@each_row(("occurred", "reached"), [
    ("2017-03-15", ["JNIM"]), ("2017-04-01", ["JNIM", "al-Qaeda"]), ("2017-05-01", []),
    ("2017-03-15/2017-05-15", ["JNIM", "al-Qaeda"]),
])  # fmt: skip
def test_two_levels_count_on_the_days_that_all_affiliations_share(occurred: str, reached: list[str]) -> None:
    story = Story()
    regroup(
        story,
        group("al-Qaeda"),
        group("JNIM", belongs("al-Qaeda", since="2017-04-01")),
        group("Katiba Macina", belongs("JNIM", until="2017-04-30")),
    )

    story.add(evidence(occurred, group="Katiba Macina"))

    assert [name for name in ("JNIM", "al-Qaeda") if story.spans(group=name)] == reached


def test_two_parents_both_count_and_one_sighting_counts_once_for_each() -> None:
    story = Story()
    regroup(story, group("AQIM", belongs("JNIM")), group("Ansar Dine", belongs("JNIM"), belongs("AQIM")))

    events = story.add(evidence(group="Ansar Dine"))

    assert [event.group for event in events] == ["Ansar Dine", "AQIM", "JNIM"]
    assert len(story.alerts(group="JNIM")) == 1


def test_a_cycle_of_affiliations_terminates() -> None:
    story = Story()
    regroup(story, group("A", belongs("B")), group("B", belongs("A")))

    assert [alert.group for alert in story.add(evidence(group="A"))] == ["A", "B"]


def test_an_alias_of_a_faction_counts_for_the_parent_too() -> None:
    story = Story()
    regroup(story, JNIM, group("Ansar Dine", belongs("jnim "), names=["Ancar Dine"]))

    events = story.add(evidence(group="ANCAR  dine"))

    assert [(event.group, event.names) for event in events] == [("Ansar Dine", ("Ancar Dine",)), ("JNIM", ())]


def test_a_faction_raises_no_alert_for_a_parent_that_is_already_there() -> None:
    story = with_pledge()
    story.add(evidence("2017-10-31", id="1", group="JNIM"))

    events = story.add(evidence("2017-11-05", id="2", group="Ansar Dine"))

    assert [event.group for event in events] == ["Ansar Dine"]


def test_a_sighting_of_the_parent_ends_by_affiliation() -> None:
    story = with_pledge()
    story.add(evidence("2017-10-31", id="1", group="Ansar Dine"))

    [update] = story.add(evidence("2017-11-05", id="2", group="JNIM"))

    assert (update.group, update.by_affiliation) == ("JNIM", ())
    assert changed(update) == {"by_affiliation": ("Ansar Dine", "")}


def test_a_second_faction_updates_the_alert() -> None:
    story = with_pledge()
    regroup(story, group("Katiba Macina", belongs("JNIM")))
    story.add(evidence("2017-10-31", id="1", group="Katiba Macina"))

    [_, update] = story.add(evidence("2017-11-05", id="2", group="Ansar Dine"))

    assert changed(update) == {"by_affiliation": ("Katiba Macina", "Ansar Dine, Katiba Macina")}


def test_two_factions_confirm_their_parent_but_not_themselves() -> None:
    story = with_pledge()
    regroup(story, group("Katiba Macina", belongs("JNIM")))

    story.add(weak_evidence("2017-10-31", id="1", origin="AFP", group="Katiba Macina"))
    story.add(weak_evidence("2017-11-01", id="2", origin="Reuters", group="Ansar Dine"))

    assert story.spans(group="JNIM") == ["first_ever 2017-10-31/2017-11-01"]
    assert story.spans(group="Katiba Macina") == story.spans(group="Ansar Dine") == []


def test_a_correction_of_a_faction_corrects_its_parent() -> None:
    story = with_pledge()
    wrong = evidence("2017-10-31", group="Ansar Dine")
    story.add(wrong)

    events = story.correct(wrong, evidence("2017-10-29", group="Ansar Dine", revision=2))

    assert [(event.group, changed(event)) for event in events] == [
        ("Ansar Dine", {"first_day": ("2017-10-31", "2017-10-29")}),
        ("JNIM", {"first_day": ("2017-10-31", "2017-10-29")}),
    ]


def test_a_sighting_corrected_from_the_faction_to_the_parent_stays_with_the_parent() -> None:
    story = with_pledge()
    wrong = evidence("2017-10-31", group="Ansar Dine")
    story.add(wrong)

    events = story.correct(wrong, evidence("2017-10-31", group="JNIM", revision=2))

    assert [(event.group, event.type) for event in events] == [("Ansar Dine", "retraction"), ("JNIM", "update")]
    assert changed(events[1]) == {"by_affiliation": ("Ansar Dine", "")}


def test_withdrawing_a_sighting_of_a_faction_removes_faction_and_parent() -> None:
    story = with_pledge()
    story.add(evidence(group="Ansar Dine"))

    events = story.withdraw(evidence(group="Ansar Dine"))

    assert [(event.group, event.type) for event in events] == [("Ansar Dine", "retraction"), ("JNIM", "retraction")]
    assert history_of(story) == history_of(Story())


# Pledges that are registered, end, or are removed.


def test_a_pledge_that_is_registered_in_time_raises_an_alert_for_the_parent() -> None:
    story = Story()
    story.add(evidence("2017-10-31", group="Ansar Dine"))

    [initial] = regroup(story, JNIM, group("Ansar Dine", belongs("JNIM")), arrived="2017-11-30")

    assert (initial.group, initial.by_affiliation) == ("JNIM", ("Ansar Dine",))
    assert summaries([initial]) == ["initial r1: first_ever ML 2017-10-31 confirmed"]
    assert (initial.cause.what, initial.cause.groups) == ("groups", ("JNIM", "Ansar Dine"))
    assert initial.cause.sighting is None
    assert f"{initial.arrived:%F}" == "2017-11-30"


def test_a_pledge_that_is_registered_late_raises_no_alert() -> None:
    story = Story()
    story.add(evidence("2017-10-31", group="Ansar Dine"))

    assert regroup(story, group("Ansar Dine", belongs("JNIM")), arrived="2017-12-01") == []
    assert story.spans(group="JNIM") == ["first_ever 2017-10-31/2017-10-31"]
    assert story.alerts(group="JNIM") == ()


def test_a_pledge_does_not_affect_earlier_days() -> None:
    story = Story()
    story.add(evidence("2017-10-30", id="1", group="Ansar Dine"), evidence("2017-10-31", id="2", group="Ansar Dine"))

    regroup(story, group("Ansar Dine", belongs("JNIM", since="2017-10-31")), arrived="2017-11-01")

    assert story.spans(group="JNIM") == ["first_ever 2017-10-31/2017-10-31"]


def test_a_pledge_shows_that_the_parent_was_there_before_and_supersedes_its_alert() -> None:
    story = Story()
    story.add(history("2015-03-01", group="Ansar Dine"), evidence("2017-10-31", group="JNIM"))

    [update] = regroup(story, group("Ansar Dine", belongs("JNIM")), arrived="2017-12-01")

    assert summaries([update]) == ["update r2: re_emergence ML 2017-10-31 superseded"]
    assert update.cause.groups == ("Ansar Dine",)


def test_the_end_of_a_pledge_retracts_later_alerts() -> None:
    story = with_pledge()
    story.add(evidence("2017-10-31", group="Ansar Dine"))

    events = regroup(story, PLEDGED, arrived="2017-11-10")

    assert [(event.group, event.type) for event in events] == [("JNIM", "retraction")]
    assert story.presence(group="JNIM") is None
    assert story.spans(group="Ansar Dine") == ["first_ever 2017-10-31/2017-10-31"]


def test_the_end_of_a_pledge_keeps_earlier_alerts() -> None:
    story = with_pledge()
    story.add(evidence("2017-09-30", group="Ansar Dine"))

    assert regroup(story, PLEDGED, arrived="2017-10-10") == []
    assert [alert.status for alert in story.alerts(group="JNIM")] == ["confirmed"]


def test_a_withdrawn_pledge_retracts_the_alert_and_a_renewed_pledge_raises_another() -> None:
    story = with_pledge()
    [_, initial] = story.add(evidence("2017-10-31", group="Ansar Dine"))

    [retraction] = regroup(story, FREE, arrived="2017-11-05")
    [again] = regroup(story, group("Ansar Dine", belongs("JNIM")), arrived="2017-11-06")

    assert (retraction.type, retraction.alert_id) == ("retraction", initial.alert_id)
    assert (again.type, again.group) == ("initial", "JNIM")
    assert again.alert_id != initial.alert_id


def test_a_removed_group_has_no_parent() -> None:
    story = with_pledge()
    story.add(evidence("2017-10-31", group="Ansar Dine"))

    [event] = regroup(story, remove=["Ansar Dine"], arrived="2017-11-05")

    assert (event.type, event.group, event.cause.groups) == ("retraction", "JNIM", ("Ansar Dine",))
    assert story.spans(group="Ansar Dine") == ["first_ever 2017-10-31/2017-10-31"]
    assert set(story.tables[AFFILIATIONS]) == {"JNIM"}


def test_a_pledge_of_the_middle_group_affects_both_levels() -> None:
    story = Story()
    regroup(story, group("al-Qaeda"), JNIM, group("Katiba Macina", belongs("JNIM")))
    story.add(evidence("2017-10-31", group="Katiba Macina"))

    [initial] = regroup(story, group("JNIM", belongs("al-Qaeda")), arrived="2017-11-05")
    assert (initial.group, initial.by_affiliation) == ("al-Qaeda", ("Katiba Macina",))
    assert [count_of(tally) for tally in (days_of(story, group="al-Qaeda")["2017-10-31"].alone,) if tally] == [1]
    assert len(story.tables[SEEN]) == 1

    [event] = regroup(story, JNIM, arrived="2017-11-06")
    assert (event.group, event.type) == ("al-Qaeda", "retraction")


@each_row("undone", ["pledge", "group"])
def test_undoing_an_affiliation_restores_the_tables(undone: str) -> None:
    seen = [
        evidence("2017-05-01", id="1", group="JNIM"), evidence("2017-05-20", id="2", group="Ansar Dine"),
        weak_evidence("2017-05-21", id="3", group="Ansar Dine", origin="AFP"), evidence("2017-07-01", id="4", group="JNIM"),
        history("2014-01-01", group="Ansar Dine"), evidence("2017-05-03", id="5", group="Ansar Dine", country="BF"),
        weak_evidence("2017-05-20", id="6", group="JNIM", origin="Reuters", country="NE"),
        weak_evidence("2017-05-19", id="7", group="Ansar Dine", origin="AFP", country="NE"),
    ]  # fmt: skip
    never, once = Story(), Story()
    for story in (never, once):
        regroup(story, JNIM)
        story.add(*seen)

    regroup(once, group("Ansar Dine", belongs("JNIM")), arrived="2019-01-01")
    assert history_of(once) != history_of(never)
    put, gone = ([FREE], []) if undone == "pledge" else ([], ["Ansar Dine"])
    regroup(once, *put, remove=gone, arrived="2019-01-02")

    assert history_of(once) == history_of(never)


def test_a_pledge_gives_the_same_result_before_or_after_the_sightings() -> None:
    seen = [
        history("2017-03-01", group="Ansar Dine"), history("2017-03-02", group="Ansar Dine"),
        history("2017-09-30", group="Ansar Dine", country="BF"), history("2017-04-01", group="JNIM"),
    ]  # fmt: skip
    before, after = Story(), Story()
    regroup(before, JNIM, PLEDGED)
    before.add(*seen)
    after.add(*seen)
    regroup(after, JNIM, PLEDGED, arrived="2019-01-01")

    assert history_of(after) == history_of(before)
    assert after.tables[AFFILIATIONS] == before.tables[AFFILIATIONS]


def test_a_change_of_a_group_without_sightings_causes_no_event() -> None:
    story = Story()
    story.add(evidence(group="JNIM"))
    before = history_of(story)

    assert regroup(story, group("ISWAP", belongs("Islamic State"), names=["West Africa Province"])) == []
    assert history_of(story) == before


def test_withdrawing_everything_and_removing_all_groups_leaves_no_rows() -> None:
    story = with_pledge()
    seen = evidence(group="Ansar Dine")
    story.add(seen)
    regroup(story, remove=["JNIM", "Ansar Dine"])
    story.withdraw(seen)

    assert story.tables == tables_of("presence")


def test_a_different_pledge_raises_a_different_alert() -> None:
    story = with_pledge()
    story.add(evidence("2017-10-31", id="1", group="Ansar Dine"), evidence("2017-11-10", id="2", group="Katiba Macina"))

    events = regroup(story, FREE, group("Katiba Macina", belongs("JNIM")), arrived="2017-11-12")

    assert [(event.type, event.group, event.by_affiliation) for event in events] == [
        ("retraction", "JNIM", ("Ansar Dine",)),
        ("initial", "JNIM", ("Katiba Macina",)),
    ]


def test_a_pledge_is_triggered_by_the_earliest_sighting_of_the_episode_that_is_news() -> None:
    story = Story()
    for number, day in enumerate(["2017-08-01", "2017-11-12", "2017-11-10"]):
        story.add(evidence(day, id=str(number), group="Ansar Dine"))

    [initial] = regroup(story, group("Ansar Dine", belongs("JNIM")), arrived="2017-11-20")

    assert summaries([initial]) == ["initial r1: returned ML 2017-11-10 confirmed"]
    assert [alert.trigger for alert in story.alerts(group="JNIM")] == ["wire/2"]


def test_a_change_of_groups_produces_events_per_country() -> None:
    story = Story()
    for country in ("NE", "BF", "ML", "BJ"):
        story.add(evidence("2017-10-31", id=country, country=country, group="Ansar Dine"))

    events = regroup(story, group("Ansar Dine", belongs("JNIM")), arrived="2017-11-20")

    assert [event.country for event in events if event.kind == "first_ever"] == ["BF", "BJ", "ML", "NE"]


def test_a_sighting_that_is_corrected_from_the_group_to_its_faction_counts_for_both() -> None:
    story = with_pledge()
    wrong = weak_evidence("2017-01-03", id="1")
    story.add(wrong, evidence("2017-03-06", id="2"))

    story.correct(wrong, evidence("2017-03-04", id="1", revision=2, group="Ansar Dine", origin="unknown"))

    assert story.spans(group="Ansar Dine") == ["first_ever 2017-03-04/2017-03-04"]
    assert story.spans() == ["first_ever 2017-03-04/2017-03-06"]
