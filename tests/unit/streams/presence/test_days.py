"""Rows of days: what they count, and whether the days near a sighting are corroborated."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec

from schemas.evidence import Evidence
from schemas.presence import MAX_DAY_ORIGINS, MAX_DAY_SPANS, Day, Tally
from streams.presence.days import DayChanges, change_days, has_origin, origins_of, spans_of
from streams.presence.policy import Policy
from streams.presence.qualification import origin_hash
from streams.presence.rows import Counted, Place, Rows, count_of
from streams.presence.runs import Span
from tests.support.builders import evidence, tables_of
from tests.support.tables import each_row
from tests.unit.streams.presence.stories import weak_evidence

REGION = "Western Africa"
LAST_OF_OCTOBER = date(2017, 10, 31)


class Days:
    """The days of a group in a country, and their sightings."""

    def __init__(self, *seen: Evidence, policy: Policy | None = None) -> None:
        self.rows = Rows(tables_of("presence"), policy or Policy())
        self.mali = self.rows.place("jnim", "ML", REGION)
        for sighting in seen:
            self.add(sighting)

    def add(self, sighting: Evidence, *, place: Place | None = None, member: str = "jnim") -> DayChanges:
        counted = self._counted(sighting, member)
        self.rows.sightings.put(counted.key, sighting)
        return change_days(place or self.mali, None, counted)

    def remove(self, sighting: Evidence, *, member: str = "jnim") -> DayChanges:
        counted = self._counted(sighting, member)
        self.rows.sightings.put(counted.key, None)
        return change_days(self.mali, counted, None)

    def correct(self, before: Evidence, after: Evidence) -> DayChanges:
        removed, added = self._counted(before), self._counted(after)
        self.rows.sightings.put(removed.key, None)
        self.rows.sightings.put(added.key, after)
        return change_days(self.mali, removed, added)

    def _counted(self, sighting: Evidence, member: str = "jnim") -> Counted:
        return msgspec.structs.replace(self.rows.counted(sighting)[0], member=member)

    def day(self, day: str = "2017-10-31") -> Day:
        row = self.mali.day(date.fromisoformat(day))
        assert row is not None
        return row

    def corroborated(self) -> dict[str, bool]:
        """Return whether each day is corroborated."""
        return {str(day): row.corroborated for day, row in self.mali.days_between(date.min, date.max)}

    def origins(self, *, confirmed: bool) -> set[str]:
        row = self.day()
        return set(origins_of(self.mali, LAST_OF_OCTOBER, row, confirmed=confirmed))

    def spans(self, *, confirmed: bool = True) -> frozenset[Span]:
        return spans_of(LAST_OF_OCTOBER, self.day(), Policy(), confirmed=confirmed)


def counts(tally: Tally | None) -> int:
    return count_of(tally) if tally else 0


# What a day counts.


def test_a_sighting_counts_on_its_first_day_alone() -> None:
    days = Days(evidence("2017-10-30/2017-11-02"))

    assert set(days.corroborated()) == {"2017-10-30"}
    [span] = days.day("2017-10-30").alone.spans  # type: ignore[union-attr]
    assert (span.last_day, span.count) == (date(2017, 11, 2), 1)


def test_sightings_count_by_whether_they_prove_the_presence_alone() -> None:
    days = Days(evidence(id="1"), evidence(id="2"), weak_evidence("2017-10-31", id="3"))

    assert (counts(days.day().alone), counts(days.day().weak)) == (2, 1)


def test_a_day_counts_what_an_onset_says_about_all_sightings() -> None:
    days = Days(
        evidence(id="1", archival=True), evidence(id="2", doubt="near a border"), evidence(id="3", origin="unknown"),
        weak_evidence("2017-10-31", id="4", archival=True),
    )  # fmt: skip
    days.add(evidence(id="5", group="Ansar Dine"), member="ansar dine")

    assert days.day().alone == Tally(plain=4, archival=1, doubtful=1, unnamed=1, factions=1)
    assert days.day().weak == Tally(plain=1, archival=1)


def test_each_group_country_and_day_has_its_own_row() -> None:
    days = Days(evidence(), evidence("2017-10-30", id="2"))
    for group, country in (("iswap", "ML"), ("jnim", "BF")):
        days.add(evidence(), place=days.rows.place(group, country, REGION))

    assert len(days.rows.days.changes) == 4


def test_an_empty_day_is_removed() -> None:
    days = Days(evidence(id="1"), evidence(id="2"))

    days.remove(evidence(id="1"))
    assert counts(days.day().alone) == 1

    days.remove(evidence(id="2"))
    assert days.corroborated() == {}


def test_a_sighting_that_moves_counts_on_its_new_day_only() -> None:
    days = Days(evidence("2017-10-31"))

    changes = days.correct(evidence("2017-10-31"), evidence("2017-10-30", revision=2))

    assert set(days.corroborated()) == {"2017-10-30"}
    assert [(str(day), after is None) for day, (_, after) in changes.items()] == [
        ("2017-10-30", False),
        ("2017-10-31", True),
    ]


def test_a_sighting_with_another_title_leaves_its_day_as_it_is() -> None:
    days = Days(evidence(title="Atack"))

    changes = days.correct(evidence(title="Atack"), evidence(title="Attack", revision=2))

    assert all(before == after for before, after in changes.values())


def test_the_days_of_a_month_or_an_interval_are_counted_by_their_ends() -> None:
    days = Days(
        evidence("2017-10-31/2017-11-03", id="1"), evidence("2017-10-31/2017-11-03", id="2"),
        evidence("2017-10-31/2017-12", id="3"), evidence(id="4"),
    )  # fmt: skip
    alone = days.day().alone
    assert alone is not None
    assert alone.plain == 1
    assert [(str(span.last_day), str(span.ends_from), span.count) for span in alone.spans] == [
        ("2017-11-03", "2017-11-03", 2),
        ("2017-12-31", "2017-12-01", 1),
    ]

    days.remove(evidence("2017-10-31/2017-11-03", id="2"))
    assert [span.count for span in days.day().alone.spans] == [1, 1]  # type: ignore[union-attr]


# Corroboration belongs to the day.


@each_row(("day", "corroborated"), [
    ("2017-10-27", False), ("2017-10-28", True), ("2017-10-31", True), ("2017-11-03", True), ("2017-11-04", False),
])  # fmt: skip
def test_a_second_origin_within_three_days_corroborates_both_days(day: str, corroborated: bool) -> None:
    days = Days(weak_evidence("2017-10-31", id="1", origin="AFP"))

    days.add(weak_evidence(day, id="2", origin="Reuters"))

    assert days.corroborated() == dict.fromkeys(["2017-10-31", day], corroborated)


def test_reprints_do_not_corroborate_each_other() -> None:
    days = Days(weak_evidence("2017-10-31", id="1", source="a", origin="AFP"))
    days.add(weak_evidence("2017-10-31", id="2", source="b", origin="afp "))

    assert days.corroborated() == {"2017-10-31": False}


def test_a_placeholder_corroborates_nothing_and_needs_two_named_origins() -> None:
    days = Days(
        weak_evidence("2017-10-31", id="1", origin="unknown"), weak_evidence("2017-11-01", id="2", origin="AFP")
    )
    assert days.corroborated() == {"2017-10-31": False, "2017-11-01": False}

    days.add(weak_evidence("2017-11-02", id="3", origin="Reuters"))
    assert set(days.corroborated().values()) == {True}


def test_a_sighting_on_a_new_day_between_two_origins_is_corroborated() -> None:
    days = Days(weak_evidence("2017-10-30", id="1", origin="AFP"), weak_evidence("2017-11-01", id="2", origin="BBC"))

    days.add(weak_evidence("2017-10-31", id="3", origin="unknown"))

    assert days.corroborated()["2017-10-31"]


def test_a_graded_sighting_corroborates_the_days_near_it() -> None:
    days = Days(weak_evidence("2017-10-31", id="1", origin="AFP"), evidence("2017-11-01", id="2", origin="Reuters"))

    assert set(days.corroborated().values()) == {True}


def test_a_corroborated_day_is_no_longer_corroborated_without_the_other_origin() -> None:
    gone = weak_evidence("2017-11-03", id="2", origin="Reuters")
    days = Days(weak_evidence("2017-10-31", id="1", origin="AFP"), gone)

    changes = days.remove(gone)

    assert days.corroborated() == {"2017-10-31": False}
    assert [str(day) for day in changes] == ["2017-10-31", "2017-11-03"]


@each_row("day", ["0001-01-01", "9999-12-31"])
def test_sightings_count_on_the_first_and_the_last_day_of_the_calendar(day: str) -> None:
    days = Days(*(weak_evidence(day, arrived="2017-11-01", id=origin, origin=origin) for origin in ("AFP", "BBC")))

    assert days.corroborated() == {day: True}


def test_the_policy_sets_the_threshold_and_the_corroboration_days() -> None:
    days = Days(evidence(), policy=Policy(threshold="A1", corroboration_days=0))
    days.add(weak_evidence("2017-11-01", id="2", origin="AFP"))

    assert (days.day().alone, counts(days.day().weak)) == (None, 1)
    assert set(days.corroborated().values()) == {False}


def test_only_days_that_change_are_written_again() -> None:
    known = Days(weak_evidence("2017-10-30", id="1", origin="AFP"), weak_evidence("2017-10-31", id="2", origin="AFP"))

    assert list(known.add(weak_evidence("2017-11-01", id="3", origin="AFP"))) == [date(2017, 11, 1)]
    assert list(known.add(weak_evidence("2017-11-03", id="4", origin="Reuters"))) == [
        LAST_OF_OCTOBER,
        date(2017, 11, 1),
        date(2017, 11, 3),
    ]


@each_row(("confirmed", "ids"), [(True, ["1", "3", "4"]), (False, ["2", "5"])])
def test_the_sightings_between_two_days_include_both_ends(confirmed: bool, ids: list[str]) -> None:
    days = Days(
        evidence("2017-10-01", id="0"), evidence("2017-10-10", id="1", origin="AFP"), evidence("2017-10-20", id="3"),
        weak_evidence("2017-10-15", id="2"), weak_evidence("2017-10-20", id="4", origin="AFP"),
        weak_evidence("2017-10-25", id="5"), evidence("2017-10-26", id="6", origin="BBC"),
    )  # fmt: skip
    days.remove(evidence("2017-10-26", id="6", origin="BBC"))

    found = days.mali.sightings_between(date(2017, 10, 10), date(2017, 10, 25), confirmed=confirmed)

    assert [counted.evidence.id for counted in found] == ids


# Days with many origins.


def reports(count: int, first: int = 0) -> list[Evidence]:
    """Return sightings of one day, each of another origin."""
    return [weak_evidence("2017-10-31", id=f"{n:03}", origin=f"Radio {n}") for n in range(first, first + count)]


def test_a_day_with_many_origins_has_a_row_for_each() -> None:
    seen = reports(MAX_DAY_ORIGINS + 1)
    days = Days(*seen[:-1])
    assert (len(days.day().origins), list(days.rows.counts.rows())) == (MAX_DAY_ORIGINS, [])

    days.add(seen[-1])

    assert (days.day().many_origins, len(days.day().origins)) == (True, 2)
    assert [row.origin and row.origin.weak for row in days.rows.counts.rows()] == [1] * len(seen)
    assert days.origins(confirmed=True) == {origin_hash(sighting) for sighting in seen}
    assert days.origins(confirmed=False) == set()


def test_the_row_of_a_day_does_not_grow_with_its_origins() -> None:
    few, many = Days(*reports(MAX_DAY_ORIGINS + 1)), Days(*reports(100))

    assert len(many.day().to_bytes()) <= len(few.day().to_bytes()) + 2


def test_an_origin_is_known_as_long_as_one_of_its_sightings_is_left() -> None:
    days = Days(*reports(12))
    again = evidence(id="again", origin="Radio 3")
    days.add(again)
    origin = origin_hash(again)
    assert origin is not None

    days.remove(reports(1, first=3)[0])
    assert has_origin(days.mali, LAST_OF_OCTOBER, days.day(), origin, confirmed=True)
    assert len(days.origins(confirmed=True)) == 12

    days.remove(again)
    assert not has_origin(days.mali, LAST_OF_OCTOBER, days.day(), origin, confirmed=True)
    assert len(days.origins(confirmed=True)) == 11


@each_row("order", [1, -1])
def test_a_day_that_had_many_origins_is_corroborated_as_long_as_two_are_left(order: int) -> None:
    seen = reports(12)[::order]
    days = Days(*seen)

    for sighting in seen[:-2]:
        days.remove(sighting)
        assert days.corroborated() == {"2017-10-31": True}
    days.remove(seen[-2])
    assert days.corroborated() == {"2017-10-31": False}

    days.add(seen[0])
    assert days.corroborated() == {"2017-10-31": True}


def test_no_row_is_left_of_a_day_that_had_many_origins() -> None:
    seen = [*reports(12), weak_evidence("2017-10-31", id="unnamed", origin="unknown")]
    days = Days(*seen)

    for sighting in seen:
        days.remove(sighting)

    assert (list(days.rows.days.rows()), list(days.rows.counts.rows())) == ([], [])


# Days with sightings of many lengths.


def lasting(*lengths: int) -> list[Evidence]:
    """Return sightings that begin on one day and last for so many days more."""
    return [evidence(f"2017-10-31/{LAST_OF_OCTOBER + timedelta(days)}", id=str(days)) for days in lengths]


def test_a_day_with_many_lengths_keeps_the_outermost_ones() -> None:
    days = Days(*lasting(*range(1, MAX_DAY_SPANS + 1)))
    assert len(days.day().alone.spans) == MAX_DAY_SPANS  # type: ignore[union-attr]

    days.add(*lasting(100))
    days.add(*lasting(50))

    alone = days.day().alone
    assert alone is not None
    assert (count_of(alone), alone.merged, len(alone.spans)) == (MAX_DAY_SPANS + 2, MAX_DAY_SPANS + 2, 1)
    assert max(span.last_day for span in days.spans()) == LAST_OF_OCTOBER + timedelta(100)


def test_the_longest_of_many_lengths_may_be_withdrawn() -> None:
    days = Days(*lasting(*range(1, 30)))

    for length in range(29, 1, -1):
        days.remove(*lasting(length))
        assert max(span.last_day for span in days.spans()) == LAST_OF_OCTOBER + timedelta(length - 1)

    days.remove(*lasting(1))
    assert days.corroborated() == {}


def test_vague_reports_stay_apart_from_exact_ones_on_a_day_with_many_lengths() -> None:
    year = evidence("2017-10-31/2018-12-31", precision="some_day", id="vague")
    days = Days(*lasting(*range(1, 30)), year)

    firm = [span.firm for span in days.spans()]

    assert sorted(map(str, firm)) == ["()", "None"]
    days.remove(year)
    assert [span.firm for span in days.spans()] == [None]
