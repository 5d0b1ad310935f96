"""Code that all Python contenders share: Firstseen's rules, and its tables over the state store of each contender.

The race thus compares how records, state and acknowledgements move, not the rules.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from sortedcontainers import SortedSet

from bench.workload import PARTITIONS
from faust_batches.step import Incoming, Step, Tables
from faust_batches.transaction import home_partition
from schemas.record import AnyRecord
from schemas.topics import ACCOUNTING, Stage, Topic
from streams.intake.fold import fold as fold_sightings
from streams.presence.fold import fold as fold_evidence
from streams.presence.policy import Policy

HORIZON_DAYS = 36_525
"""Large enough that alerts about the workload's old days are sent and every stage has work."""

HOPS: tuple[Stage, Stage] = ("intake", "presence")

Fold = Callable[[Tables, Sequence[Incoming]], Step]


def fold_of(stage: Stage) -> Fold:
    """Return the rules of a hop."""
    if stage == "intake":
        home = partial(home_partition, count=PARTITIONS)
        return lambda tables, records: fold_sightings(tables, records, home)
    policy = Policy(horizon_days=HORIZON_DAYS)
    return lambda tables, records: fold_evidence(tables, records, policy)


class Rows(Mapping[str, AnyRecord]):
    """A table over a framework's state of bytes, with the index of its keys."""

    def __init__(self, topic: Topic, read: Callable[[str], bytes | None], keys: SortedSet) -> None:
        self._topic, self._read, self._keys = topic, read, keys

    def __getitem__(self, key: str) -> AnyRecord:
        """Return the row. Raises KeyError if there is none."""
        value = self._read(key)
        if value is None:
            raise KeyError(key)
        return self._topic.record.from_bytes(value)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the keys."""
        return iter(self._keys)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._keys)

    def range(self, first: str, last: str, *, reverse: bool = False) -> Iterator[tuple[str, AnyRecord]]:
        """Yield keys and rows in the order of keys, from ``first`` to ``last``, both inclusive, or in reverse."""
        for key in list(self._keys.irange(first, last, reverse=reverse)):
            if (value := self._read(key)) is not None:  # Quix has a state for each key of a record
                yield key, self._topic.record.from_bytes(value)


KeyIndex = defaultdict[Topic, SortedSet]


@dataclass(frozen=True, slots=True)
class FrameworkTables:
    """The tables of a contender that processes one record at a time.

    Its state has no range scans, so the keys are indexed here, in memory. The index is not restored after a restart.
    """

    read: Callable[[Topic, str], bytes | None]
    """Returns the bytes of a row."""
    keys: KeyIndex = field(default_factory=lambda: defaultdict(SortedSet))
    """The keys of all rows of this process."""

    def __getitem__(self, topic: Topic) -> Rows:
        """Return the table of a topic."""
        return Rows(topic, partial(self.read, topic), self.keys[topic])

    def rows_of(self, step: Step) -> Iterator[tuple[Topic, str, bytes | None]]:
        """Yield the rows that one record changed, as bytes, and index their keys.

        The accounting is left out, because it would cost a row per record.
        """
        for topic, changed in step.changes.items():
            if topic is ACCOUNTING:
                continue
            for key, row in changed.items():
                if row is None:
                    self.keys[topic].discard(key)
                else:
                    self.keys[topic].add(key)
                yield topic, key, None if row is None else row.to_bytes()
