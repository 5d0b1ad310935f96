"""The runs of each place as they are formed from what is known now and begins up to a day: rows of ``run_cut``.

A question about a past day reads them instead of forming the runs again. The follower writes them when it is idle, for
each place in the order of days. When a sighting changes, the cuts from its first day on are written again. Until then,
questions form the runs of the place themselves (:mod:`history.map_runs`).
"""

from __future__ import annotations

import sqlite3
from datetime import date
from itertools import groupby

from history.as_of import Counted, KnownRun
from history.database import END_OF_TIME
from history.known_groups import KnownGroups, Period, Place
from history.known_sightings import KnownSightings
from history.place_days import MOST_HELD, PlaceDays
from history.place_runs import PlaceRuns
from history.run_rows import CUTS, LONG_LIVED_DAYS, RUN_COLUMNS, Versions, current_versions, rewind, run_of
from schemas.days import shift
from streams.presence.policy import Policy


def settled_runs(connection: sqlite3.Connection, day: date, near_from: str) -> dict[Place, list[KnownRun]]:
    """Return the runs cut at a day that end on a day or later, by days, of the places for which they are written."""
    after, since = shift(day, 1).isoformat(), shift(day, 1 - LONG_LIVED_DAYS).isoformat()
    values = {"near_from": near_from, "at": after, "since": since}
    unsettled = unsettled_places(connection, day)
    found: dict[Place, list[KnownRun]] = {}
    for condition in ("until_day is null and from_day < :at", *CUTS.ended):
        query = (
            f"select group_form, country, {RUN_COLUMNS} from run_cut"  # noqa: S608 - constants
            f" where {condition} and last_day >= :near_from"
        )
        for row in connection.execute(query, values):
            if (place := row[:2]) not in unsettled:
                found.setdefault(place, []).append(run_of(row[2:]))
    for runs in found.values():
        runs.sort(key=lambda run: (run.first_day, run.last_day))
    return found


def unsettled_places(connection: sqlite3.Connection, day: date) -> set[Place]:
    """Return the places for which the runs cut at a day are not written."""
    query = "select group_form, country from cut_place where settled < ?"
    return set(connection.execute(query, (shift(day, 1).isoformat(),)))


def is_settled(connection: sqlite3.Connection) -> bool:
    """Whether the cuts of all places are written."""
    unsettled = "select exists (select * from cut_place where settled < ?)"
    return not connection.execute(unsettled, (END_OF_TIME,)).fetchone()[0]


def settle(
    connection: sqlite3.Connection, groups: KnownGroups, policy: Policy, sightings: int, most_held: int = MOST_HELD
) -> bool:
    """Write the cuts of some places further, from about this number of sightings; return whether there are more.

    The caller holds a transaction in which the run versions are up to date. ``most_held``: sightings that are in memory
    at the same time, but for those of a few days.
    """
    period, left = groups.before(END_OF_TIME), sightings
    query = "select group_form, country, settled from cut_place where settled < ? order by settled desc limit ?"
    for form, country, since in connection.execute(query, (END_OF_TIME, sightings)).fetchall():
        settled, read = _settle_place(connection, (form, country), period, policy, since, left, most_held)
        left -= 1 + read
        connection.execute(
            "update cut_place set settled = ? where group_form = ? and country = ?", (settled, form, country)
        )
        if left <= 0:
            return True
    return False


def _settle_place(
    connection: sqlite3.Connection,
    place: Place,
    period: Period,
    policy: Policy,
    settled: str,
    sightings: int,
    most_held: int,
) -> tuple[str, int]:
    """Write the cuts of a place from a day on, from whole days with about this number of sightings.

    Return the day before which they hold, and the number of sightings read.
    """
    rewind(connection, place, settled, CUTS)
    versions = Versions(place, current_versions(connection, place, CUTS), CUTS)
    since, read = date.fromisoformat(settled) if settled else date.min, 0
    before = versions.runs().values()
    every = KnownSightings(connection, place, period, END_OF_TIME, policy)
    known = KnownSightings(connection, place, period, END_OF_TIME, policy, shift(since, -1))
    days = PlaceDays(policy, known, is_empty=not before, most_held=most_held)
    runs = PlaceRuns(place[0], period.groups, days, policy, before)
    settled = END_OF_TIME
    for day, of_day in groupby(every.since(since), key=_first_day):
        if read >= sightings:
            settled = day.isoformat()
            break
        added = list(of_day)
        read += len(added)
        runs.know_near(added)
        known.up_to = day
        versions.change(runs.apply((), added), day.isoformat())
    versions.write(connection)
    return settled, read


def _first_day(counted: Counted) -> date:
    return counted.span.first_day
