"""The sightings in memory: the follower fills it day by day from the table ``activity``; the API queries it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from operator import attrgetter

from places import m49
from schemas.evidence import Evidence
from schemas.names import comparable
from schemas.presence import Activity


@dataclass(frozen=True, slots=True)
class SightingQuery:
    """Which sightings to return; None selects all."""

    first: date | None = None
    """The earliest first day, inclusive."""
    last: date | None = None
    """The latest first day, inclusive."""
    group: str | None = None
    """Sightings that count for this group, in any spelling."""
    region: str | None = None
    """A region of UN M49, of any level."""
    country: str | None = None

    def includes_day(self, day: date) -> bool:
        """Whether sightings of a first day are selected."""
        return (self.first is None or day >= self.first) and (self.last is None or day <= self.last)


class SightingView:
    """The last valid row of each group, country and day, kept as bytes, which take far less memory than objects."""

    def __init__(self) -> None:
        self._days: dict[date, dict[bytes, bytes]] = {}

    def put(self, key: bytes, row: bytes | None) -> None:
        """Set or remove a row. Raises ValueError for an invalid key or row and then changes nothing."""
        _, _, last = key.decode().rsplit("|", 2)
        day = date.fromisoformat(last)
        if row is None:
            self._days.get(day, {}).pop(key, None)
        else:
            Activity.from_bytes(row)
            self._days.setdefault(day, {})[key] = row

    def select(self, query: SightingQuery, limit: int) -> list[Evidence]:
        """Return up to ``limit`` sightings, the latest first; each once, even if it counts for several groups."""
        return list(islice(self._matching(query), limit))

    def _matching(self, query: SightingQuery) -> Iterator[Evidence]:
        countries = m49.members().get(query.region or "World", frozenset())
        name = query.group and comparable(query.group)
        for day in filter(query.includes_day, sorted(self._days, reverse=True)):
            sightings: dict[str, Evidence] = {}
            for key, row in self._days[day].items():
                group, country, _ = key.decode().rsplit("|", 2)
                if (name is not None and comparable(group) != name) or country not in countries:
                    continue
                if query.country not in {None, country}:
                    continue
                sightings |= {entry.evidence.key: entry.evidence for entry in Activity.from_bytes(row).sightings}
            yield from sorted(sightings.values(), key=attrgetter("key"))

    def __len__(self) -> int:
        """Return the number of rows."""
        return sum(map(len, self._days.values()))
