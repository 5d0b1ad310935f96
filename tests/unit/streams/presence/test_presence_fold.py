"""Output and tables of presence."""

from __future__ import annotations

from datetime import date
from typing import Any

from schemas.evidence import Evidence
from schemas.topics import (
    AFFILIATIONS,
    ALERTS,
    CANDIDATES,
    DAYS,
    EPISODES,
    EVIDENCE,
    PRESENCE,
    SEEN,
    SPREAD,
    STORED_ALERTS,
    Topic,
)
from streams.presence.fold import fold
from streams.presence.policy import Policy
from streams.presence.rows import count_of, sighting_key
from tests.support.builders import Story, change, evidence, incoming, run, tables_of
from tests.unit.streams.presence.stories import days_of


def test_an_alert_is_keyed_by_its_id_and_has_the_time_and_partition_of_its_cause() -> None:
    caused = change(add=evidence(), arrived="2017-11-03T10:00Z")
    tables = tables_of("presence")

    [out] = run(
        lambda rows, batch: fold(rows, batch, Policy()),
        tables,
        [incoming(caused, topic=EVIDENCE, partition=3, offset=7)],
    )

    [(key, alert)] = tables[STORED_ALERTS].items()
    state = alert.state
    assert key == f"jnim\0ML\0{state.anchor}\0{state.alert_id}"
    assert (alert.raised_offset, alert.raised_number) == (7, 0)
    assert (out.topic, out.key, out.arrived, out.partition) == (ALERTS, state.alert_id.encode(), caused.arrived, 3)
    assert (state.revision, state.anchor, state.trigger) == (1, date(2017, 10, 31), "wire/1")


def test_a_row_has_the_group_the_country_the_region_and_the_trigger() -> None:
    story = Story()
    story.add(evidence(country="BE", group="a|b", id="7"))

    row = story.presence("BE", "a|b")

    assert row is not None
    assert (row.group, row.country, row.region) == ("a|b", "BE", "Western Europe")
    assert (row.episodes[0].trigger.source, row.episodes[0].trigger.id) == ("wire", "7")


def test_the_counts_of_thirty_days_are_the_sum_of_their_rows() -> None:
    story = Story()
    for number, day in enumerate(["2017-10-01", "2017-10-01", "2017-10-30", "2017-10-31"]):
        story.add(evidence(day, id=str(number), arrived="2017-11-01"))

    counts = {day: row.alone and count_of(row.alone) for day, row in days_of(story).items()}

    assert counts == {"2017-10-01": 2, "2017-10-30": 1, "2017-10-31": 1}


def test_a_correction_moves_the_count_to_its_own_day() -> None:
    story = Story()
    story.add(evidence("2017-10-31"))

    story.correct(evidence("2017-10-31"), evidence("2017-10-15", revision=2))

    assert set(days_of(story)) == {"2017-10-15"}
    assert set(story.tables[SEEN]) == {sighting_key("jnim", "ML", date(2017, 10, 15), "wire", "1", alone=True)}


def test_a_correction_on_the_same_day_counts_once_with_its_new_title() -> None:
    story = Story()
    story.add(evidence(title="Atack"))

    story.correct(evidence(title="Atack"), evidence(title="Attack", revision=2))

    assert [sighting.title for sighting in story.tables[SEEN].values()] == ["Attack"]
    assert [row.alone and count_of(row.alone) for row in days_of(story).values()] == [1]


def test_a_correction_to_another_country_leaves_no_row() -> None:
    story = Story()
    story.add(evidence(country="ML"))

    story.correct(evidence(country="ML"), evidence(country="BF", revision=2))

    assert set(story.tables[PRESENCE]) == {"jnim|BF"}
    assert (set(days_of(story)), set(days_of(story, "BF"))) == (set(), {"2017-10-31"})
    assert [sighting.country for sighting in story.tables[SEEN].values()] == ["BF"]


def test_a_withdrawal_of_the_last_sighting_leaves_no_row() -> None:
    story = Story()
    story.add(evidence())
    story.withdraw(evidence())

    assert story.tables == tables_of("presence")


def test_a_batch_may_add_and_withdraw_the_same_sighting() -> None:
    story = Story()

    events = story.apply(change(add=evidence()), change(remove=evidence()))

    assert [(event.type, event.revision) for event in events] == [("initial", 1), ("retraction", 2)]
    assert story.tables == tables_of("presence")


def test_withdrawing_the_sighting_between_splits_the_episode() -> None:
    story = Story()
    between = evidence("2017-08-28", id="3")
    story.add(evidence("2017-08-01", id="1"), evidence("2017-09-20", id="2"), between)
    assert story.spans() == ["first_ever 2017-08-01/2017-09-20"]

    story.withdraw(between)

    assert story.spans() == ["first_ever 2017-08-01/2017-08-01", "returned 2017-09-20/2017-09-20"]


def written(story: Story, *added: Evidence) -> set[Topic]:
    """Return the tables that get a row when the next change adds this evidence."""
    records = [incoming(change(add=sighting), topic=EVIDENCE) for sighting in added]
    return set(fold(story.tables, records, Policy()).changes)


def test_a_sighting_in_a_run_writes_itself_its_day_and_the_run() -> None:
    story = Story()
    whole = {PRESENCE, SEEN, DAYS, EPISODES, STORED_ALERTS, SPREAD}
    assert written(story, evidence("2017-10-01", id="1")) == whole
    story.add(evidence("2017-10-01", id="1"))

    assert written(story, evidence("2017-10-05", id="2")) == {SEEN, DAYS, EPISODES}
    assert written(story, evidence("2017-10-01", id="2")) == {SEEN, DAYS, EPISODES}
    elsewhere = evidence("2017-10-05", id="2", country="NE", grade="F6")
    assert written(story, elsewhere) == {PRESENCE, SEEN, DAYS, CANDIDATES, STORED_ALERTS}


def test_a_sighting_after_the_onset_writes_no_spread_row() -> None:
    story = Story()
    for country in ("ML", "BF", "NE"):
        story.add(
            evidence("2017-10-01", id=country, country=country),
            evidence("2017-11-20", id=f"2 {country}", country=country),
            evidence("2017-10-30", id=f"3 {country}", country=country),
        )

    assert SPREAD in written(story, evidence("2017-10-31", id="4", origin="AFP"))
    assert written(story, evidence("2017-11-01", id="4")) == {SEEN, DAYS}


class _Odd(dict[str, Any]):
    """A table with a row that this version cannot read."""

    def get(self, key: str, default: Any = None) -> Any:
        if key == "odd":
            raise ValueError("a field of a newer version")
        return super().get(key, default)


def test_an_unreadable_group_does_not_affect_others() -> None:
    tables = tables_of("presence")
    tables[AFFILIATIONS] = _Odd(odd=None)
    step = fold(tables, [incoming(change(add=evidence()), topic=EVIDENCE)], Policy())
    assert [out.topic for out in step.outgoing] == [ALERTS]
