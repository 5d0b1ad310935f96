"""Runs of days by group, country and first day. The latest runs of a place are kept in a list for the rest of a batch.

Most changes are about the present, so they find the runs near them in the list without a range scan.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import islice
from typing import Generic, TypeVar

from faust_batches.step import Draft
from schemas.presence import Run

AnyRun = TypeVar("AnyRun", bound=Run)

LAST = "\U0010ffff"
"""Follows every text that can be part of a key."""

_LATEST = 4
"""Runs of a place in the list when it is read first."""


class _Latest(Generic[AnyRun]):
    """All runs of a place that begin on or after a day, in order."""

    __slots__ = ("days", "runs", "since")

    def __init__(self, latest_first: list[AnyRun]) -> None:
        self.runs = latest_first[:_LATEST][::-1]
        self.days = [run.first_day for run in self.runs]
        self.since = date.min if len(latest_first) <= _LATEST else self.days[0]


class RunTable(Generic[AnyRun]):
    """The table of episodes or of candidates. ``prefix`` is the beginning of all keys of a group in a country."""

    def __init__(self, draft: Draft[AnyRun]) -> None:
        self.draft = draft
        self._latest: dict[str, _Latest[AnyRun]] = {}
        self._begins: dict[str, date] = {}
        """By prefix a day before which no run begins, so that removed runs are not passed again."""

    def get(self, prefix: str, first_day: date) -> AnyRun | None:
        """Return the run that begins on a day."""
        run = self.last_begun(prefix, first_day)
        return run if run and run.first_day == first_day else None

    def put(self, prefix: str, run: AnyRun) -> None:
        """Set a run."""
        self.draft.put(f"{prefix}{run.first_day.isoformat()}", run)
        latest = self._read(prefix)
        if run.first_day < self._begins.get(prefix, date.min):
            self._begins[prefix] = run.first_day
        if run.first_day >= latest.since:
            at = bisect_left(latest.days, run.first_day)
            known = at < len(latest.days) and latest.days[at] == run.first_day
            latest.runs[at : at + known] = [run]
            latest.days[at : at + known] = [run.first_day]

    def remove(self, prefix: str, first_day: date) -> None:
        """Remove the run that begins on a day."""
        latest = self._read(prefix)
        self.draft.put(f"{prefix}{first_day.isoformat()}", None)
        at = bisect_left(latest.days, first_day)
        if at < len(latest.days) and latest.days[at] == first_day:
            del latest.runs[at], latest.days[at]

    def last_begun(self, prefix: str, day: date) -> AnyRun | None:
        """Return the last run that begins on or before a day."""
        latest = self._read(prefix)
        if at := bisect_right(latest.days, day):
            return latest.runs[at - 1]
        begins = self._begins.get(prefix, date.min)
        if latest.since == date.min or day < begins:
            return None
        rows = self.draft.range(f"{prefix}{begins.isoformat()}", f"{prefix}{day.isoformat()}", reverse=True)
        return next((run for _, run in rows), None)

    def first_begun(self, prefix: str, day: date = date.min) -> AnyRun | None:
        """Return the first run that begins on or after a day."""
        latest = self._read(prefix)
        if day >= latest.since:
            at = bisect_left(latest.days, day)
            return latest.runs[at] if at < len(latest.runs) else None
        begins = self._begins.get(prefix, date.min)
        start = max(day, begins)
        found = next((run for _, run in self.draft.range(f"{prefix}{start.isoformat()}", prefix + LAST)), None)
        if found and day <= begins:
            self._begins[prefix] = found.first_day
        return found

    def holding(self, prefix: str, day: date) -> AnyRun | None:
        """Return the run that contains a day."""
        run = self.last_begun(prefix, day)
        return run if run and day <= run.last_day else None

    def between(self, prefix: str, first: date, last: date) -> Sequence[AnyRun]:
        """Return the runs that share a day with first to last, both inclusive, in order."""
        latest = self._read(prefix)
        earlier = self.last_begun(prefix, first)
        found = [earlier] if earlier and earlier.last_day >= first else []
        if first >= latest.since or first == date.max:
            return [*found, *latest.runs[bisect_right(latest.days, first) : bisect_right(latest.days, last)]]
        after = (first + timedelta(1)).isoformat()
        return [*found, *(run for _, run in self.draft.range(f"{prefix}{after}", f"{prefix}{last.isoformat()}"))]

    def _read(self, prefix: str) -> _Latest[AnyRun]:
        latest = self._latest.get(prefix)
        if latest is None:
            rows = self.draft.range(prefix, prefix + LAST, reverse=True)
            latest = self._latest[prefix] = _Latest([run for _, run in islice(rows, _LATEST + 1)])
        return latest
