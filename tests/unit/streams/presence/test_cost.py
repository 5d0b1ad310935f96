"""The cost of a change depends on the rows that it touches, not on the days that they span."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pytest

from faust_batches.step import Step
from schemas.evidence import Evidence, EvidenceChange
from schemas.group import Affiliation, Alias, Group, GroupsChange
from schemas.topics import EVIDENCE, SEEN, TABLES
from streams.presence.fold import fold
from streams.presence.policy import Policy
from streams.presence.rows import Rows as PresenceRows
from tests.support.builders import ARRIVED, Rows, change, evidence, incoming, run, tables_of

CENTURIES = [
    evidence(
        id=str(year), first_day=date(year, 1, 1), last_day=date(year + 99, 12, 1), begins_by=date(year, 1, 1),
        arrived=ARRIVED,
    )
    for year in range(1, 9900, 90)
]  # fmt: skip
"""One run from the year 1 to 9999, in 110 sightings."""

RETRACTED = change(remove=CENTURIES[100], arrived=ARRIVED)
SHORTER = CENTURIES[50].replace(revision=2, last_day=CENTURIES[50].first_day)
REVISED = change(remove=CENTURIES[50], add=SHORTER, arrived=ARRIVED)
RENAMED = EvidenceChange(arrived=ARRIVED, groups=GroupsChange(put=(Group(id="Nusra", names=(Alias(name="JNIM"),)),)))
AFFILIATED = EvidenceChange(
    arrived=ARRIVED, groups=GroupsChange(put=(Group(id="JNIM", affiliations=(Affiliation(parent="AQIM"),)),))
)
EACH = pytest.mark.parametrize(
    "altered", [RETRACTED, REVISED, RENAMED, AFFILIATED], ids=["retracted", "revised", "renamed", "affiliated"]
)


class Counting(Mapping[str, Any]):
    """A table in the order of keys. It counts the rows that are read, and the keys it iterates over."""

    def __init__(self, rows: Mapping[str, Any]) -> None:
        self._rows, self._keys = rows, sorted(rows)
        self.reads = 0

    def __getitem__(self, key: str) -> Any:
        self.reads += 1
        return self._rows[key]

    def __iter__(self) -> Iterator[str]:
        for key in self._rows:
            self.reads += 1
            yield key

    def __len__(self) -> int:
        return len(self._rows)

    def range(self, first: str, last: str, *, reverse: bool = False) -> Iterator[tuple[str, Any]]:
        keys = self._keys[bisect_left(self._keys, first) : bisect_right(self._keys, last)]
        return ((key, self[key]) for key in (reversed(keys) if reverse else keys))


def cost_of(tables: Rows, *changes: EvidenceChange) -> tuple[int, Step]:
    """Return how many rows the fold of one batch reads, and its step."""
    counting = {topic: Counting(tables[topic]) for topic in TABLES["presence"]}
    step = fold(counting, [incoming(change, topic=EVIDENCE, arrived=change.arrived) for change in changes], Policy())
    return sum(table.reads for table in counting.values()), step


def reads_of(tables: Rows, *changes: EvidenceChange) -> int:
    """Return how many rows the fold of one batch reads."""
    return cost_of(tables, *changes)[0]


def after(*seen: Evidence) -> Rows:
    tables = tables_of("presence")
    records = [incoming(change(add=sighting), topic=EVIDENCE, arrived=ARRIVED) for sighting in seen]
    run(lambda rows, batch: fold(rows, batch, Policy()), tables, records)
    return tables


@EACH
def test_a_change_in_a_run_of_many_centuries_reads_the_rows_that_exist(altered: EvidenceChange) -> None:
    assert reads_of(after(*CENTURIES), altered) < 20 * len(CENTURIES)


@EACH
def test_a_change_in_the_batch_that_creates_the_run_reads_the_rows_that_exist(altered: EvidenceChange) -> None:
    first = [change(add=sighting) for sighting in CENTURIES]
    assert reads_of(tables_of("presence"), *first, altered) < 20 * len(CENTURIES)


def test_a_group_name_like_a_key_does_not_slow_other_groups() -> None:
    alike = [
        evidence(f"{year}-{month:02}-02", group="JNIM|ML|2017-10-15", id=f"{year}-{month}", arrived=ARRIVED)
        for year in range(1980, 2017)
        for month in range(1, 13)
    ]
    own = [evidence(f"2017-10-{day}", id=str(day)) for day in range(10, 21)]
    tables = after(*alike, *own)
    counting = Counting(tables[SEEN])
    rows = PresenceRows({**tables, SEEN: counting}, Policy())
    place = rows.place("jnim", "ML", "Western Africa")
    found = place.sightings_between(own[0].first_day, own[-1].first_day, confirmed=True)
    assert [counted.evidence.id for counted in found] == [seen.id for seen in own]
    assert counting.reads == len(own)
