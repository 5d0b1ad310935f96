"""Drafts: a table combined with the changes of a batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from faust_batches.step import Draft
from schemas.intake_tables import Version

KEYS = st.text("ab|é", max_size=4)


class CountingTable(Mapping[str, Version]):
    """A table in order that counts the rows it is asked for."""

    def __init__(self, *keys: str) -> None:
        self._rows = {key: Version(revision=1) for key in sorted(keys)}
        self.reads = 0

    def __getitem__(self, key: str) -> Version:
        self.reads += 1
        return self._rows[key]

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("a range looks at no other key")

    def __len__(self) -> int:
        return len(self._rows)

    def range(self, first: str, last: str, *, reverse: bool = False) -> Iterator[tuple[str, Version]]:
        keys = [key for key in self._rows if first <= key <= last]
        return ((key, self[key]) for key in (reversed(keys) if reverse else keys))


@given(
    table=st.sets(KEYS),
    edits=st.lists(st.tuples(KEYS, st.booleans())),
    asked=st.lists(st.tuples(KEYS, KEYS), min_size=1, max_size=4),
)
def test_a_range_has_the_rows_of_single_reads_in_the_order_of_keys(
    table: set[str], edits: list[tuple[str, bool]], asked: list[tuple[str, str]]
) -> None:
    drafts: list[Draft[Version]] = [Draft(dict.fromkeys(table, Version(revision=1))), Draft(CountingTable(*table))]
    for draft in drafts:
        for number, (first, last) in enumerate(asked):
            for key, there in edits[number :: len(asked)]:
                draft.put(key, Version(revision=2) if there else None)
            keys = sorted(key for key in {*table, *(key for key, _ in edits)} if first <= key <= last)
            expected = [(key, row) for key in keys if (row := draft.get(key))]
            assert list(draft.range(first, last)) == expected
            assert list(draft.range(first, last, reverse=True)) == expected[::-1]
            of_prefix = [key for key in sorted({*table, *draft.changes}) if key.startswith(first) and draft.get(key)]
            assert [key for key, _ in draft.prefix(first)] == of_prefix
            assert [key for key, _ in draft.prefix(first, after=last)] == [key for key in of_prefix if key > last]


def test_a_scan_shows_the_rows_of_its_beginning() -> None:
    draft: Draft[Version] = Draft(CountingTable("a", "b", "c"))
    draft.put("b", Version(revision=2))
    found = []
    for key, row in draft.range("a", "z"):
        found.append((key, row.revision))
        draft.put("c", None)
        draft.put("d", Version(revision=1))
    assert found == [("a", 1), ("b", 2), ("c", 1)]


def test_a_scan_reads_only_the_rows_that_are_taken() -> None:
    table = CountingTable(*(f"a{number:02}" for number in range(50)), "b")
    assert [key for key, _ in islice(Draft(table).prefix("a", after="a09"), 3)] == ["a10", "a11", "a12"]
    assert table.reads == 3
    assert [key for key, _ in islice(Draft(table).range("a", "a40", reverse=True), 2)] == ["a40", "a39"]
    assert table.reads == 5


def test_a_range_reads_only_its_own_rows() -> None:
    table = CountingTable(*(date.fromordinal(number).isoformat() for number in range(1, 200)))
    draft = Draft(table)
    assert len(list(draft.range("0001-01-10", "0001-01-12"))) == table.reads == 3
