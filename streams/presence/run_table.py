"""The episodes or the candidates of one group in one country. The latest are kept in a list for the rest of a batch.

Most changes are about the present, so they find the runs near them in the list without a range scan.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import islice
from typing import Generic, TypeVar

from faust_batches.step import Draft
from schemas.days import gap_days, shift
from schemas.presence import Run

AnyRun = TypeVar("AnyRun", bound=Run)

LAST = "\U0010ffff"
"""Follows every text that can be part of a key."""

_LATEST = 2
"""Runs in the list when it is read first."""


class RunTable(Generic[AnyRun]):
    """The runs of days of a place, by first day. They never touch."""

    def __init__(self, draft: Draft[AnyRun], prefix: str) -> None:
        self._draft, self._prefix = draft, prefix
        # Only this object changes these rows, and it has changed none yet.
        found = [run for _, run in islice(draft.unchanged(prefix, prefix + LAST, reverse=True), _LATEST + 1)]
        self._latest = found[:_LATEST][::-1]
        """All runs that begin on or after ``_since``, in order."""
        self._days = [run.first_day for run in self._latest]
        self._since = date.min if len(found) <= _LATEST else self._days[0]
        self._begins = date.min
        """No run begins before this day, so that removed runs are not passed again."""

    def get(self, first_day: date) -> AnyRun | None:
        """Return the run that begins on a day."""
        run = self.last_begun(first_day)
        return run if run and run.first_day == first_day else None

    def put(self, run: AnyRun) -> None:
        """Set a run."""
        day = run.first_day
        self._draft.put(f"{self._prefix}{day.isoformat()}", run)
        if self._days and day == self._days[-1]:  # by far the most frequent case
            self._latest[-1] = run
            return
        self._begins = min(self._begins, day)
        if day >= self._since:
            at = bisect_left(self._days, day)
            known = at < len(self._days) and self._days[at] == day
            self._latest[at : at + known] = [run]
            self._days[at : at + known] = [day]

    def remove(self, first_day: date) -> None:
        """Remove the run that begins on a day."""
        self._draft.put(f"{self._prefix}{first_day.isoformat()}", None)
        at = bisect_left(self._days, first_day)
        if at < len(self._days) and self._days[at] == first_day:
            del self._latest[at], self._days[at]

    def last_begun(self, day: date) -> AnyRun | None:
        """Return the last run that begins on or before a day."""
        if at := bisect_right(self._days, day):
            return self._latest[at - 1]
        if self._since == date.min or day < self._begins:
            return None
        first, last = f"{self._prefix}{self._begins.isoformat()}", f"{self._prefix}{day.isoformat()}"
        return next((run for _, run in self._draft.range(first, last, reverse=True)), None)

    def last(self) -> AnyRun | None:
        """Return the run that begins last."""
        return self._latest[-1] if self._latest else self.last_begun(date.max)

    def first_begun(self, day: date = date.min) -> AnyRun | None:
        """Return the first run that begins on or after a day."""
        if day >= self._since:
            at = bisect_left(self._days, day)
            return self._latest[at] if at < len(self._latest) else None
        first = f"{self._prefix}{max(day, self._begins).isoformat()}"
        found = next((run for _, run in self._draft.range(first, self._prefix + LAST)), None)
        if found and day <= self._begins:
            self._begins = found.first_day
        return found

    def before(self, day: date) -> AnyRun | None:
        """Return the last run that begins before a day."""
        return self.last_begun(shift(day, -1)) if day > date.min else None

    def after(self, day: date) -> AnyRun | None:
        """Return the first run that begins after a day."""
        return self.first_begun(shift(day, 1)) if day < date.max else None

    def holding(self, day: date) -> AnyRun | None:
        """Return the run that contains a day."""
        run = self.last_begun(day)
        return run if run and day <= run.last_day else None

    def between(self, first: date, last: date) -> Sequence[AnyRun]:
        """Return the runs that share a day with first to last, both inclusive, in order."""
        earlier = self.last_begun(first)
        found = [earlier] if earlier and earlier.last_day >= first else []
        if first >= self._since or first == date.max:
            return [*found, *self._latest[bisect_right(self._days, first) : bisect_right(self._days, last)]]
        after = f"{self._prefix}{(first + timedelta(1)).isoformat()}"
        return [*found, *(run for _, run in self._draft.range(after, f"{self._prefix}{last.isoformat()}"))]

    def near(self, first: date, last: date, window: int) -> list[AnyRun]:
        """Return the runs that a span from first to last would join, directly or through another of them."""
        found: list[AnyRun] = []
        begins, run = first, self.last_begun(first)
        while run and gap_days(run.last_day, begins) <= window:
            found.insert(0, run)
            begins = min(begins, run.first_day)
            run = self.before(begins)
        reached = max([last, *(run.last_day for run in found)])
        following = self.after(first)
        while following and gap_days(reached, following.first_day) <= window:
            found.append(following)
            reached = max(reached, following.last_day)
            following = self.after(following.first_day)
        return found
