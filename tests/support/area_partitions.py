"""Presence on several partitions in memory: what a partition writes to ``evidence`` goes to the partition of its key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from faust_batches.folding import fold_once
from faust_batches.step import Outgoing
from schemas.alert import AlertEvent
from schemas.area import Area, AreasChange
from schemas.evidence import Evidence, EvidenceChange
from schemas.topics import ALERTS, EVIDENCE
from streams.presence.fold import fold
from streams.presence.policy import Policy
from tests.support.builders import Rows, apply, incoming, read, tables_of

BOX = "POLYGON ((0 10, 10 10, 10 20, 0 20, 0 10))"
"""Longitudes 0 to 10, latitudes 10 to 20."""

INSIDE, OUTSIDE = (15.0, 5.0), (15.0, 25.0)
"""A latitude and longitude in the box, and one elsewhere."""

NOW = datetime(2020, 1, 1, tzinfo=UTC)


def area(name: str = "box", version: int = 1, shape: str = BOX) -> Area:
    return Area(name=name, version=version, shape=shape)


class AreaPartitions:
    """The log of ``evidence`` and the tables of presence, by partition."""

    def __init__(self, policy: Policy, count: int = 2) -> None:
        self.policy = policy
        self.tables = [tables_of("presence") for _ in range(count)]
        self.logs: list[list[EvidenceChange]] = [[] for _ in range(count)]
        self.positions = [0] * count
        self.events: list[AlertEvent] = []

    def home(self, key: str) -> int:
        return sum(key.encode()) % len(self.logs)

    def write(self, change: EvidenceChange) -> None:
        """Write a change as intake and the commands do: to the partition of its region, or to all."""
        seen = change.add or change.remove
        for partition in [self.home(seen.region)] if seen else range(len(self.logs)):
            self.logs[partition].append(change)

    def change_areas(self, put: Sequence[Area] = (), remove: Sequence[Area] = (), at: datetime = NOW) -> None:
        change = AreasChange(put=tuple(put), remove=tuple(remove), partitions=len(self.logs))
        self.write(EvidenceChange(arrived=at, areas=change))

    def step(self, partition: int, most: int = 1) -> bool:
        """Fold up to ``most`` records of a partition, or a piece of one, from the committed tables; False if none waits."""
        position = self.positions[partition]
        batch = [
            incoming(change, topic=EVIDENCE, arrived=change.arrived, offset=position + number, partition=partition)
            for number, change in enumerate(self.logs[partition][position : position + most])
        ]
        if not batch:
            return False
        step = fold_once(lambda rows, taken: fold(rows, taken, self.policy), self.tables[partition], batch)
        apply(step, self.tables[partition])
        self.positions[partition] += len(batch) if step.taken is None else step.taken
        self._deliver(step.outgoing)
        return True

    def run(self, schedule: Iterable[tuple[int, int]] = ()) -> list[AlertEvent]:
        """Fold partitions in an order, then all that waits; return the new events."""
        known = len(self.events)
        for partition, most in schedule:
            self.step(partition % len(self.logs), most)
        while any(self.step(partition, 100) for partition in range(len(self.logs))):
            pass
        return self.events[known:]

    def _deliver(self, outgoing: Sequence[Outgoing]) -> None:
        self.events += read(list(outgoing), ALERTS)
        for record in outgoing:
            if record.topic is EVIDENCE:
                assert record.key is not None
                assert record.partition is None
                self.logs[self.home(record.key.decode())].append(EvidenceChange.from_bytes(record.value))

    def rows(self) -> Rows:
        """Return the rows of all partitions."""
        return {
            topic: {k: row for tables in self.tables for k, row in tables[topic].items()} for topic in self.tables[0]
        }


def placed(seen: Evidence | None, point: tuple[float, float] | None) -> Evidence | None:
    """Return a sighting with a point."""
    return seen and seen.replace(latitude=point and point[0], longitude=point and point[1])
