"""Origins: reprints share one, and an alert contains their number."""

from __future__ import annotations

from tests.support.builders import Story, evidence
from tests.support.tables import each_row
from tests.unit.streams.presence.stories import changed, summaries, weak_evidence


def test_a_single_origin_is_counted_as_one() -> None:
    [event] = Story().add(evidence(origin="AFP"))

    assert event.why.origins == 1


def test_another_origin_is_worth_an_update_that_names_the_report() -> None:
    story = Story()
    story.add(evidence("2017-10-31", id="1", origin="AFP"))
    second = evidence("2017-11-02", id="2", origin="Reuters")

    [update] = story.add(second)

    assert summaries([update]) == ["update r2: first_ever ML 2017-10-31 confirmed"]
    assert changed(update) == {"origins": ("1", "2")}
    assert (update.cause.sighting, update.why.origins) == (second, 2)
    assert [sighting.id for sighting in update.why.sightings] == ["1", "2"]


def test_reprints_share_an_origin_and_count_once() -> None:
    story = Story()
    story.add(evidence("2017-10-31", source="le monde", origin="AFP"))

    assert story.add(evidence("2017-11-01", source="el pais", origin="AFP")) == []
    assert story.alerts()[0].origins == 1


def test_reprints_of_one_story_do_not_corroborate_each_other() -> None:
    story = Story()
    story.add(weak_evidence("2017-10-31", source="le monde", origin="AFP"))

    assert story.add(weak_evidence("2017-11-01", source="el pais", origin="AFP")) == []
    assert story.spans() == []


@each_row("spelling", ["afp", " AFP ", "\uff21\uff26\uff30"])
def test_case_spaces_and_typography_do_not_distinguish_origins(spelling: str) -> None:
    story = Story()
    story.add(weak_evidence("2017-10-31", id="1", origin="AFP"))

    assert story.add(weak_evidence("2017-11-01", id="2", origin=spelling)) == []


def test_the_source_is_the_origin_of_a_sighting_without_an_origin() -> None:
    story = Story()
    story.add(weak_evidence("2017-10-31", source="AFP", id="1"))

    assert story.add(weak_evidence("2017-11-01", source="paper", id="2", origin="AFP")) == []
    assert summaries(story.add(weak_evidence("2017-11-01", source="reuters", id="3"))) == [
        "update r2: first_ever ML 2017-10-31 confirmed"
    ]


@each_row(("day", "counts"), [("2017-10-31", True), ("2017-11-01", False)])
def test_origins_are_those_of_the_first_thirty_days(day: str, counts: bool) -> None:
    story = Story()
    story.add(evidence("2017-10-01", id="1", origin="AFP"), evidence("2017-10-20", id="2", origin="AFP"))

    events = story.add(evidence(day, id="3", origin="Reuters"))

    assert story.spans() == [f"first_ever 2017-10-01/{day}"]
    assert [changed(event) for event in events] == ([{"origins": ("1", "2")}] if counts else [])


def test_origins_of_unqualified_sightings_do_not_count_for_an_episode() -> None:
    story = Story()
    story.add(evidence("2017-10-31", id="1", origin="AFP"))

    assert story.add(weak_evidence("2017-11-10", id="2", origin="Reuters")) == []


def test_unconfirmed_sightings_that_the_episode_corroborates_count() -> None:
    story = Story()
    story.add(evidence("2017-10-31", id="1", origin="AFP"))

    [update] = story.add(weak_evidence("2017-11-03", id="2", origin="Reuters"))

    assert changed(update) == {"origins": ("1", "2")}


def test_re_dating_counts_the_origins_of_the_new_onset() -> None:
    story = Story()
    story.add(evidence("2017-10-31", id="1", origin="AFP"), evidence("2017-11-05", id="2", origin="Reuters"))

    [update] = story.add(evidence("2017-10-03", id="3", origin="BBC", arrived="2017-11-06"))

    assert changed(update) == {"first_day": ("2017-10-31", "2017-10-03")}
    assert [sighting.id for sighting in update.why.sightings] == ["3", "1"]


def test_a_withdrawn_origin_no_longer_counts() -> None:
    story = Story()
    second = evidence("2017-11-02", id="2", origin="Reuters")
    story.add(evidence("2017-10-31", id="1", origin="AFP"), second)

    [update] = story.withdraw(second)

    assert changed(update) == {"origins": ("2", "1")}
    assert (update.cause.what, update.cause.sighting) == ("withdrawn", second)


def test_a_corrected_origin_turns_two_into_one() -> None:
    story = Story()
    second = evidence("2017-11-02", id="2", origin="Reuters")
    story.add(evidence("2017-10-31", id="1", origin="AFP"), second)

    [update] = story.correct(second, evidence("2017-11-02", id="2", origin="AFP", revision=2))

    assert changed(update) == {"origins": ("2", "1")}


def test_a_corrected_origin_undoes_corroboration() -> None:
    story = Story()
    second = weak_evidence("2017-11-01", id="2", origin="Reuters")
    story.add(weak_evidence("2017-10-31", id="1", origin="AFP"), second)

    events = story.correct(second, weak_evidence("2017-11-01", id="2", origin="AFP", revision=2))

    assert summaries(events) == ["retraction r3: first_ever ML 2017-10-31 retracted"]
    assert story.spans() == []


def test_corroborating_sightings_must_begin_within_72_hours_and_not_only_overlap() -> None:
    story = Story()
    story.add(weak_evidence("2017-10-01/2017-10-31", id="1", origin="AFP"))

    story.add(weak_evidence("2017-10-05", id="2", origin="Reuters"))
    assert story.spans() == []

    story.add(weak_evidence("2017-10-04", id="3", origin="BBC"))
    assert story.spans() == ["first_ever 2017-10-01/2017-10-31"]


def test_in_a_chain_only_sightings_near_another_origin_qualify() -> None:
    story = Story()
    story.add(
        weak_evidence("2017-10-01", id="1", origin="AFP"),
        weak_evidence("2017-10-03", id="2", origin="AFP"),
        weak_evidence("2017-10-06", id="3", origin="Reuters"),
    )

    assert story.spans() == ["first_ever 2017-10-03/2017-10-06"]


def test_an_alert_shows_ten_sightings_and_the_earliest_of_each_origin_first() -> None:
    story = Story()
    for number in range(12):
        story.add(evidence("2017-10-01", id=f"{number:02}", origin="AFP"))

    [update] = story.add(evidence("2017-10-05", id="99", origin="Reuters"))

    assert [sighting.id for sighting in update.why.sightings] == [
        "00", "99", "01", "02", "03", "04", "05", "06", "07", "08",
    ]  # fmt: skip


def test_a_sighting_in_another_country_corroborates_nothing() -> None:
    story = Story()
    story.add(weak_evidence("2017-10-31", id="1", origin="AFP", country="ML"))
    story.add(weak_evidence("2017-10-31", id="2", origin="Reuters", country="BF"))

    assert story.spans("ML") == story.spans("BF") == []


def test_a_sighting_of_another_group_corroborates_nothing() -> None:
    story = Story()
    story.add(weak_evidence("2017-10-31", id="1", origin="AFP"))
    story.add(weak_evidence("2017-10-31", id="2", origin="Reuters", group="ISWAP"))

    assert story.spans() == story.spans(group="ISWAP") == []
