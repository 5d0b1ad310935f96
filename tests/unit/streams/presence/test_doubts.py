"""Doubts about the country: an alert has them until one sighting of its onset is certain."""

from __future__ import annotations

from tests.support.builders import Story, evidence
from tests.support.tables import each_row
from tests.unit.streams.presence.stories import changed, summaries, weak_evidence

DOUBT = "the point lies in Burkina Faso"
OTHER = "the place is on the border"


def test_an_alert_contains_its_doubts() -> None:
    [event] = Story().add(evidence(doubt=DOUBT))

    assert event.doubts == (DOUBT,)
    assert summaries([event]) == ["initial r1: first_ever ML 2017-10-31 confirmed"]


def test_an_alert_without_doubtful_sightings_has_no_doubts() -> None:
    [event] = Story().add(evidence())

    assert event.doubts == ()


def test_a_certain_sighting_resolves_the_doubt() -> None:
    story = Story()
    story.add(evidence("2017-10-31", id="1", doubt=DOUBT))
    certain = evidence("2017-11-02", id="2")

    [update] = story.add(certain)

    assert changed(update) == {"doubtful": ("true", "false")}
    assert (update.doubts, update.cause.sighting) == ((), certain)


def test_another_doubtful_sighting_does_not_resolve_the_doubt() -> None:
    story = Story()
    story.add(evidence("2017-10-31", id="1", doubt=DOUBT))

    assert story.add(evidence("2017-11-02", id="2", doubt=OTHER)) == []
    [update] = story.add(evidence("2017-11-03", id="3", doubt=DOUBT, origin="AFP"))

    assert update.doubts == (DOUBT, OTHER)


def test_a_doubtful_sighting_adds_no_doubt_to_a_certain_alert() -> None:
    story = Story()
    story.add(evidence("2017-10-31", id="1"))

    assert story.add(evidence("2017-11-02", id="2", doubt=DOUBT)) == []
    assert story.alerts()[0].doubtful is False


def test_the_doubt_is_back_when_the_certain_sighting_is_withdrawn() -> None:
    story = Story()
    certain = evidence("2017-11-02", id="2")
    story.add(evidence("2017-10-31", id="1", doubt=DOUBT), certain)

    [update] = story.withdraw(certain)

    assert changed(update) == {"doubtful": ("false", "true")}
    assert update.doubts == (DOUBT,)


def test_a_corrected_place_resolves_the_doubt() -> None:
    story = Story()
    story.add(evidence(doubt=DOUBT))

    [update] = story.correct(evidence(doubt=DOUBT), evidence(revision=2))

    assert changed(update) == {"doubtful": ("true", "false")}


@each_row(("day", "resolves"), [("2017-10-31", True), ("2017-11-01", False)])
def test_only_sightings_of_the_onset_resolve_a_doubt(day: str, resolves: bool) -> None:
    story = Story()
    story.add(evidence("2017-10-01", id="1", doubt=DOUBT), evidence("2017-10-20", id="2", doubt=DOUBT))

    assert bool(story.add(evidence(day, id="3"))) == resolves


def test_an_unconfirmed_sighting_without_doubt_does_not_resolve_a_doubt() -> None:
    story = Story()
    story.add(evidence("2017-10-31", id="1", doubt=DOUBT))

    assert story.add(weak_evidence("2017-11-10", id="2")) == []


def test_a_candidate_carries_its_doubt_too() -> None:
    story = Story()

    [candidate] = story.add(weak_evidence("2017-10-31", id="1", doubt=DOUBT))
    [update] = story.add(weak_evidence("2017-11-20", id="2"))

    assert candidate.doubts == (DOUBT,)
    assert changed(update) == {"doubtful": ("true", "false")}


def test_a_retraction_has_no_doubts_left() -> None:
    story = Story()
    story.add(evidence(doubt=DOUBT))

    [event] = story.withdraw(evidence(doubt=DOUBT))

    assert event.doubts == ()
    assert changed(event) == {"status": ("confirmed", "retracted")}
