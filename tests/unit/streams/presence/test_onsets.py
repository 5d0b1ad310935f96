"""Onsets: the summary of how a run of days begins, kept as sightings are added and withdrawn, or computed anew."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from schemas.alert import MAX_DOUBTS, MAX_SIGHTINGS
from schemas.evidence import LONGEST_DOUBT, Evidence
from schemas.presence import MAX_ORIGINS, Onset, Run
from streams.presence.onsets import count_onset_origins, deciding_evidence, doubts_of, onset_ends, onset_of
from streams.presence.policy import Policy
from streams.presence.rows import Rows
from tests.support.builders import Story, evidence
from tests.support.tables import each_row
from tests.unit.streams.presence.stories import belongs, group, regroup, weak_evidence

POLICY = Policy()


def story_of(*seen: Evidence, factions: Iterable[str] = ()) -> Story:
    story = Story()
    regroup(story, group("JNIM"), *(group(name, belongs("JNIM")) for name in factions))
    story.add(*seen)
    return story


def onset(*seen: Evidence, factions: Iterable[str] = (), confirmed: bool = True) -> Onset:
    """Return the onset of the first run, and assert that the one kept while the sightings were added is the same."""
    return known(story_of(*seen, factions=factions), confirmed=confirmed)


def known(story: Story, *, confirmed: bool = True) -> Onset:
    """Return the onset of the first run, computed anew, and assert that the row has the same one or none."""
    row = story.presence()
    assert row is not None
    run: Run = (row.episodes if confirmed else row.candidates)[0]
    mali = Rows(story.tables, POLICY).place("jnim", "ML", "Western Africa")
    computed = onset_of(mali, run, confirmed=confirmed)
    assert run.onset in (None, computed, computed.replace(deciding=()))
    return computed


def stored(story: Story) -> Onset:
    """Return the onset in the row of the first episode."""
    row = story.presence()
    assert row is not None
    found = row.episodes[0].onset
    assert found is not None
    return found


def ids(found: Onset) -> list[str]:
    return [f"{sighting.source}{sighting.id}" for sighting in found.deciding]


def test_the_onset_is_thirty_days_from_the_first_day() -> None:
    begins = onset(*(evidence(day, id=day, source="") for day in ("2017-10-01", "2017-10-31", "2017-11-01")))

    assert ids(begins) == ["2017-10-01", "2017-10-31"]


def test_the_onset_ends_with_the_window_or_with_the_calendar() -> None:
    assert onset_ends(date(2017, 10, 1), POLICY) == date(2017, 10, 31)
    assert onset_ends(date(2017, 10, 1), Policy(window_days=0)) == date(2017, 10, 1)
    assert onset_ends(date(9999, 12, 20), POLICY) == date.max


def test_qualifying_sightings_attest_an_episode_and_other_sightings_a_candidate() -> None:
    seen = evidence("2017-10-01", id="1"), weak_evidence("2017-10-02", id="2"), evidence("2017-10-02", id="3")

    assert ids(onset(*seen)) == ["wire1", "wire3"]
    assert ids(onset(*seen, confirmed=False)) == ["wire2"]


def test_the_sighting_with_the_earliest_limit_sets_the_latest_possible_first_day() -> None:
    month, day = evidence("2017-10", id="1"), evidence("2017-10-20", id="2")

    assert onset(month).begins_by == date(2017, 10, 31)
    assert onset(month, day).begins_by == date(2017, 10, 20)


def test_a_sighting_after_the_onset_may_limit_its_vague_first_day() -> None:
    year, weeks = evidence("2017", id="1"), evidence("2017-02-01/2017-03-04", id="2", precision="some_day")

    assert onset(year, weeks).begins_by == date(2017, 3, 4)


def test_an_onset_is_archival_if_every_sighting_is() -> None:
    old, new = evidence("2017-10-01", id="1", archival=True), evidence("2017-10-02", id="2")

    assert onset(old).archival
    assert not onset(old, new).archival


def test_factions_are_named_unless_the_group_itself_was_seen() -> None:
    seen = [evidence(id=name, group=name) for name in "ZAY"]

    assert onset(*seen, factions="AYZ").factions == ("a", "y", "z")
    assert onset(*seen, evidence(id="9"), factions="AYZ").factions == ()
    assert onset(evidence(id="9"), *seen, factions="AYZ").factions == ()


def test_doubts_are_distinct_cut_and_counted() -> None:
    assert doubts_of(["b", None, "a", "b"]) == ("b", "a")
    assert doubts_of(["x" * 2 * LONGEST_DOUBT])[0][-1] == "…"
    assert doubts_of(map(str, range(MAX_DOUBTS + 5)))[-1] == "and 6 more"


def test_an_onset_is_certain_if_one_sighting_has_no_doubt() -> None:
    seen = [evidence(id=str(number), doubt=doubt) for number, doubt in enumerate("bab")]

    assert not onset(*seen).certain
    assert onset(*seen, evidence(id="9")).certain


def test_origins_are_counted_over_the_whole_onset() -> None:
    begins = onset(*(evidence(id=str(number), origin=f"origin {number}") for number in range(12)))

    assert (count_onset_origins(begins), len(begins.deciding)) == (12, MAX_SIGHTINGS)


def test_origins_are_counted_exactly_up_to_ninety_nine() -> None:
    seen = [evidence(id=str(number), origin=f"origin {number}") for number in range(MAX_ORIGINS + 1)]

    assert count_onset_origins(onset(*seen[:-1])) == MAX_ORIGINS
    story = story_of(*seen)
    assert count_onset_origins(stored(story)) == MAX_ORIGINS


def test_placeholders_only_are_one_origin() -> None:
    assert count_onset_origins(onset(*(evidence(id=str(number), origin="unknown") for number in range(3)))) == 1


def test_the_earliest_of_each_origin_come_first_then_the_rest_by_day_source_and_id() -> None:
    seen = [
        evidence("2017-10-03", source="b", id="1", origin="AFP"), evidence("2017-10-03", source="a", id="2", origin="AFP"),
        evidence("2017-10-03", source="a", id="1", origin="AFP"), evidence("2017-10-05", source="a", id="3", origin="BBC"),
        evidence("2017-10-04", source="a", id="4", origin="BBC"),
    ]  # fmt: skip

    assert ids(onset(*seen)) == ids(onset(*reversed(seen))) == ["a1", "a4", "a2", "b1", "a3"]


def test_deciding_sightings_are_read_from_their_rows() -> None:
    seen = [evidence(id="2", title="The first"), evidence("2017-11-01", id="1", group="Ansar Dine", title="Another")]
    story = story_of(*seen, factions=["Ansar Dine"])

    assert list(deciding_evidence(Rows(story.tables, POLICY), known(story))) == seen


@each_row(("gone", "deciding"), [
    ({"id": "0"}, ["wire1", "wire2"]), ({"id": "1"}, ["wire0", "wire2"]), ({"id": "2"}, ["wire0", "wire1"]),
])  # fmt: skip
def test_a_withdrawn_sighting_leaves_the_onset(gone: dict[str, Any], deciding: list[str]) -> None:
    story = story_of(*(evidence(id=str(number)) for number in range(3)))

    story.withdraw(evidence(**gone))

    assert ids(known(story)) == deciding


def test_among_ten_deciding_sightings_an_earlier_one_of_its_origin_takes_its_place() -> None:
    early = [evidence("2017-10-02", id=f"{number:02}") for number in range(9)]
    later = evidence("2017-10-20", id="later", origin="AFP")
    story = story_of(*early, later, evidence("2017-10-02", id="10"))

    story.add(evidence("2017-10-10", id="earlier", origin="AFP"))

    assert ids(stored(story))[:2] == ["wire00", "wireearlier"]
    assert stored(story) == known(story)


def test_a_withdrawal_from_a_short_onset_reads_no_other_sighting() -> None:
    seen = [evidence(id=str(number), archival=True) for number in range(4)]  # without an alert that needs the onset
    story = story_of(*seen)

    story.withdraw(seen[1])

    assert ids(stored(story)) == ["wire0", "wire2", "wire3"]


@each_row(("first", "is_kept"), [("2017-10-03", True), ("2017-10-02", False)])
def test_a_run_that_begins_earlier_keeps_its_onset_while_all_of_its_days_belong_to_it(
    first: str, is_kept: bool
) -> None:
    story = story_of(evidence("2017-10-31", archival=True), evidence("2017-11-02", id="2", archival=True))

    story.add(evidence(first, id="3", archival=True))

    row = story.presence()
    assert row is not None
    assert row.episodes[0].onset == (known(story) if is_kept else None)


def test_withdrawing_one_of_many_sightings_of_an_origin_leaves_the_onset_as_it_is() -> None:
    story = story_of(*(evidence(id=f"{number:02}") for number in range(20)))
    before = stored(story)

    story.withdraw(evidence(id="15"))

    assert stored(story) == before == known(story)


def test_what_only_one_sighting_says_disappears_with_it() -> None:
    common: dict[str, Any] = {"archival": True, "doubt": "near a border"}
    special = evidence("2017-11-02", id="special", origin="AFP")
    story = story_of(*(evidence(id=f"{number:02}", **common) for number in range(12)), special)
    assert (known(story).archival, known(story).certain, count_onset_origins(known(story))) == (False, True, 2)

    story.withdraw(special)

    assert (known(story).archival, known(story).certain, count_onset_origins(known(story))) == (True, False, 1)


def test_an_onset_changes_with_the_groups() -> None:
    story = story_of(evidence(id="1", group="Ansar Dine"), factions=["Ansar Dine"])
    assert known(story).factions == ("ansar dine",)

    story.add(evidence(id="2"))
    regroup(story, group("Ansar Dine"), arrived="2018-01-01")

    assert (known(story).factions, ids(known(story))) == ((), ["wire2"])
