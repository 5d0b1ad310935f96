"""Episodes and candidates of all groups in all countries as known at an instant, from evidence up to a day.

Comes from the table ``run_version``; goes to :mod:`history.map_rows`. Later evidence does not change a run that ends
well before the day. A run near the day is cut (:mod:`history.run_cuts`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date

from history.database import END_OF_TIME
from history.known_groups import KnownGroups, Place
from history.run_cuts import Cut, RunCuts
from history.run_rows import KNOWN, ListedRun, RunsInFull, instants
from streams.presence.policy import Policy

_Row = tuple[Place, str, ListedRun]
"""A place, the instant after which a run was known, and the run."""


def runs_up_to(
    connection: sqlite3.Connection,
    cuts: Sequence[Cut],
    groups: KnownGroups,
    policy: Policy,
    full: RunsInFull,
    since: date,
    is_wanted: Callable[[Place], bool] = lambda _: True,
) -> list[dict[Place, list[ListedRun]]]:
    """Return for each cut the runs of each group in each wanted country, by days. All cuts have the same last day.

    ``full`` receives the runs that are cut. Candidates that end well before the last day and before ``since`` are left
    out.
    """
    every = [RunCuts(connection, cut, groups.before(cut.at), policy, full) for cut in cuts]
    shown = {"last": cuts[0].last_day.isoformat(), "shown_from": min(since.isoformat(), every[0].near_from)}
    current = list(_rows(connection, "known_until is null", shown, "indexed by run_version_listed"))
    found = [
        {place: sorted(runs) for place, runs in by_place.items() if is_wanted(place)}
        for by_place in (_by_place(cut, (*current, *_ended(connection, cut, shown))) for cut in cuts)
    ]
    for run_cuts, places in zip(every, found, strict=True):
        for place, runs in places.items():
            if (again := run_cuts.of(place, runs)) is not None:
                runs[:] = [*(run for run in runs if not run_cuts.is_near(run)), *map(full.listed, again)]
    return found


def _by_place(cut: Cut, rows: Iterable[_Row]) -> dict[Place, list[ListedRun]]:
    places: dict[Place, list[ListedRun]] = {}
    for place, known_from, run in rows:
        if known_from < cut.at:
            places.setdefault(place, []).append(run)
    return places


def _ended(connection: sqlite3.Connection, cut: Cut, shown: Mapping[str, str]) -> Iterator[_Row]:
    """Yield the runs that were known at the time of a cut, and later no longer."""
    if cut.at >= END_OF_TIME:
        return
    for condition in KNOWN.ended:
        yield from _rows(connection, condition, {**shown, **instants(cut.at)})


def _rows(connection: sqlite3.Connection, condition: str, values: Mapping[str, str], index: str = "") -> Iterator[_Row]:
    """Yield the runs that begin up to the day and that a map can show."""
    columns = "first_day, last_day, version, status = 'confirmed', kind, known_from, group_form, country"
    shown = "first_day <= :last and (status = 'confirmed' or last_day >= :shown_from)"
    query = f"select {columns} from run_version {index} where {condition} and {shown}"  # noqa: S608 - constants
    for row in connection.execute(query, values):
        yield row[6:], row[5], ListedRun._make(row[:5])
