"""What was rejected of each producer, so that it can ask. Filled by :mod:`web.judging`, asked by its API."""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from schemas.rejection import Reason, Rejection

MOST_KEPT = 1_000
"""Of each source the last so many are kept; all are counted."""

MOST_SOURCES = 10_000
"""Sources beyond these are forgotten, the one that was rejected longest ago first."""

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class _Source:
    counts: Counter[Reason] = field(default_factory=Counter)
    last: deque[Rejection] = field(default_factory=lambda: deque(maxlen=MOST_KEPT))


class RejectionsView:
    """The rejections of every source that intake could tell."""

    def __init__(self) -> None:
        self._sources: OrderedDict[str, _Source] = OrderedDict()

    def clear(self) -> None:
        """Forget all, before the topic is read from its beginning again."""
        self._sources.clear()

    def take(self, rejection: Rejection) -> None:
        """Take one more."""
        if rejection.source is None:
            return
        known = self._sources.setdefault(rejection.source, _Source())
        self._sources.move_to_end(rejection.source)
        known.counts[rejection.reason] += 1
        known.last.append(rejection)
        if len(self._sources) > MOST_SOURCES:
            self._sources.popitem(last=False)

    def counts(self, source: str) -> dict[str, int]:
        """Return how many sightings of a source were ever rejected, by reason."""
        known = self._sources.get(source)
        return {str(reason): count for reason, count in sorted(known.counts.items())} if known else {}

    def of(self, source: str, since: datetime, reason: Reason | None = None) -> Iterator[Rejection]:
        """Yield the last rejections of a source that arrived at ``since`` (UTC) or later, the newest first."""
        known = self._sources.get(source)
        newest_first = sorted(known.last, key=_place, reverse=True) if known else []
        for rejection in newest_first:
            if (rejection.arrived or _BEFORE_ALL) >= since and reason in {None, rejection.reason}:
                yield rejection


def _place(rejection: Rejection) -> tuple[datetime, int, int]:
    return rejection.arrived or _BEFORE_ALL, rejection.partition, rejection.offset
