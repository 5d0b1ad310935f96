"""The runs of each place as they are formed from what is known now and begins up to a day: rows of ``run_cut``.

A question about a past day reads them instead of forming the runs again. The follower writes them when it is idle, for
each place in the order of days. When a sighting changes, the cuts from its first day on are written again. Until then,
questions form the runs of the place themselves (:mod:`history.run_cuts`).
"""

from __future__ import annotations

import sqlite3
from datetime import date
from itertools import groupby

from history.as_of import Counted, KnownRun
from history.database import END_OF_TIME
from history.known_groups import KnownGroups, Period, Place
from history.known_sightings import KnownSightings
from history.place_days import PlaceDays
from history.place_runs import PlaceRuns
from history.run_rows import CUTS, LONG_LIVED_DAYS, RUN_COLUMNS, Versions, current_versions, rewind, run_of
from schemas.days import shift
from streams.presence.policy import Policy

_DAYS_AT_ONCE = 366


def settled_runs(connection: sqlite3.Connection, day: date, near_from: str) -> dict[Place, list[KnownRun]]:
    """Return the runs cut at a day that end on a day or later, by days, of all places for which they are written."""
    after, since = shift(day, 1).isoformat(), shift(day, 1 - LONG_LIVED_DAYS).isoformat()
    values = {"near_from": near_from, "at": after, "since": since}
    places = connection.execute("select group_form, country from cut_place where settled >= :at", values)
    found: dict[Place, list[KnownRun]] = {(form, country): [] for form, country in places}
    for condition in ("until_day is null and from_day < :at", *CUTS.ended):
        query = (
            f"select group_form, country, {RUN_COLUMNS} from run_cut"  # noqa: S608 - constants
            f" where {condition} and last_day >= :near_from"
        )
        for form, country, *run in connection.execute(query, values):
            if (form, country) in found:
                found[form, country].append(run_of(run))
    for runs in found.values():
        runs.sort(key=lambda run: (run.first_day, run.last_day))
    return found


def is_settled(connection: sqlite3.Connection) -> bool:
    """Whether the cuts of all places are written."""
    unsettled = "select exists (select * from cut_place where settled < ?)"
    return not connection.execute(unsettled, (END_OF_TIME,)).fetchone()[0]


def settle(connection: sqlite3.Connection, groups: KnownGroups, policy: Policy, sightings: int) -> bool:
    """Write the cuts of some places further, from about this number of sightings; return whether there are more.

    The caller holds a transaction in which the run versions are up to date.
    """
    period, left = groups.before(END_OF_TIME), sightings
    query = "select group_form, country, settled from cut_place where settled < ? order by settled desc limit ?"
    for form, country, since in connection.execute(query, (END_OF_TIME, sightings)).fetchall():
        place, settled = _Settling(connection, (form, country), period, policy), since
        while settled < END_OF_TIME and left > 0:
            settled, read = place.settle(settled)
            left -= 1 + read
        connection.execute(
            "update cut_place set settled = ? where group_form = ? and country = ?", (settled, form, country)
        )
        if left <= 0:
            return True
    return False


class _Settling:
    """Writes the cuts of one place."""

    def __init__(self, connection: sqlite3.Connection, place: Place, period: Period, policy: Policy) -> None:
        self._connection, self._place, self._period, self._policy = connection, place, period, policy

    def settle(self, settled: str) -> tuple[str, int]:
        """Write the cuts of a year from a day on; return the day before which they hold, and the sightings read."""
        rewind(self._connection, self._place, settled, CUTS)
        every = self._known(date.max)
        first = every.first_day_since(date.fromisoformat(settled) if settled else date.min)
        if first is None:
            return END_OF_TIME, 0
        last = shift(first, _DAYS_AT_ONCE - 1)
        added = sorted(every.between(first, last), key=_first_day)
        versions = Versions(self._place, current_versions(self._connection, self._place, CUTS), CUTS)
        before, known = versions.runs().values(), self._known(date.min)
        days = PlaceDays(self._policy, known if before else None)
        runs = PlaceRuns(self._place[0], self._period.groups, days, self._policy, before)
        for day, of_day in groupby(added, key=_first_day):
            known.up_to = shift(day, -1)

            def count_the_day(known: KnownSightings = known, day: date = day) -> None:
                known.up_to = day

            versions.change(runs.apply((), list(of_day), count_the_day), day.isoformat())
        versions.write(self._connection)
        return shift(last, 1).isoformat() if last < date.max else END_OF_TIME, len(added)

    def _known(self, up_to: date) -> KnownSightings:
        return KnownSightings(self._connection, self._place, self._period, END_OF_TIME, self._policy, up_to)


def _first_day(counted: Counted) -> date:
    return counted.span.first_day
