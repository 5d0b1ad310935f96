"""The sightings in memory: the follower fills it from the table ``presence-sightings``; the API queries it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import NamedTuple

from places import m49
from schemas.evidence import Evidence
from schemas.group import Group
from schemas.names import comparable
from streams.presence.affiliations import Groups


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
    """The last valid row of each sighting, kept as bytes, which take far less memory than objects."""

    def __init__(self) -> None:
        self._days: dict[date, dict[bytes, bytes]] = {}
        self._registered: dict[str, Group] = {}
        self._groups: Groups | None = None

    def put(self, key: bytes, row: bytes | None) -> None:
        """Set or remove a sighting. Raises ValueError for an invalid key or row and then changes nothing."""
        day = _Key.of(key).day
        if row is None:
            self._days.get(day, {}).pop(key, None)
        else:
            Evidence.from_bytes(row)
            self._days.setdefault(day, {})[key] = row

    def put_group(self, key: str, row: Group | None) -> None:
        """Set or remove a registered group: sightings count for the groups that theirs belongs to."""
        if row is None:
            self._registered.pop(key, None)
        else:
            self._registered[key] = row
        self._groups = None

    def select(self, query: SightingQuery, limit: int) -> list[Evidence]:
        """Return up to ``limit`` sightings, the latest first."""
        return list(islice(self._matching(query), limit))

    def _matching(self, query: SightingQuery) -> Iterator[Evidence]:
        countries = m49.members().get(query.region or "World", frozenset())
        if self._groups is None:
            self._groups = Groups.of(self._registered.values())
        name = query.group and comparable(query.group)
        members = None if name is None else {name, *self._groups.factions_of(name)}
        for day in filter(query.includes_day, sorted(self._days, reverse=True)):
            sightings: dict[str, tuple[str, bytes]] = {}
            for key, row in self._days[day].items():
                seen = _Key.of(key)
                named = members is None or seen.member in members
                if named and seen.country in countries and query.country in {None, seen.country}:
                    sightings[f"{seen.source}/{seen.id}"] = seen.member, row
            for _, (member, row) in sorted(sightings.items()):
                evidence = Evidence.from_bytes(row)
                if name in {None, member} or name in map(comparable, self._groups.counts_for(evidence)):
                    yield evidence

    def __len__(self) -> int:
        """Return the number of sightings."""
        return sum(map(len, self._days.values()))


class _Key(NamedTuple):
    member: str
    country: str
    day: date
    source: str
    id: str

    @classmethod
    def of(cls, key: bytes) -> _Key:
        """Split the key of a row. Raises ValueError."""
        member, country, day, _, source, sighting_id = key.decode().split("\0")
        return cls(member, country, date.fromisoformat(day), source, sighting_id)
