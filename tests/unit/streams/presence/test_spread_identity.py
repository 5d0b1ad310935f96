"""Identity of a spread: id, names, and how long the alert stays the same."""

from __future__ import annotations

from tests.support.builders import Story, evidence
from tests.unit.streams.presence.stories import group, regroup

SEEN = (
    evidence("2017-10-01", id="1", country="ML"),
    evidence("2017-10-15", id="2", country="BF"),
    evidence("2017-10-31", id="3", country="NE"),
)


def test_the_id_of_a_spread_is_the_same_in_every_replay() -> None:
    [event] = [event for event in Story().add(*SEEN) if event.kind == "spread"]

    assert event.alert_id == "0784ef86-9089-548f-8d97-93caf669bcc3"


def test_a_spread_of_another_group_or_in_another_region_is_another_alert() -> None:
    story = Story()
    others = (
        *(seen.model_copy(update={"group": "ISWAP", "id": f"o{seen.id}"}) for seen in SEEN),
        evidence("2017-10-01", id="1", country="TD"),
        evidence("2017-10-15", id="2", country="CM"),
        evidence("2017-10-31", id="3", country="GA"),
    )

    spreads = [event for event in story.add(*SEEN, *others) if event.kind == "spread"]

    assert len({spread.alert_id for spread in spreads}) == len(spreads) == 3


def test_a_spread_event_contains_the_other_names_of_its_group() -> None:
    story = Story()
    regroup(story, group("JNIM", names=["GSIM"]))

    assert {event.names for event in story.add(*SEEN)} == {("GSIM",)}
