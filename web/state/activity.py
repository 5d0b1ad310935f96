"""The sightings themselves, in memory: the follower fills it from the table ``activity``, day by day."""

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
class Seen:
    """Which sightings are asked for; None stands for all."""

    first: date | None = None
    """The first day on which they may begin, itself in."""
    last: date | None = None
    """The last, itself in."""
    group: str | None = None
    """Those that count for this group, in any spelling."""
    region: str | None = None
    """A region of UN M49, of any level."""
    country: str | None = None


class ActivityView:
    """The last good row of each group, country and day, as its bytes, which take far less memory than the row."""

    def __init__(self) -> None:
        self._days: dict[date, dict[bytes, bytes]] = {}

    def put(self, key: bytes, row: bytes | None) -> None:
        """Set or remove a row. Raises ValueError for a key or a row that is none; then nothing changes."""
        _, _, last = key.decode().rsplit("|", 2)
        day = date.fromisoformat(last)
        if row is None:
            self._days.get(day, {}).pop(key, None)
        else:
            Activity.from_bytes(row)
            self._days.setdefault(day, {})[key] = row

    def sightings(self, asked: Seen, limit: int) -> list[Evidence]:
        """Return at most so many, the latest first. One that counts for several groups is told once."""
        return list(islice(self._chosen(asked), limit))

    def _chosen(self, asked: Seen) -> Iterator[Evidence]:
        within = m49.members().get(asked.region or "World", frozenset())
        wanted = asked.group and comparable(asked.group)
        for day in sorted(self._days, reverse=True):
            if (asked.first and day < asked.first) or (asked.last and day > asked.last):
                continue
            found: dict[str, Evidence] = {}
            for key, value in self._days[day].items():
                group, country, _ = key.decode().rsplit("|", 2)
                if (wanted is not None and comparable(group) != wanted) or country not in within:
                    continue
                if asked.country not in {None, country}:
                    continue
                found |= {one.evidence.key: one.evidence for one in Activity.from_bytes(value).sightings}
            yield from sorted(found.values(), key=attrgetter("key"))

    def __len__(self) -> int:
        """Return how many rows are known."""
        return sum(map(len, self._days.values()))
