"""Lists runs with the few columns that decide whether a map shows them, and reads only those runs in full."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

from history.as_of import KnownRun
from history.run_rows import RUN_COLUMNS, run_of
from schemas.codes import EpisodeKind


class ListedRun(NamedTuple):
    """The columns that decide whether a map shows a run."""

    first_day: str
    last_day: str
    number: int
    """Version of its row in ``run_version``; negative if the run was cut and has no row."""
    confirmed: int
    kind: EpisodeKind | None


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
