"""The rejections of each producer in memory. :mod:`web.state.intake_outcomes` fills it; producers query it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from heapq import heappush, heappushpop

from schemas.rejection import Reason, Rejection

MAX_KEPT = 1_000
"""Rejections kept for each source, the newest; the counts include all."""

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class _Source:
    counts: Counter[Reason] = field(default_factory=Counter)
    newest: list[tuple[datetime, int, int, int, Rejection]] = field(default_factory=list)
    """A heap with the oldest first, which is dropped first: partitions are read one by one, not in order of time."""

    def add(self, rejection: Rejection) -> None:
        self.counts[rejection.reason] += 1
        arrived = rejection.arrived or _BEFORE_ALL
        entry = (arrived, rejection.partition, rejection.offset, self.counts.total(), rejection)
        (heappush if len(self.newest) < MAX_KEPT else heappushpop)(self.newest, entry)


class RejectionLog:
    """The rejections of the sources that have a producer key."""

    def __init__(self, sources: Iterable[str]) -> None:
        self._sources = {source: _Source() for source in sources}
        self.is_complete = False
        """Whether every rejection written before the start has been read."""

    def clear(self) -> None:
        """Forget everything, before the topic is read from the beginning again."""
        self._sources = {source: _Source() for source in self._sources}
        self.is_complete = False

    def add(self, rejection: Rejection) -> None:
        """Add a rejection; those of other sources are dropped."""
        if source := self._sources.get(rejection.source or ""):
            source.add(rejection)

    def counts(self, source: str) -> dict[str, int]:
        """Return how many sightings of a source were ever rejected, by reason."""
        known = self._sources.get(source)
        return {str(reason): count for reason, count in sorted(known.counts.items())} if known else {}

    def since(self, source: str, instant: datetime, reason: Reason | None = None) -> Iterator[Rejection]:
        """Yield the kept rejections of a source that arrived at an instant (UTC) or later, the newest first."""
        known = self._sources.get(source)
        for *_, rejection in sorted(known.newest, reverse=True) if known else ():
            if (rejection.arrived or _BEFORE_ALL) >= instant and reason in {None, rejection.reason}:
                yield rejection
