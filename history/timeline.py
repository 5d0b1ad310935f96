"""The sighting versions of a group in a country -> its run versions over all of the time at which they were known.

The loader marks the places whose sightings changed. A change at the end of what is known continues from the current
versions and reads the days near it; one that comes late rewinds to it. Changes are read one by one, and few sightings
are in memory at a time, however many a place has.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import timedelta
from heapq import merge
from itertools import chain, groupby
from operator import itemgetter

from history.as_of import Counted
from history.database import instant_of, instant_text
from history.known_groups import KnownGroups, Period, Place
from history.known_sightings import KnownSightings
from history.place_days import MOST_HELD, PlaceDays
from history.place_runs import PlaceRuns
from history.run_rows import Versions, current_versions, rewind
from history.sighting_rows import COLUMNS, counted
from streams.presence.policy import Policy

_MOMENT = timedelta(microseconds=1)


def update_places(
    connection: sqlite3.Connection, groups: KnownGroups, policy: Policy, limit: int = -1, most_held: int = MOST_HELD
) -> int:
    """Write the run versions of pending places again from their sighting versions; return how many places are left.

    The caller holds a transaction in which the sightings and groups are up to date. ``most_held``: sightings and
    versions that are in memory at the same time, but for those of a few days or of one instant.
    """
    rows = connection.execute("select group_form, country, since from pending_place limit ?", (limit,)).fetchall()
    for form, country, since in rows:
        _Timeline(connection, (form, country), groups, policy, most_held).update(since)
    places = [place for *place, _ in rows]
    connection.executemany("insert or ignore into cut_place values (?, ?, '')", places)
    connection.executemany("delete from pending_place where group_form = ? and country = ?", places)
    return int(connection.execute("select count(*) from pending_place").fetchone()[0]) if rows else 0


_Change = tuple[str, int, Counted | None]
"""An instant, :data:`_STOPS` or :data:`_STARTS`, and the sighting; None: the registered groups change."""

_STOPS, _STARTS = range(2)
_INSTANTS = (("known_until", "sighting_version_until"), ("known_from", "sighting_version_from"))
"""Columns for when a sighting stops counting and when it starts, each with its index."""


class _Timeline:
    """The versions of the runs of one place."""

    def __init__(
        self, connection: sqlite3.Connection, place: Place, groups: KnownGroups, policy: Policy, most_held: int
    ) -> None:
        self._connection, self._policy, self._most_held = connection, policy, most_held
        self._form, self._country = self._place = place
        self._groups = groups

    def update(self, since: str) -> None:
        """Write the versions from an instant on."""
        rewind(self._connection, self._place, since)
        versions = Versions(self._place, current_versions(self._connection, self._place))
        period, *later = self._periods(since)
        boundaries = {following.begins: following for following in later}
        known, before = self._known(period, since), versions.runs().values()
        days = PlaceDays(self._policy, known, is_empty=not before, most_held=self._most_held)
        runs = PlaceRuns(self._form, period.groups, days, self._policy, before)
        for instant, changes in groupby(self._changes([period, *later], since), key=itemgetter(0)):
            versions.write_many(self._connection, self._most_held)
            if following := boundaries.get(instant):
                known = self._known(following, _just_after(instant))
                days = PlaceDays(self._policy, known, most_held=self._most_held)
                runs = PlaceRuns.of(self._form, following.groups, days, self._policy)
                versions.change(dict.fromkeys(versions.runs()) | runs.all(), instant)
                continue
            known.at = instant
            moved: tuple[list[Counted], list[Counted]] = ([], [])
            for _, what, seen in changes:
                moved[what].extend([seen] if seen else [])
            runs.know_near(chain(*moved))
            known.at = _just_after(instant)
            versions.change(runs.apply(*moved), instant)
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

    def _changes(self, periods: list[Period], since: str) -> Iterator[_Change]:
        """Yield by instant what stops and starts counting under any of the names, and when the periods change."""
        names = sorted(set[str]().union(*(period.names_of(self._form) for period in periods)))
        moved = (self._moved(name, since, what) for name in names for what in (_STOPS, _STARTS))
        regrouped: Iterable[_Change] = [(period.begins, _STARTS, None) for period in periods[1:]]
        yield from merge(regrouped, *moved, key=itemgetter(0))

    def _moved(self, name: str, since: str, what: int) -> Iterator[_Change]:
        column, index = _INSTANTS[what]
        query = (
            f"select {column}, {COLUMNS} from sighting_version indexed by {index}"  # noqa: S608 - constants
            f" where group_form = ? and country = ? and {column} >= ? order by {column}"
        )
        for instant, *row in self._connection.execute(query, (name, self._country, since)):
            if seen := counted(row, self._form, self._groups.before(instant), self._policy):
                yield instant, what, seen


def _just_after(instant: str) -> str:
    return instant_text(instant_of(instant) + _MOMENT)
