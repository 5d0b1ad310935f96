"""The sightings of a group in a country by their first day, and which of these days are corroborated. Pure.

``history/place_runs.py`` forms the runs from them. Sightings are loaded when they are needed, and forgotten when they
are many: a change of a day in a long episode needs the days near it only.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby
from typing import Protocol, TypeVar

from history.as_of import Counted
from schemas.days import gap_days, shift
from streams.presence.policy import Policy
from streams.presence.qualification import days_near
from streams.presence.runs import Span

Key = TypeVar("Key")

LONG_DAYS = 31
"""Sightings whose first and last day are further apart are long: vague years, and long intervals."""

MOST_HELD = 10_000
"""Sightings that are in memory before all of them are forgotten: the busiest places have hundreds of thousands."""

_DAYS_AT_ONCE = 8


class Source(Protocol):
    """Loads the sightings that are stored."""

    def between(self, first: date, last: date) -> Iterable[Counted]:
        """Return the sightings that begin between two days, both inclusive."""

    def lasting_until(self, day: date) -> Iterable[date]:
        """Return the first days of the sightings that begin before a day and last until it or longer."""

    def first_day_since(self, day: date) -> date | None:
        """Return the first day on which a sighting may begin that counts, from a day on; None: there is none."""


Spans = tuple[set[Span], set[Span]]
"""The spans of a day: first of the sightings that do not qualify, then of the others."""


class _Day:
    __slots__ = ("alone", "corroborated", "counted", "origins", "weak")

    def __init__(self) -> None:
        self.counted: dict[tuple[str, str], Counted] = {}
        self.origins: dict[str, int] = {}
        self.alone: dict[Span, int] = {}
        self.weak: dict[Span, int] = {}
        self.corroborated = False

    def put(self, counted: Counted, sign: int) -> bool:
        """Add or remove a sighting. Return whether the origins of the day changed."""
        key = counted.source, counted.id
        if sign > 0:
            self.counted[key] = counted
        else:
            del self.counted[key]
        _count(self.alone if counted.alone else self.weak, counted.span, sign)
        return counted.origin is not None and _count(self.origins, counted.origin, sign)

    def spans(self) -> Spans:
        """Return the spans of the sightings that do not qualify, then of the others."""
        if self.corroborated:
            return set(), self.alone.keys() | self.weak.keys()
        return set(self.weak), set(self.alone)


def _count(counts: dict[Key, int], key: Key, sign: int) -> bool:
    """Count a key once more or less. Return whether it is new or gone."""
    count = counts.get(key, 0) + sign
    if count:
        counts[key] = count
    else:
        del counts[key]
    return count == (1 if sign > 0 else 0)


class PlaceDays:
    """The days of a group in a country."""

    def __init__(self, policy: Policy, source: Source, *, is_empty: bool = False, most_held: int = MOST_HELD) -> None:
        """``source`` has the sightings that are known, also after later edits. ``is_empty``: there are none yet."""
        self._policy = policy
        self._source = source
        self._is_complete = is_empty
        """Whether no sighting has to be loaded."""
        self._most_held, self._held = most_held, 0
        self._loaded: set[int] = set()
        """Periods of :data:`_DAYS_AT_ONCE` days whose sightings are loaded, by number."""
        self._days: list[date] = []
        self._rows: dict[date, _Day] = {}
        self._long: set[date] = set()
        """Days on which a long sighting begins, or began before it was removed."""

    def edit(self, removed: Iterable[Counted], added: Iterable[Counted]) -> dict[date, Spans]:
        """Remove and add sightings, whose days are known. Return the changed days, with their spans before."""
        before: dict[date, Spans] = {}
        unsure: set[date] = set()
        for sign, sightings in ((-1, removed), (1, added)):
            for counted in sightings:
                day = counted.span.first_day
                row = self._rows.get(day)
                if row is None:
                    row = self._new_day(day)
                    unsure.add(day)
                if day not in before:
                    before[day] = row.spans()
                many = len(row.origins) > 1
                if self._put(row, counted, sign) and not (many and sign > 0):
                    unsure.update(near for near in days_near(day, self._policy) if near in self._rows)
        for day in unsure:
            row = self._rows[day]
            corroborated = self._is_corroborated(day)
            if corroborated != row.corroborated:
                before.setdefault(day, row.spans())
                row.corroborated = corroborated
        for day in before:
            if not self._rows[day].counted:
                del self._rows[day]
                del self._days[bisect_left(self._days, day)]
        return before

    def know(self, first: date, last: date) -> None:
        """Load the sightings that begin between two days, both inclusive, unless they are known."""
        if self._is_complete:
            return
        margin = self._policy.corroboration_days
        numbers = range(_period(shift(first, -margin)), _period(shift(last, margin)) + 1)
        missing = [number for number in numbers if number not in self._loaded]
        for begin, end in _ranges(missing):
            days = _first_of(begin), shift(_first_of(end + 1), -1)
            for counted in self._source.between(*days):
                day = counted.span.first_day
                self._put(self._rows.get(day) or self._new_day(day), counted, 1)
            for day in self._between(shift(days[0], -margin), shift(days[1], margin)):
                self._rows[day].corroborated = self._is_corroborated(day)
        self._loaded.update(missing)

    def forget_many(self) -> None:
        """Forget all sightings if they are many. They are loaded again when they are needed."""
        if self._held > self._most_held:
            self._is_complete, self._held = False, 0
            for known in (self._loaded, self._days, self._rows, self._long):
                known.clear()

    def every_span(self) -> tuple[list[Span], list[Span]]:
        """Return the spans of all sightings that do not qualify, then of the others, by first day."""
        found: tuple[list[Span], list[Span]] = ([], [])
        first = self._source.first_day_since(date.min)
        while first is not None:
            self.forget_many()
            last = shift(first, _DAYS_AT_ONCE - 1)
            self.know(first, last)
            for day in self._between(first, last):
                for spans, of_day in zip(found, self._rows[day].spans(), strict=True):
                    spans.extend(of_day)
            first = self._source.first_day_since(shift(last, 1)) if last < date.max else None
        return found

    def lasting_spans(self, until: date, *, confirmed: bool) -> list[Span]:
        """Return the spans of the sightings that begin before a day and last until it or longer, by first day."""
        days = {*self._long, *self._between(shift(until, -LONG_DAYS), shift(until, -1))}
        if not self._is_complete:
            days.update(self._source.lasting_until(until))
        found: list[Span] = []
        for day in sorted(days):
            if day < until:
                self.know(day, day)
                found += [span for span in self.spans(day, confirmed=confirmed) if span.last_day >= until]
        return found

    def spans(self, day: date, *, confirmed: bool) -> set[Span]:
        """Return the spans of the sightings that begin on a day and qualify, or of the others."""
        row = self._rows.get(day)
        return row.spans()[confirmed] if row else set()

    def spans_between(self, first: date, last: date, *, confirmed: bool) -> Iterator[Span]:
        """Yield the spans of the sightings that begin between two days, both inclusive, by first day."""
        self.know(first, last)
        for day in self._between(first, last):
            yield from self._rows[day].spans()[confirmed]

    def sightings_between(self, first: date, last: date, *, confirmed: bool) -> Iterator[Counted]:
        """Yield the sightings that begin between two days, both inclusive, and qualify, or the others, in order."""
        self.know(first, last)
        for day in self._between(first, last):
            row = self._rows[day]
            for key in sorted(row.counted):
                counted = row.counted[key]
                if (counted.alone or row.corroborated) == confirmed:
                    yield counted

    def is_corroborated(self, day: date) -> bool:
        """Whether two named origins report sightings that begin near a day."""
        row = self._rows.get(day)
        return row is not None and row.corroborated

    def _put(self, row: _Day, counted: Counted, sign: int) -> bool:
        span = counted.span
        self._held += sign
        if gap_days(span.first_day, span.last_day) > LONG_DAYS:
            self._long.add(span.first_day)
        return row.put(counted, sign)

    def _between(self, first: date, last: date) -> list[date]:
        return self._days[bisect_left(self._days, first) : bisect_right(self._days, last)]

    def _new_day(self, day: date) -> _Day:
        insort(self._days, day)
        row = self._rows[day] = _Day()
        return row

    def _is_corroborated(self, day: date) -> bool:
        only: str | None = None
        for near in days_near(day, self._policy):
            if row := self._rows.get(near):
                for origin in row.origins:
                    if only is None:
                        only = origin
                    elif origin != only:
                        return True
        return False


def _period(day: date) -> int:
    return day.toordinal() // _DAYS_AT_ONCE


def _first_of(period: int) -> date:
    return date.fromordinal(min(max(1, period * _DAYS_AT_ONCE), date.max.toordinal()))


def _ranges(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and last of the numbers that follow each other."""
    for _, group in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        found = [number for _, number in group]
        yield found[0], found[-1]
