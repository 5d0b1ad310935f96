"""Nothing grows with the sightings of a day, an onset, a group or a history: no row, no output, no step, no cost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from faust_batches.folding import fold_all
from schemas.evidence import Evidence, EvidenceChange
from schemas.group import GroupsChange
from schemas.topics import EPISODES, EVIDENCE
from streams.presence.fold import fold
from streams.presence.pieces import regrouping
from streams.presence.policy import Policy
from tests.support.builders import ARRIVED, Rows, apply, change, evidence, incoming, run, tables_of
from tests.unit.streams.presence.stories import belongs, group
from tests.unit.streams.presence.test_cost import cost_of, reads_of

FEW, MANY = 300, 2_000
SOME_READS = 12
"""How many more rows a change may read among many sightings than among few."""

SOME_BYTES = 64
"""How much larger a row or an output may be: counts have one more digit."""


def seen(number: int, day: date, **fields: object) -> Evidence:
    last = day + timedelta(int(str(fields.pop("days", 0))))
    known: dict[str, object] = {"arrived": ARRIVED, "last_day": last, "first_day": day, "begins_by": day} | fields
    return evidence("2017-10-01", id=f"{number:05}", **known)  # type: ignore[arg-type]


def on_one_day(number: int) -> Evidence:
    return seen(number, date(2017, 10, 31))


def on_one_day_from_many_origins(number: int) -> Evidence:
    return seen(number, date(2017, 10, 31), origin=f"Radio {number}")


def on_one_corroborated_day(number: int) -> Evidence:
    return seen(number, date(2017, 10, 31), grade="F6", origin=("AFP", "BBC")[number % 2])


def on_one_unconfirmed_day(number: int) -> Evidence:
    return seen(number, date(2017, 10, 31), grade="F6", doubt="near a border", archival=number % 2 == 0)


def on_one_day_for_many_lengths(number: int) -> Evidence:
    return seen(number, date(2017, 10, 31), days=number % 100)


def in_one_onset(number: int) -> Evidence:
    return seen(number, date(2017, 10, 1) + timedelta(number % 31), origin=("AFP", "BBC", "unknown")[number % 3])


def in_one_long_episode(number: int) -> Evidence:
    return seen(number, date(2009, 6, 1) + timedelta(3 * (number % FEW)))


def in_one_episode_each(number: int) -> Evidence:
    return seen(number, date(1600, 1, 1) + timedelta(40 * number))


def of_two_factions(number: int) -> Evidence:
    return seen(number, date(2017, 10, 1) + timedelta(number % 31), group=("Ansar Dine", "Macina")[number % 2])


KINDS = [
    on_one_day, on_one_day_from_many_origins, on_one_corroborated_day, on_one_unconfirmed_day,
    on_one_day_for_many_lengths, in_one_onset, in_one_long_episode, in_one_episode_each, of_two_factions,
]  # fmt: skip


def later(sighting: Evidence) -> Evidence:
    return sighting.replace(revision=2, title="Corrected")


def alterations(kind: Callable[[int], Evidence]) -> dict[str, EvidenceChange]:
    """Return changes of a sighting in the middle, of the first ones, and one more."""
    middle, first = kind(151), kind(0)
    moved = middle.replace(
        revision=2,
        first_day=middle.first_day + timedelta(2),
        begins_by=middle.first_day + timedelta(2),
        last_day=middle.last_day + timedelta(2),
    )
    return {
        "added": change(add=kind(151).replace(id="00151 again"), arrived=ARRIVED),
        "corrected": change(remove=middle, add=later(middle), arrived=ARRIVED),
        "moved": change(remove=middle, add=moved, arrived=ARRIVED),
        "withdrawn": change(remove=middle, arrived=ARRIVED),
        "first corrected": change(remove=first, add=later(first), arrived=ARRIVED),
        "first withdrawn": change(remove=first, arrived=ARRIVED),
    }


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.__name__.replace("_", " "))
def kind(request: pytest.FixtureRequest) -> Callable[[int], Evidence]:
    chosen: Callable[[int], Evidence] = request.param
    return chosen


@pytest.fixture(scope="module")
def few(kind: Callable[[int], Evidence]) -> Rows:
    return tables_with(kind, FEW)


@pytest.fixture(scope="module")
def many(kind: Callable[[int], Evidence]) -> Rows:
    return tables_with(kind, MANY)


def tables_with(kind: Callable[[int], Evidence], count: int) -> Rows:
    tables = tables_of("presence")
    factions = (group("Ansar Dine", belongs("JNIM")), group("Macina", belongs("JNIM")), group("JNIM"))
    changes = [EvidenceChange(arrived=ARRIVED, groups=GroupsChange(put=factions))]
    changes += [change(add=kind(number), arrived=ARRIVED) for number in range(count)]
    records = [incoming(each, topic=EVIDENCE, arrived=each.arrived) for each in changes]
    run(lambda rows, batch: fold(rows, batch, Policy()), tables, records, [500] * (count // 500))
    return tables


def test_no_row_grows(few: Rows, many: Rows) -> None:
    for topic, rows in many.items():
        largest, before = (
            max((len(row.to_bytes()) for row in found.values()), default=0) for found in (rows, few[topic])
        )
        assert largest <= before + SOME_BYTES, topic.name


@pytest.mark.parametrize("altered", alterations(on_one_day))
def test_no_change_reads_or_writes_more(kind: Callable[[int], Evidence], few: Rows, many: Rows, altered: str) -> None:
    (before, few_step), (reads, step) = (cost_of(tables, alterations(kind)[altered]) for tables in (few, many))

    assert reads <= before + SOME_READS
    assert sum(map(len, step.changes.values())) <= sum(map(len, few_step.changes.values())) + 1
    sizes, few_sizes = ([len(out.value or b"") for out in found.outgoing] for found in (step, few_step))
    assert len(sizes) == len(few_sizes)
    assert all(size <= few_size + SOME_BYTES for size, few_size in zip(sizes, few_sizes, strict=True))


def test_a_withdrawal_does_not_read_what_the_same_batch_withdrew(kind: Callable[[int], Evidence], many: Rows) -> None:
    withdrawals = [change(remove=kind(number), arrived=ARRIVED) for number in range(210)]

    few_reads, some_reads, many_reads = (reads_of(many, *withdrawals[:count]) for count in (10, 110, 210))

    assert many_reads - some_reads <= 1.5 * (some_reads - few_reads) + SOME_READS


@pytest.mark.parametrize("removed", ["JNIM", "Ansar Dine"])
def test_no_piece_of_a_change_of_groups_grows(
    few: Rows, many: Rows, removed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One piece removes and writes all episodes of a group in a country, of which there are at most twelve a year."""
    monkeypatch.setattr(regrouping, "MAX_VISITED", 100)
    more_episodes = len(many[EPISODES]) - len(few[EPISODES])

    assert largest_piece(many, removed) <= largest_piece(few, removed) + SOME_READS + 2 * more_episodes


def largest_piece(tables: Rows, removed: str) -> int:
    """Return the most rows that one piece changes if a group becomes another one with its names."""
    tables = {topic: dict(rows) for topic, rows in tables.items()}
    groups = GroupsChange(put=(group("Renamed", names=[removed]),), remove=(removed,))
    record = incoming(EvidenceChange(arrived=ARRIVED, groups=groups), topic=EVIDENCE, offset=1)
    largest = 0
    for step in fold_all(lambda rows, batch: fold(rows, batch, Policy()), tables, [record]):
        apply(step, tables)
        largest = max(largest, sum(map(len, step.changes.values())))
    return largest
