"""Runs of a group in a country -> the same runs without the sightings that begin after a day.

For the evidence known now, the follower has stored the runs of most places (:mod:`history.settled_cuts`). The others
are computed from the sightings near the day.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from history.as_of import KnownRun
from history.database import END_OF_TIME, end_of_day
from history.group_names import KNOWN
from history.known_groups import NamedOnDays, Period, Place
from history.known_sightings import KnownSightings
from history.place_days import PlaceDays
from history.place_runs import PlaceRuns
from history.run_rows import ListedRun, RunsInFull
from history.settled_cuts import settled_runs
from schemas.days import shift
from streams.presence.policy import Policy


@dataclass(frozen=True, slots=True)
class Cut:
    """What a map counts: evidence that is known at an instant and begins up to a day."""

    at: str
    last_day: date


class RunCuts:
    """Cuts the runs of each place."""

    def __init__(
        self, connection: sqlite3.Connection, cut: Cut, period: Period, policy: Policy, full: RunsInFull
    ) -> None:
        """``period`` has the groups that are registered at the time of the cut."""
        self._connection, self._cut, self._period, self._policy, self._full = connection, cut, period, policy, full
        self._stands = shift(cut.last_day, -policy.window_days - policy.corroboration_days)
        """Runs that end before this day are the same with and without later evidence."""
        self.near_from = self._stands.isoformat()

    def is_near(self, run: ListedRun) -> bool:
        """Whether a run comes near the day, so that later evidence may change it."""
        return run.last_day >= self.near_from

    def of(self, place: Place, runs: Sequence[ListedRun]) -> list[KnownRun] | None:
        """Return the runs of a place that come near the day, cut there; None if no later sighting is known.

        ``runs`` are its runs that begin up to the day, in order. Candidates that do not come near it may be left out.
        """
        if not any(map(self.is_near, runs)):
            return None
        if self._ahead is not None:
            return self._cut_again(place, runs) if place in self._ahead else None
        if (settled := self._settled.get(place)) is not None:
            return settled
        return self._cut_again(place, runs)

    @cached_property
    def _settled(self) -> dict[Place, list[KnownRun]]:
        """The runs near the day of the places for which they are written."""
        if self._cut.at < END_OF_TIME:
            return {}
        return settled_runs(self._connection, self._cut.last_day, self.near_from)

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
            for form in self._period.groups.forms_for(NamedOnDays(name, *map(date.fromisoformat, days)))
        }

    def _cut_again(self, place: Place, runs: Sequence[ListedRun]) -> list[KnownRun]:
        known = KnownSightings(self._connection, place, self._period, self._cut.at, self._policy, self._cut.last_day)
        self._full.read(runs)
        days, complete = PlaceDays(self._policy, known), map(self._full.of, runs)
        cut = PlaceRuns(place[0], self._period.groups, days, self._policy, complete)
        return [run for run in cut.cut(self._cut.last_day) if run.last_day >= self._stands]
