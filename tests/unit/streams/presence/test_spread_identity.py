"""Identity of a spread: id, names, and how long the alert stays the same."""

from __future__ import annotations

from schemas.topics import SPREAD
from tests.support.builders import Story, evidence
from tests.unit.streams.presence.stories import belongs, group, regroup, spread_events

SEEN = (
    evidence("2017-10-01", id="1", country="ML"),
    evidence("2017-10-15", id="2", country="BF"),
    evidence("2017-10-31", id="3", country="NE"),
)


def test_the_id_of_a_spread_is_the_same_in_every_replay() -> None:
    [event] = spread_events(*Story().add(*SEEN))

    assert event.alert_id == "0784ef86-9089-548f-8d97-93caf669bcc3"


def test_a_spread_of_another_group_or_in_another_region_is_another_alert() -> None:
    story = Story()
    others = (
        *(seen.replace(group="ISWAP", id=f"o{seen.id}") for seen in SEEN),
        evidence("2017-10-01", id="1", country="TD"),
        evidence("2017-10-15", id="2", country="CM"),
        evidence("2017-10-31", id="3", country="GA"),
    )

    spreads = spread_events(*story.add(*SEEN, *others))

    assert len({spread.alert_id for spread in spreads}) == len(spreads) == 3


def test_a_spread_event_contains_the_other_names_of_its_group() -> None:
    story = Story()
    regroup(story, group("JNIM", names=["GSIM"]))

    assert {event.names for event in story.add(*SEEN)} == {("GSIM",)}


def test_a_spread_that_loses_half_of_its_countries_is_another_spread() -> None:
    story = Story()
    regroup(story, group("X", belongs("JNIM")))
    for number, (day, country, name) in enumerate([
        ("2017-10-01", "ML", "X"), ("2017-10-02", "BF", "X"), ("2017-10-03", "NE", "JNIM"), ("2017-10-04", "BJ", "JNIM"),
        ("2017-10-05", "TG", "Y"), ("2017-10-06", "GH", "Y"),
    ]):  # fmt: skip
        story.add(evidence(day, id=str(number), country=country, group=name))
    [old] = story.tables[SPREAD]["jnim|Western Africa"].alerts
    assert old.countries == ("ML", "BF", "NE", "BJ")

    gone, new = spread_events(*regroup(story, group("X"), group("Y", belongs("JNIM")), arrived="2017-10-10"))

    assert (gone.type, gone.alert_id) == ("retraction", old.alert_id)
    assert (new.type, new.countries) == ("initial", ("NE", "BJ", "TG", "GH"))
