"""The sighting versions of a group in a country -> its run versions over all of the time at which they were known.

The loader marks the places whose sightings changed. A change at the end of what is known
continues from the current versions and reads the days near it; one that comes late rewinds to it.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from functools import partial

from history.as_of import Counted
from history.database import END_OF_TIME, instant_of, instant_text
from history.known_groups import KnownGroups, Period, Place
from history.known_sightings import KnownSightings
from history.place_days import PlaceDays
from history.place_runs import PlaceRuns
from history.run_rows import Versions, current_versions, rewind
from history.sighting_rows import COLUMNS, counted
from streams.presence.policy import Policy

_MOMENT = timedelta(microseconds=1)

_AT_ONCE = 50_000
"""Changes of a place that are in memory at the same time: the busiest places have hundreds of thousands."""


def update_places(
    connection: sqlite3.Connection, groups: KnownGroups, policy: Policy, limit: int = -1, at_once: int = _AT_ONCE
) -> int:
    """Write the run versions of pending places again from their sighting versions; return how many places are left.

    The caller holds a transaction in which the sightings and groups are up to date.
    """
    rows = connection.execute("select group_form, country, since from pending_place limit ?", (limit,)).fetchall()
    for form, country, since in rows:
        timeline, begins = _Timeline(connection, (form, country), groups, policy), since
        while begins is not None:
            begins = timeline.update(begins, at_once)
    places = [place for *place, _ in rows]
    connection.executemany("insert or ignore into cut_place values (?, ?, '')", places)
    connection.executemany("delete from pending_place where group_form = ? and country = ?", places)
    return int(connection.execute("select count(*) from pending_place").fetchone()[0]) if rows else 0


_Changes = tuple[list[Counted], list[Counted]]
"""The sightings that stop counting and those that start counting at one instant."""


_INSTANTS = ("known_until", "known_from")
"""The instants at which sightings stop counting, and at which they start."""


class _Timeline:
    """The versions of the runs of one place."""

    def __init__(self, connection: sqlite3.Connection, place: Place, groups: KnownGroups, policy: Policy) -> None:
        self._connection, self._policy = connection, policy
        self._form, self._country = self._place = place
        self._groups = groups

    def update(self, since: str, at_once: int) -> str | None:
        """Write the versions from an instant on; return the instant from which they are still to be written."""
        rewind(self._connection, self._place, since)
        versions = Versions(self._place, current_versions(self._connection, self._place))
        periods = self._periods(since)
        last = self._last(periods, since, at_once)
        period, *later = (period for period in periods if period.begins <= last)
        boundaries = {following.begins: following for following in later}
        changes = self._changes([period, *later], since, last)
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
            known.at = instant
            versions.change(runs.apply(*changes[instant], partial(_step, known)), instant)
        versions.write(self._connection)
        return None if last == END_OF_TIME else _just_after(last)

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

    def _last(self, periods: Iterable[Period], since: str, at_once: int) -> str:
        """Return the instant of the last of about ``at_once`` changes; the end of time if there are no more."""
        found = [END_OF_TIME]
        for name in self._names(periods):
            for column in _INSTANTS:
                query = (
                    f"select {column} from sighting_version"  # noqa: S608 - constants
                    f" where group_form = ? and country = ? and {column} >= ? order by {column} limit 1 offset ?"
                )
                rows = self._connection.execute(query, (name, self._country, since, at_once))
                found += (instant for (instant,) in rows)
        return min(found)

    def _changes(self, periods: Iterable[Period], since: str, last: str) -> dict[str, _Changes]:
        """Return the sightings that started or stopped counting between two instants, both inclusive, by name."""
        found: defaultdict[str, _Changes] = defaultdict(lambda: ([], []))
        for name in self._names(periods):
            for number, column in enumerate(_INSTANTS):
                query = (
                    f"select {column}, {COLUMNS} from sighting_version"  # noqa: S608 - constants
                    f" where group_form = ? and country = ? and {column} between ? and ?"
                )
                for instant, *row in self._connection.execute(query, (name, self._country, since, last)):
                    if seen := counted(row, self._form, self._groups.before(instant), self._policy):
                        found[instant][number].append(seen)
        return found

    def _names(self, periods: Iterable[Period]) -> set[str]:
        """Return the names of the group and its factions in any of the periods."""
        return set[str]().union(*(period.names_of(self._form) for period in periods))


def _step(known: KnownSightings) -> None:
    known.at = _just_after(known.at)


def _just_after(instant: str) -> str:
    return instant_text(instant_of(instant) + _MOMENT)
