"""Spellings of a group are one group, shown as first written or by its id."""

from __future__ import annotations

from schemas.topics import DAYS, PRESENCE, SEEN, SPREAD
from tests.support.builders import Story, evidence
from tests.support.tables import each_row
from tests.unit.streams.presence.stories import belongs, group, history_of, regroup, summaries, weak_evidence

SPELLINGS = [
    "AL-SHABAAB", "Al\u2011Shabaab", "Al Shabaab", "Al-Shabaab\u200b", "Al-Shab\u0101b", "\u200fAl-Shabaab",
    "\uff21\uff4c-Shabaab", "Al_Shabaab", "Al\u00a0\u2013\u00a0Shabaab",
]  # fmt: skip


def shown(story: Story) -> set[str]:
    return {row.group for topic in (PRESENCE, SPREAD) for row in story.tables[topic].values()}


@each_row("spelling", SPELLINGS)
def test_a_second_spelling_is_not_a_second_first_appearance(spelling: str) -> None:
    story = Story()
    story.add(evidence("2024-03-01", id="1", group="Al-Shabaab"))

    assert story.add(evidence("2024-03-05", id="2", group=spelling)) == []
    assert story.spans(group=spelling) == ["first_ever 2024-03-01/2024-03-05"]
    assert shown(story) == {"Al-Shabaab"}


def test_the_name_as_first_written_stays_when_its_sighting_is_withdrawn() -> None:
    story = Story()
    first = evidence("2024-03-01", id="1", group="Al-Shabaab")
    story.add(first, evidence("2024-03-05", id="2", group="AL-SHABAAB"))

    [event] = story.withdraw(first)

    assert (event.type, event.group) == ("update", "Al-Shabaab")
    assert shown(story) == {"Al-Shabaab"}


def test_after_all_sightings_are_withdrawn_the_next_sighting_sets_the_name() -> None:
    story = Story()
    first = evidence("2024-03-01", id="1", group="Al-Shabaab")
    story.add(first)
    story.withdraw(first)

    [event] = story.add(evidence("2024-03-05", id="2", group="AL-SHABAAB", arrived="2024-03-06"))

    assert event.group == "AL-SHABAAB"


def test_a_new_country_has_the_name_that_is_used_in_its_region() -> None:
    story = Story()
    story.add(evidence("2024-03-01", id="1", group="Al-Shabaab"))

    [event] = story.add(evidence("2024-03-05", id="2", group="AL-SHABAAB", country="NE", arrived="2024-03-06"))

    assert (event.kind, event.country, event.group) == ("first_ever", "NE", "Al-Shabaab")
    assert shown(story) == {"Al-Shabaab"}


def test_a_country_that_an_alias_adds_has_the_id_that_the_same_change_registers() -> None:
    story = Story()
    seen = evidence("2024-03-01", id="1", group="al shabaab")
    story.add(seen, evidence("2024-03-01", id="2", group="al shabaab", country="NE"))
    story.correct(seen, evidence("2024-03-01", id="1", revision=2, group="HSM"))

    regroup(story, group("Al-Shabaab", names=["HSM"]))

    assert shown(story) == {"Al-Shabaab"}


def test_a_country_that_a_faction_adds_has_the_name_that_the_same_change_gives_its_parent() -> None:
    story = Story()
    regroup(story, group("Al-Shabaab"))
    story.add(
        evidence("2024-03-01", id="1", group="al shabaab", country="NE"), evidence("2024-03-01", id="2", group="HSM")
    )

    regroup(story, group("HSM", belongs("AL SHABAAB")), remove=["Al-Shabaab"])

    assert shown(story) == {"HSM", "al shabaab"}


def test_three_countries_in_three_spellings_are_a_spread() -> None:
    story = Story()
    for number, (country, name) in enumerate([("ML", "Al-Shabaab"), ("NE", "al shabaab"), ("BF", "AL\u2011SHABAAB")]):
        seen = evidence(f"2024-03-0{number + 1}", id=str(number), group=name, country=country, arrived="2024-03-06")
        events = story.add(seen)

    assert [(event.kind, event.group) for event in events] == [("first_ever", "Al-Shabaab"), ("spread", "Al-Shabaab")]


def test_two_spellings_of_an_origin_do_not_corroborate() -> None:
    story = Story()
    story.add(weak_evidence("2024-03-01", id="1", group="H", origin="Reuters"))

    assert story.add(weak_evidence("2024-03-01", id="2", group="h", origin="REUTERS\u200b")) == []
    assert story.spans(group="H") == []


def test_registering_a_group_changes_its_display_name_without_an_event() -> None:
    story = Story()
    story.add(
        evidence("2024-03-01", id="1", group="al shabaab", arrived="2024-03-02"),
        evidence("2024-03-01", id="2", group="AL SHABAAB", country="BE", arrived="2024-03-02"),
    )

    assert regroup(story, group("Al-Shabaab", names=["AS"])) == []
    assert shown(story) == {"Al-Shabaab"}

    [event] = story.add(evidence("2024-03-02", id="3", group="as", origin="AFP", arrived="2024-03-03"))
    assert (event.type, event.group, event.names) == ("update", "Al-Shabaab", ("AS",))


def test_a_removed_group_is_shown_as_first_written() -> None:
    never, once = Story(), Story()
    for story in (never, once):
        story.add(
            evidence("2024-03-01", id="1", group="al shabaab", arrived="2024-03-02"),
            evidence("2024-03-02", id="2", group="AL SHABAAB", arrived="2024-03-03"),
            evidence("2024-03-02", id="3", group="AS", arrived="2024-03-03"),
        )
    regroup(once, group("Al-Shabaab", names=["AS"]), arrived="2024-04-01")
    assert history_of(once) != history_of(never)
    regroup(once, remove=["Al-Shabaab"], arrived="2024-04-02")

    assert [once.tables[topic] for topic in (SEEN, DAYS)] == [never.tables[topic] for topic in (SEEN, DAYS)]
    assert [row.group for row in once.tables[PRESENCE].values()] == ["al shabaab", "AS"]


def test_an_unregistered_parent_is_shown_as_its_faction_writes_it() -> None:
    story = Story()
    regroup(story, group("Faction", belongs("al-Qaeda in Mali")))
    story.add(evidence("2024-03-01", group="faction", arrived="2024-03-02"))

    assert shown(story) == {"Faction", "al-Qaeda in Mali"}
    assert story.alerts(group="AL QAEDA IN MALI")[0].by_affiliation == ("Faction",)
    assert regroup(story, group("Al-Qaeda in Mali")) == []
    assert shown(story) == {"Faction", "Al-Qaeda in Mali"}


def test_the_id_of_an_alert_depends_on_its_name_as_written() -> None:
    plain, spelt = Story(), Story()
    [alert] = plain.add(evidence("2024-03-01", id="1", group="Al-Shabaab"))
    [other] = spelt.add(evidence("2024-03-01", id="1", group="Al-Shabaab\u200b"))

    assert summaries([alert]) == summaries([other])
    assert alert.alert_id != other.alert_id
