"""The sighting versions of a group in a country -> its run versions over all of the time at which they were known.

The loader calls :func:`update_places` for the places whose sightings changed. A change at the end of what is known
continues from the current versions and reads the days near it; one that comes late rewinds to it.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial

from history.database import instant_of, instant_text
from history.known_groups import KnownGroups, Period, Place
from history.known_sightings import KnownSightings
from history.place_days import PlaceDays
from history.place_runs import PlaceRuns
from history.run_rows import Versions, current_versions, rewind
from history.sighting_rows import COLUMNS, SightingRow, sighting_rows
from streams.presence.policy import Policy

_MOMENT = timedelta(microseconds=1)


def update_places(
    connection: sqlite3.Connection, places: Mapping[Place, str], groups: KnownGroups, policy: Policy
) -> None:
    """Write the run versions of places again from their sighting versions.

    Each place comes with the instant of the earliest change since its run versions were written. The caller holds a
    transaction in which the sightings and groups are up to date.
    """
    for place, since in places.items():
        _Timeline(connection, place, groups, policy).update(since)
    connection.executemany("insert or ignore into cut_place values (?, ?, '')", places)


@dataclass(slots=True)
class _Changes:
    """The versions of sightings that end and begin at one instant."""

    removed: list[SightingRow] = field(default_factory=list)
    added: list[SightingRow] = field(default_factory=list)


class _Timeline:
    """The versions of the runs of one place."""

    def __init__(self, connection: sqlite3.Connection, place: Place, groups: KnownGroups, policy: Policy) -> None:
        self._connection, self._policy = connection, policy
        self._form, self._country = self._place = place
        self._groups = groups

    def update(self, since: str) -> None:
        rewind(self._connection, self._place, since)
        versions = Versions(self._place, current_versions(self._connection, self._place))
        period, *later = self._periods(since)
        boundaries = {following.begins: following for following in later}
        changes = self._changes([period, *later], since)
        known, before = self._known(period, since), versions.runs().values()
        days = PlaceDays(self._policy, known if before else None)
        runs = PlaceRuns(self._form, period.groups, days, self._policy, before)
        for instant in sorted(changes.keys() | boundaries):
            if following := boundaries.get(instant):
                period = following
                known = self._known(period, _just_after(instant))
                runs = PlaceRuns.of(self._form, period.groups, known.between(date.min, date.max), self._policy)
                versions.change(dict.fromkeys(versions.runs()) | runs.all(), instant)
                continue
            removed, added = (
                [counted for row in rows if (counted := row.counted(self._form, period))]
                for rows in (changes[instant].removed, changes[instant].added)
            )
            if removed or added:
                known.at = instant
                versions.change(runs.apply(removed, added, partial(_step, known)), instant)
        versions.write(self._connection)

    def _known(self, period: Period, at: str) -> KnownSightings:
        return KnownSightings(self._connection, self._place, period, at, self._policy)

    def _periods(self, since: str) -> list[Period]:
        """Return the period before an instant, and later periods in which other sightings count."""
        found, *later = self._groups.since(since)
        periods = [found]
        for period in later:
            if period.membership(self._form) != periods[-1].membership(self._form):
                periods.append(period)
        return periods

    def _changes(self, periods: Iterable[Period], since: str) -> dict[str, _Changes]:
        """Return what began or ceased to be known at an instant or later, under any name of the group and factions."""
        found: defaultdict[str, _Changes] = defaultdict(_Changes)
        for name in set[str]().union(*(period.names_of(self._form) for period in periods)):
            where = "group_form = ? and country = ?"
            for row in self._rows(f"{where} and known_from >= ?", (name, self._country, since)):
                found[row.known_from].added.append(row)
            for row in self._rows(f"{where} and known_until >= ?", (name, self._country, since)):
                assert row.known_until is not None
                found[row.known_until].removed.append(row)
        return found

    def _rows(self, where: str, parameters: tuple[str, ...]) -> Iterator[SightingRow]:
        query = f"select {COLUMNS} from sighting_version where {where}"  # noqa: S608 - constants
        return sighting_rows(self._connection.execute(query, parameters), self._policy)


def _step(known: KnownSightings) -> None:
    known.at = _just_after(known.at)


def _just_after(instant: str) -> str:
    return instant_text(instant_of(instant) + _MOMENT)
