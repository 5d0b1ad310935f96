"""Aliases: all names of a group count for it from registration to removal."""

from __future__ import annotations

from datetime import date

from schemas.topics import AFFILIATIONS, PRESENCE
from tests.support.builders import Story, evidence
from tests.unit.streams.presence.stories import belongs, changed, group, history, history_of, regroup

JNIM = group("JNIM")


def test_an_alias_makes_two_groups_one() -> None:
    story = Story()
    [wrong] = story.add(evidence("2017-10-20", id="1", group="GSIM"))
    [right] = story.add(evidence("2017-10-31", id="2", group="JNIM"))

    events = regroup(story, group("JNIM", names=["gsim"]), arrived="2017-11-05")

    assert [(event.type, event.group, event.alert_id) for event in events] == [
        ("retraction", "GSIM", wrong.alert_id),
        ("update", "JNIM", right.alert_id),
    ]
    assert changed(events[1])["first_day"] == ("2017-10-31", "2017-10-20")
    assert events[1].names == ("gsim",)
    assert set(story.tables[PRESENCE]) == {"jnim|ML"}
    assert story.spans() == ["first_ever 2017-10-20/2017-10-31"]


def test_without_the_alias_they_are_two_again() -> None:
    story = Story()
    regroup(story, group("JNIM", names=["GSIM"]))
    story.add(evidence("2017-10-20", id="1", group="GSIM"), evidence("2017-10-31", id="2", group="JNIM"))

    events = regroup(story, JNIM, arrived="2017-11-05")

    assert [(event.type, event.group, event.first_day) for event in events] == [
        ("initial", "GSIM", date(2017, 10, 20)),
        ("update", "JNIM", date(2017, 10, 31)),
    ]
    assert set(story.tables[PRESENCE]) == {"jnim|ML", "gsim|ML"}


def test_undoing_an_alias_restores_the_tables() -> None:
    seen = [
        history("2017-10-20", group="GSIM"),
        history("2017-10-31"),
        history("2016-01-01", group="GSIM", country="BF"),
    ]
    never, once = Story(), Story()
    never.add(*seen)
    once.add(*seen)

    regroup(once, group("JNIM", names=["GSIM"]), arrived="2019-01-01")
    assert history_of(once) != history_of(never)
    regroup(once, remove=["JNIM"], arrived="2019-01-02")

    assert history_of(once) == history_of(never)
    assert once.tables[AFFILIATIONS] == never.tables[AFFILIATIONS]


def test_an_alias_of_the_parent_finds_the_factions_that_name_it_so() -> None:
    story = Story()
    regroup(story, group("Ansar Dine", belongs("GSIM")))
    story.add(evidence("2017-10-31", group="Ansar Dine"))
    assert story.spans(group="GSIM") == ["first_ever 2017-10-31/2017-10-31"]

    events = regroup(story, group("JNIM", names=["GSIM"]), arrived="2017-11-05")

    assert [(event.type, event.group) for event in events] == [("retraction", "GSIM"), ("initial", "JNIM")]


def test_an_alias_that_moves_to_another_group_takes_its_sightings_along() -> None:
    story = Story()
    regroup(story, group("ISGS"), group("JNIM", names=["the emirate"]))
    story.add(evidence("2017-10-31", group="The Emirate"))

    events = regroup(story, JNIM, group("ISGS", names=["the emirate"]), arrived="2017-11-05")

    assert [(event.type, event.group) for event in events] == [("initial", "ISGS"), ("retraction", "JNIM")]


def test_a_name_that_moves_to_a_group_earlier_in_order_takes_its_sightings_along() -> None:
    story = Story()
    regroup(story, group("JNIM", names=["the emirate"]))
    story.add(evidence("2017-10-31", group="The Emirate"))

    events = regroup(story, group("ISGS", names=["the emirate"]), arrived="2017-11-05")

    assert [(event.type, event.group) for event in events] == [("initial", "ISGS"), ("retraction", "JNIM")]


def test_a_group_whose_name_holds_a_bar_is_found_by_its_whole_name() -> None:
    story = Story()
    story.add(evidence(group="a|b"))

    regroup(story, group("JNIM", names=["a|b"]))

    assert set(story.tables[PRESENCE]) == {"jnim|ML"}
