"""Episodes and candidates <-> rows of ``run_version`` and ``run_cut``, and which rows hold at an instant or a day."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from history.as_of import Beginning, KnownRun
from history.database import END_OF_TIME, instant_of, instant_text
from history.known_groups import Place
from places.countries import countries
from schemas.codes import EpisodeKind

RUN_COLUMNS = (
    "status, kind, first_day, last_day, begins_by, ends_from, firm, firm_first, firm_last, previous_last_day,"
    " previous_ends_from, origins, by_affiliation, doubts, archival, trigger_source, trigger_id"
)
"""Columns from which :func:`run_of` builds a run."""


LONG_LIVED_DAYS = 64
"""Versions that hold for longer have an index of their own. They are few."""


class RunTable(NamedTuple):
    """A table of versions of runs, and its columns in which a version begins and ends: instants or days."""

    name: str
    begins: str
    ends: str

    @property
    def ended(self) -> tuple[str, str]:
        """Conditions, each with an index, for ended versions that hold just before the point ``at``.

        ``since`` is the point 64 days before.
        """
        lifetime = f"julianday({self.ends}) - julianday({self.begins})"
        holds = f"{self.begins} < :at and {self.ends} >= :at"
        return (
            f"{lifetime} <= {LONG_LIVED_DAYS} and {self.begins} >= :since and {holds}",
            f"{lifetime} > {LONG_LIVED_DAYS} and {holds}",
        )


KNOWN = RunTable("run_version", "known_from", "known_until")
CUTS = RunTable("run_cut", "from_day", "until_day")


class Version(NamedTuple):
    """A run while it stays the same."""

    run: KnownRun
    known_from: str
    number: int | None = None
    """Primary key of its row; None: it has none yet."""


def run_of(values: Iterable[Any]) -> KnownRun:
    """Return the run of a row with the columns :data:`RUN_COLUMNS`."""
    (
        status, kind, first, last, begins_by, ends_from, firm, firm_first, firm_last, previous, previous_from, origins,
        by_affiliation, doubts, archival, *trigger,
    ) = values  # fmt: skip
    return KnownRun(
        confirmed=status == "confirmed",
        first_day=date.fromisoformat(first),
        last_day=date.fromisoformat(last),
        begins_by=_day(begins_by),
        ends_from=_day(ends_from),
        firm=_firm(firm, firm_first, firm_last),
        trigger=(trigger[0], trigger[1]),
        begins=Beginning(origins, _texts(by_affiliation), _texts(doubts), bool(archival)),
        kind=kind,
        previous_last_day=_day(previous),
        previous_ends_from=_day(previous_from),
    )


def known_runs(connection: sqlite3.Connection, place: Place, at: str) -> list[KnownRun]:
    """Return the runs of a group in a country that are known at an instant, by first day."""
    query = (
        f"select {RUN_COLUMNS} from run_version where group_form = ? and country = ?"  # noqa: S608 - constants
        " and known_from < ? and (known_until is null or known_until >= ?) order by first_day, last_day"
    )
    return [run_of(values) for values in connection.execute(query, (*place, at, at))]


def rewind(connection: sqlite3.Connection, place: Place, since: str, table: RunTable = KNOWN) -> None:
    """Undo every beginning and end at a point or later, for a group in a country."""
    name, begins, ends = table
    connection.execute(
        f"delete from {name} where group_form = ? and country = ? and {begins} >= ?",  # noqa: S608 - constants
        (*place, since),
    )
    connection.execute(
        f"update {name} set {ends} = null where group_form = ? and country = ? and {ends} >= ?",  # noqa: S608
        (*place, since),
    )


def current_versions(connection: sqlite3.Connection, place: Place, table: RunTable = KNOWN) -> Iterator[Version]:
    """Yield the current version of each run of a group in a country."""
    name, begins, ends = table
    query = (
        f"select version, {begins}, {RUN_COLUMNS} from {name}"  # noqa: S608 - constants
        f" where group_form = ? and country = ? and {ends} is null"
    )
    for number, since, *values in connection.execute(query, place):
        yield Version(run_of(values), since, number)


class Versions:
    """The versions of the runs of a group in a country, while they change."""

    def __init__(self, place: Place, current: Iterable[Version] = (), table: RunTable = KNOWN) -> None:
        self._place, self._table = place, table
        self._open = {version.run.key: version for version in current}
        self._ended: list[tuple[str, int]] = []
        self._rows: list[tuple[Any, ...]] = []

    def runs(self) -> dict[tuple[bool, date], KnownRun]:
        """Return the current runs."""
        return {key: version.run for key, version in self._open.items()}

    def change(self, changed: Mapping[tuple[bool, date], KnownRun | None], instant: str) -> None:
        """Begin and end versions after a change at an instant."""
        for key, run in changed.items():
            before = self._open.get(key)
            if before and before.run == run:
                continue
            if before:
                self._end(before, instant)
                del self._open[key]
            if run:
                self._open[key] = Version(run, instant)

    def write_many(self, connection: sqlite3.Connection, most_held: int) -> None:
        """Write the versions that ended if they are many."""
        if len(self._ended) + len(self._rows) > most_held:
            self._write_ended(connection)

    def write(self, connection: sqlite3.Connection) -> None:
        """Write the versions that began or ended."""
        self._rows += (self._row(version, None) for version in self._open.values() if version.number is None)
        self._write_ended(connection)

    def _write_ended(self, connection: sqlite3.Connection) -> None:
        name, begins, ends = self._table
        connection.executemany(f"update {name} set {ends} = ? where version = ?", self._ended)  # noqa: S608 - constants
        connection.executemany(
            f"insert into {name} (group_form, country, region, {RUN_COLUMNS}, {begins}, {ends})"  # noqa: S608 - constants
            f" values ({', '.join('?' * 22)})",
            self._rows,
        )
        self._ended, self._rows = [], []

    def _end(self, version: Version, instant: str) -> None:
        if version.number is not None:
            self._ended.append((instant, version.number))
        elif version.known_from < instant:
            self._rows.append(self._row(version, instant))

    def _row(self, version: Version, until: str | None) -> tuple[Any, ...]:
        run = version.run
        firm = "all" if run.firm is None else "some" if run.firm else "none"
        first, last = run.firm or (None, None)
        return (
            *self._place, _region(self._place[1]), "confirmed" if run.confirmed else "candidate", run.kind,
            run.first_day.isoformat(), run.last_day.isoformat(), _text(run.begins_by), _text(run.ends_from), firm,
            _text(first), _text(last), _text(run.previous_last_day), _text(run.previous_ends_from), run.begins.origins,
            json.dumps(run.begins.by_affiliation), json.dumps(run.begins.doubts), run.begins.archival, *run.trigger,
            version.known_from, until,
        )  # fmt: skip


def _region(country: str) -> str:
    known = countries().get(country)
    return known.region if known else ""


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _firm(firm: str, first: str | None, last: str | None) -> tuple[date, ...] | None:
    if firm == "some" and first and last:
        return date.fromisoformat(first), date.fromisoformat(last)
    return None if firm == "all" else ()


def _texts(value: str) -> tuple[str, ...]:
    return () if value == "[]" else tuple(json.loads(value))


class ListedRun(NamedTuple):
    """The columns that decide whether a map shows a run."""

    first_day: str
    last_day: str
    number: int
    """Version of its row in ``run_version``; negative if the run was cut and has no row."""
    confirmed: int
    kind: EpisodeKind | None
    known_from: str = ""
    """The instant after which it was known; of a run that was cut, nothing."""


class RunsInFull:
    """Reads runs in full, by number, and keeps them."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._runs: dict[int, KnownRun] = {}

    def read(self, runs: Iterable[ListedRun]) -> None:
        """Read runs with one query."""
        missing = list({run.number for run in runs} - self._runs.keys())
        query = (
            f"select version, {RUN_COLUMNS} from run_version"  # noqa: S608 - constants
            " where version in (select value from json_each(?))"
        )
        for number, *values in self._connection.execute(query, (json.dumps(missing),)) if missing else ():
            self._runs[number] = run_of(values)

    def of(self, run: ListedRun) -> KnownRun:
        """Return a run in full."""
        if run.number not in self._runs:
            self.read([run])
        return self._runs[run.number]

    def listed(self, run: KnownRun) -> ListedRun:
        """Keep a run that was cut, and return it as listed."""
        number = -1 - len(self._runs)
        self._runs[number] = run
        return ListedRun(run.first_day.isoformat(), run.last_day.isoformat(), number, run.confirmed, run.kind)


def instants(at: str) -> dict[str, str]:
    """Return the values of the conditions for an instant."""
    begins = instant_of(at) if at < END_OF_TIME else None
    since = begins - timedelta(LONG_LIVED_DAYS) if begins and begins.year > date.min.year else begins
    return {"at": at, "since": instant_text(since) if since else at}


def runs_at(at: str | None) -> str:
    """Return a subquery of the runs that are known at an instant, or now."""
    current = "known_until is null and known_from < :at"
    conditions = (current,) if at is None or at >= END_OF_TIME else (current, *KNOWN.ended)
    selected = (f"select * from run_version where {condition}" for condition in conditions)  # noqa: S608 - constants
    return f"({' union all '.join(selected)})"
