"""What was rejected of each producer, so that it can ask. Filled by :mod:`web.state.verdicts`, asked by its API."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from heapq import heappush, heappushpop

from schemas.rejection import Reason, Rejection

MOST_KEPT = 1_000
"""Of each source the newest so many are kept; all are counted."""

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class _Source:
    counts: Counter[Reason] = field(default_factory=Counter)
    newest: list[tuple[datetime, int, int, int, Rejection]] = field(default_factory=list)
    """A heap: the oldest stands first, and goes first. Partitions are read one after the other, not by time."""

    def take(self, rejection: Rejection) -> None:
        self.counts[rejection.reason] += 1
        arrived = rejection.arrived or _BEFORE_ALL
        one = (arrived, rejection.partition, rejection.offset, self.counts.total(), rejection)
        (heappush if len(self.newest) < MOST_KEPT else heappushpop)(self.newest, one)


class RejectionsView:
    """The rejections of the sources whose producers may ask."""

    def __init__(self, sources: Iterable[str]) -> None:
        self._sources = {source: _Source() for source in sources}
        self.is_whole = False
        """Whether all that were written before are here."""

    def clear(self) -> None:
        """Forget all, before the topic is read from its beginning again."""
        self._sources = {source: _Source() for source in self._sources}
        self.is_whole = False

    def take(self, rejection: Rejection) -> None:
        """Take one more."""
        if known := self._sources.get(rejection.source or ""):
            known.take(rejection)

    def counts(self, source: str) -> dict[str, int]:
        """Return how many sightings of a source were ever rejected, by reason."""
        known = self._sources.get(source)
        return {str(reason): count for reason, count in sorted(known.counts.items())} if known else {}

    def of(self, source: str, since: datetime, reason: Reason | None = None) -> Iterator[Rejection]:
        """Yield the last rejections of a source that arrived at ``since`` (UTC) or later, the newest first."""
        known = self._sources.get(source)
        for *_, rejection in sorted(known.newest, reverse=True) if known else ():
            if (rejection.arrived or _BEFORE_ALL) >= since and reason in {None, rejection.reason}:
                yield rejection
