"""Episodes and candidates of all groups in all countries as known at an instant, from evidence up to a day.

Comes from the table ``run_version``; goes to :mod:`history.map_rows`. Later evidence does not change a run that ends
well before the day. A run near the day is cut (:mod:`history.run_cuts`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from history.database import END_OF_TIME, instant_of, instant_text
from history.known_groups import KnownGroups, Place
from history.listed_run import ListedRun
from history.run_cuts import Cut, RunCuts
from history.run_rows import RUN_COLUMNS
from streams.presence.policy import Policy

_LONG_LIVED_DAYS = 64
"""Versions that were known for longer have an index of their own. They are few."""


def runs_up_to(
    connection: sqlite3.Connection, cuts: Sequence[Cut], groups: KnownGroups, policy: Policy
) -> list[dict[Place, list[ListedRun]]]:
    """Return for each cut, which have the same last day, the runs of each group in each country, by days.

    A place whose runs are the same in several cuts has the same objects in them.
    """
    listed: dict[int, ListedRun] = {}
    found: list[dict[Place, list[ListedRun]]] = []
    every = [RunCuts(connection, cut, groups.before(cut.at), policy) for cut in cuts]
    shown = {"last": cuts[0].last_day.isoformat(), "listed_from": every[0].listed_from.isoformat()}
    current = list(_rows(connection, "known_until is null", shown))
    for cut, run_cuts in zip(cuts, every, strict=True):
        places: dict[Place, list[ListedRun]] = {}
        for version, known_from, form, country, *values in (*current, *_ended(connection, cut, shown)):
            if known_from >= cut.at:
                continue
            run = listed.get(version)
            if run is None:
                first, last = date.fromisoformat(values[2]), date.fromisoformat(values[3])
                run = listed[version] = ListedRun(values, values[1], first, last, confirmed=values[0] == "confirmed")
            places.setdefault((form, country), []).append(run)
        for place, runs in places.items():
            runs.sort(key=_days)
            if (again := run_cuts.of(place, runs)) is not None:
                runs[:] = [*(run for run in runs if run.last_day < run_cuts.stands), *map(ListedRun.of, again)]
        found.append(places)
    return found


def _ended(connection: sqlite3.Connection, cut: Cut, shown: Mapping[str, str]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of the runs that were known at the time of a cut, and later no longer."""
    if cut.at >= END_OF_TIME:
        return
    since = instant_of(cut.at) - timedelta(_LONG_LIVED_DAYS) if cut.last_day.year > 1 else instant_of(cut.at)
    values = {**shown, "at": cut.at, "since": instant_text(since)}
    lifetime = "julianday(known_until) - julianday(known_from)"
    short = f"{lifetime} <= {_LONG_LIVED_DAYS} and known_from >= :since and known_until >= :at"
    long = f"{lifetime} > {_LONG_LIVED_DAYS} and known_until >= :at"
    for condition in (short, long):
        yield from _rows(connection, f"{condition} and known_from < :at", values)


def _rows(connection: sqlite3.Connection, condition: str, values: Mapping[str, str]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of the runs that begin up to the day and that a map can show."""
    columns = f"version, known_from, group_form, country, {RUN_COLUMNS}"
    shown = "first_day <= :last and (kind is not null or last_day >= :listed_from)"
    yield from connection.execute(f"select {columns} from run_version where {condition} and {shown}", values)  # noqa: S608


def _days(run: ListedRun) -> tuple[date, date]:
    return run.first_day, run.last_day
