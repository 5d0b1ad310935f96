"""Episodes and candidates of all groups in all countries as known at an instant, from evidence up to a day.

Rows of ``run_version`` come in; :mod:`history.map_rows` turns what comes out into the rows of a map. A run that ends
well before the day is the same with and without later evidence. One that comes near it is formed again from the
sightings near the day.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import date

from history.as_of import KnownRun
from history.known_groups import KnownGroups, Period, Place
from history.known_sightings import KnownSightings
from history.place_days import PlaceDays
from history.place_runs import PlaceRuns
from history.presence import KNOWN
from history.run_rows import RUN_COLUMNS, run_of
from streams.presence.policy import Policy
from streams.presence.runs import shift


@dataclass(frozen=True, slots=True)
class Cut:
    """What a map counts: evidence that is known at an instant and begins up to a day."""

    at: str
    last_day: date


def runs_up_to(
    connection: sqlite3.Connection, cut: Cut, groups: KnownGroups, policy: Policy
) -> dict[Place, list[KnownRun]]:
    """Return the runs of each group in each country, by days."""
    period = groups.before(cut.at)
    found: dict[Place, list[KnownRun]] = {}
    query = f"select group_form, country, {RUN_COLUMNS} from run_version where {KNOWN} and first_day <= :last"  # noqa: S608
    for form, country, *values in connection.execute(query, {"at": cut.at, "last": cut.last_day.isoformat()}):
        found.setdefault((form, country), []).append(run_of(values))
    stands = shift(cut.last_day, -policy.window_days - policy.corroboration_days)
    for place, runs in found.items():
        if any(run.last_day >= stands for run in runs):
            found[place] = _cut(connection, place, runs, cut, period, policy)
        else:
            runs.sort(key=lambda run: (run.first_day, run.last_day))
    return found


def _cut(
    connection: sqlite3.Connection,
    place: Place,
    runs: list[KnownRun],
    cut: Cut,
    period: Period,
    policy: Policy,
) -> list[KnownRun]:
    known = KnownSightings(connection, place, period, cut.at, policy, cut.last_day)
    days = PlaceDays(policy, known)
    return PlaceRuns(place[0], period.groups, days, policy, runs).cut(cut.last_day)
