"""Runs of a group in a country -> the same runs without the sightings that begin after a day.

Most runs near the day are long episodes. For them it is enough to know the latest sightings up to the day, which one
query finds for all places. The others are formed again from the sightings near the day.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import NamedTuple

from history.as_of import Counted, KnownRun
from history.database import end_of_day
from history.known_groups import NamedOnDays, Period, Place
from history.known_sightings import KnownSightings
from history.listed_runs import ListedRun, RunsInFull
from history.place_days import LONG_DAYS, PlaceDays
from history.place_runs import PlaceRuns
from history.presence import KNOWN
from history.run_rows import known_runs
from schemas.names import comparable
from streams.presence.policy import Policy
from streams.presence.runs import firm_days, gap_days, shift

_ENDS_FROM = "case when begins_by > first_day then first_day else coalesce(ends_from, last_day) end"
_COUNTS = "first_day <= :last and qualifies_alone"
_MAY_COUNT = "first_day <= :last and not qualifies_alone"
_NEAR = "first_day between :begin and :later"
_LONG = "julianday(last_day) - julianday(first_day) > 31 and last_day >= :begin and first_day < :begin"


_LISTED_DAYS = 400


@dataclass(frozen=True, slots=True)
class Cut:
    """What a map counts: evidence that is known at an instant and begins up to a day."""

    at: str
    last_day: date


class _Latest(NamedTuple):
    """The latest sightings under a name in a country; empty texts: none."""

    last_day: str = ""
    """Latest last day of the sightings that qualify by their grade."""
    ends_from: str = ""
    """Latest of their earliest last days."""
    weak_last_day: str = ""
    """The same for sightings that need corroboration."""
    weak_ends_from: str = ""
    sure_day: str = ""
    """Latest day of those of one day that count whatever begins after the cut."""
    is_cut: bool = False
    """Whether one begins soon after the cut."""

    def with_others(self, other: _Latest) -> _Latest:
        """Return the latest sightings of two sets."""
        return _Latest(
            max(self.last_day, other.last_day),
            max(self.ends_from, other.ends_from),
            max(self.weak_last_day, other.weak_last_day),
            max(self.weak_ends_from, other.weak_ends_from),
            max(self.sure_day, other.sure_day),
            self.is_cut or other.is_cut,
        )


class _Long(NamedTuple):
    """A version of a sighting that lasts long."""

    first_day: date
    last_day: str
    ends_from: str
    alone: bool
    """Whether it qualifies by its grade."""


class RunCuts:
    """Cuts the runs of each place."""

    def __init__(
        self, connection: sqlite3.Connection, cut: Cut, period: Period, policy: Policy, full: RunsInFull
    ) -> None:
        """``period`` has the groups that are registered at the time of the cut."""
        self._connection, self._cut, self._period, self._policy = connection, cut, period, policy
        self._full = full
        self._corroboration = policy.corroboration_days
        self._stands = shift(cut.last_day, -policy.window_days - policy.corroboration_days)
        """Runs that end before this day are the same with and without later evidence."""
        self._near_from = self._stands.isoformat()
        self.listed_from = shift(self._stands, -_LISTED_DAYS)
        """Runs that end before this day and are no candidates need not be listed."""
        self._begin = shift(self._stands, -LONG_DAYS - policy.corroboration_days)
        self._unchanged = shift(self._stands, -2 * policy.window_days - LONG_DAYS)

    def is_near(self, run: ListedRun) -> bool:
        """Whether a run comes near the day, so that later evidence may change it."""
        return run.last_day >= self._near_from

    def of(self, place: Place, runs: Sequence[ListedRun]) -> list[KnownRun] | None:
        """Return the runs of a place that come near the day, cut there; None if no sighting begins after it.

        ``runs`` are its runs that begin up to the day, in order.
        """
        near = [run for run in runs if run.last_day >= self._near_from]
        if not near:
            return None
        if self._ahead is not None:
            return self._cut_again(place, runs) if place in self._ahead else None
        latest = self._latest_of(place)
        if latest and not latest.is_cut and not self._goes_on(place, max(run.last_day for run in near)):
            return None
        episodes = [self._full.of(run) for run in near if run.confirmed]
        if latest and len(episodes) == 1 and self._is_decided(episodes[0], latest):
            latest = self._with_weak(place, latest)
            last, ends_from = date.fromisoformat(latest.last_day), date.fromisoformat(latest.ends_from)
            return [replace(episodes[0], last_day=last, ends_from=None if ends_from == last else ends_from)]
        return self._cut_again(place, runs)

    @cached_property
    def _ahead(self) -> set[Place] | None:
        """The places with a later sighting; None if they are too many, because later evidence is known."""
        if self._cut.at > end_of_day(self._cut.last_day):
            return None
        query = (
            "select group_form, country, first_day, last_day from sighting_version"  # noqa: S608 - constants
            f" where first_day > known_from and first_day > :last and {KNOWN}"
        )
        rows = self._connection.execute(query, {"last": self._cut.last_day.isoformat(), "at": self._cut.at})
        return {
            (form, country)
            for name, country, *days in rows
            for form in self._period.forms_for(NamedOnDays(name, *map(date.fromisoformat, days)))
        }

    @cached_property
    def _latest(self) -> dict[Place, _Latest]:
        """The latest sightings by name, in comparable form, and country."""
        found: dict[Place, _Latest] = {}
        last = self._cut.last_day
        values = {
            "at": self._cut.at,
            "last": last.isoformat(),
            "later": shift(last, self._policy.window_days + self._corroboration).isoformat(),
            "sure": shift(last, -self._corroboration).isoformat(),
            "begin": self._begin.isoformat(),
        }
        # Without the name of the index SQLite reads all sightings, in the order of groups.
        for index, selected in (("sighting_version_first_day", _NEAR), ("sighting_version_long", _LONG)):
            query = (
                f"select group_form, country, max(case when {_COUNTS} then last_day else '' end),"  # noqa: S608
                f" max(case when {_COUNTS} then {_ENDS_FROM} else '' end),"
                f" max(case when {_MAY_COUNT} then last_day else '' end),"
                f" max(case when {_MAY_COUNT} then {_ENDS_FROM} else '' end),"
                " max(case when first_day <= :sure and first_day = last_day and qualifies_alone then first_day"
                " else '' end), max(first_day > :last)"
                f" from sighting_version indexed by {index} where {selected} and {KNOWN} group by group_form, country"
            )
            for name, country, *latest in self._connection.execute(query, values):
                place = name, country
                found[place] = _Latest(*latest).with_others(found.get(place, _Latest()))
        return found

    def _latest_of(self, place: Place) -> _Latest | None:
        """Return the latest sightings of a place; None if it depends on their days whether those of a faction count."""
        form, country = place
        found = _Latest()
        for name in self._period.names_of(form):
            if latest := self._latest.get((name, country)):
                if not self._counts_always(name, form):
                    return None
                found = found.with_others(latest)
        return found

    def _counts_always(self, name: str, form: str) -> bool:
        """Whether all sightings under a name count for a group: its own, and those of a faction that stays one."""
        groups, last = self._period.groups, self._cut.last_day
        if (member := self._period.member_of(name)) == form:
            return True
        # A sighting that lasts longer shares one of these days.
        days = shift(self._begin, -LONG_DAYS), last
        ancestors = groups.ancestors((groups.resolve(member), *days))
        return any(comparable(group) == form and (first, until) == days for group, first, until in ancestors)

    def _goes_on(self, place: Place, until: str) -> bool:
        """Whether a sighting begins later than soon after the cut, but within the window after a day."""
        last_day = date.fromisoformat(until)
        if last_day <= self._cut.last_day:
            return False
        known = KnownSightings(self._connection, place, self._period, self._cut.at, self._policy)
        reach = self._policy.window_days + self._corroboration
        return any(True for _ in known.between(shift(self._cut.last_day, 1), shift(last_day, reach)))

    def _is_decided(self, run: KnownRun, latest: _Latest) -> bool:
        """Whether only the last day of an episode may be cut, and its latest sightings up to the day decide it.

        It began before all days that later evidence could change, and all of its days up to a sighting that counts in
        any case are near enough to each other. The sightings after that one are near enough to it.
        """
        if not latest.sure_day or not (firm := firm_days(run)):
            return False
        sure_day = date.fromisoformat(latest.sure_day)
        near = gap_days(sure_day, self._cut.last_day) <= self._policy.window_days
        return near and firm[0] <= sure_day and run.first_day <= shift(self._stands, -self._corroboration)

    def _with_weak(self, place: Place, latest: _Latest) -> _Latest:
        """Return the latest sightings, including corroborated ones."""
        if latest.weak_last_day <= latest.last_day and latest.weak_ends_from <= latest.ends_from:
            return latest
        known = self._known(place)
        for span in {counted.span for counted in known.weak_after(self._begin, latest.last_day, latest.ends_from)}:
            if known.is_corroborated(span.first_day):
                ends_from = (span.ends_from or span.last_day).isoformat()
                latest = latest._replace(
                    last_day=max(latest.last_day, span.last_day.isoformat()), ends_from=max(latest.ends_from, ends_from)
                )
        return latest

    def _known(self, place: Place) -> _Sightings:
        return _Sightings(self._connection, place, self._period, self._cut, self._policy, self._long, self._unchanged)

    @cached_property
    def _long(self) -> dict[Place, list[_Long]]:
        """The sightings that last long, until :attr:`_unchanged` or longer."""
        found: dict[Place, list[_Long]] = {}
        query = (
            f"select group_form, country, first_day, last_day, {_ENDS_FROM}, qualifies_alone"  # noqa: S608 - constants
            " from sighting_version indexed by sighting_version_long"
            " where julianday(last_day) - julianday(first_day) > 31 and last_day >= ? and first_day <= ?"
        )
        days = self._unchanged.isoformat(), self._cut.last_day.isoformat()
        for name, country, first, last, ends_from, alone in self._connection.execute(query, days):
            long = _Long(date.fromisoformat(first), last, ends_from, bool(alone))
            found.setdefault((name, country), []).append(long)
        return found

    def _cut_again(self, place: Place, runs: Sequence[ListedRun]) -> list[KnownRun]:
        days = PlaceDays(self._policy, self._known(place))
        cut = PlaceRuns(place[0], self._period.groups, days, self._policy, self._needed(place, runs))
        return [run for run in cut.cut(self._cut.last_day) if run.last_day >= self._stands]

    def _needed(self, place: Place, runs: Sequence[ListedRun]) -> list[KnownRun]:
        """Return the runs near the day, those from which sightings may reach into them, and the episode before."""
        episodes, candidates = ([run for run in runs if run.confirmed == confirmed] for confirmed in (True, False))
        window = self._policy.window_days
        first = self._reaching(candidates, shift(self._stands, -window))
        if shift(first, -window) <= self.listed_from:
            return known_runs(self._connection, place, self._cut.at)
        since = first.isoformat(), min(first, self._reaching(episodes, self._stands)).isoformat()
        before = [run for run in episodes if run.last_day < since[True]][-1:]
        needed = [*before, *(run for run in runs if run.last_day >= since[run.confirmed])]
        self._full.read(needed)
        return [self._full.of(run) for run in needed]

    def _reaching(self, runs: Iterable[ListedRun], day: date) -> date:
        """Return the first day from which runs reach a day, each within the window before the next."""
        for run in sorted(runs, key=lambda run: run.last_day, reverse=True):
            if gap_days(date.fromisoformat(run.last_day), day) <= self._policy.window_days:
                day = min(day, date.fromisoformat(run.first_day))
        return day


class _Sightings(KnownSightings):
    """Sightings up to a cut. Those that last long, until a day or longer, are known for all places."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        place: Place,
        period: Period,
        cut: Cut,
        policy: Policy,
        long: Mapping[Place, Sequence[_Long]],
        long_until: date,
    ) -> None:
        super().__init__(connection, place, period, cut.at, policy, cut.last_day)
        self._long_until = long_until
        self._long = [sighting for name in period.names_of(place[0]) for sighting in long.get((name, place[1]), ())]

    def long_since(self, day: date) -> Iterator[date]:
        if day < self._long_until:  # vague years may join a run to days that lie well before
            yield from super().long_since(day)
        else:
            yield from {long.first_day for long in self._long if long.first_day < day}

    def weak_after(self, begin: date, last_day: str, ends_from: str) -> Iterator[Counted]:
        """Yield the sightings that need corroboration and last longer than others, or to a later certain day."""
        where = f"not qualifies_alone and (last_day > ? or {_ENDS_FROM} > ?)"
        long = {
            long.first_day for long in self._long
            if not long.alone and long.first_day < begin and (long.last_day > last_day or long.ends_from > ends_from)
        }  # fmt: skip
        # Others last at most so many days.
        begin = max(begin, shift(date.fromisoformat(min(last_day, ends_from) or begin.isoformat()), -LONG_DAYS))
        for days in ((begin, self._up_to), *zip(long, long, strict=True)):
            yield from self.between(*days, where, (last_day, ends_from))
