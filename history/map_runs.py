"""Episodes and candidates of all groups in all countries as known at an instant, from evidence up to a day.

Comes from the table ``run_version``; goes to :mod:`history.map_rows`. Later evidence does not change a run that ends
well before the day. Those near the day are cut there: for what is known now, they are written already for most places
(:mod:`history.settled_cuts`); others are formed again from the sightings near the day.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from history.as_of import KnownRun
from history.database import END_OF_TIME, end_of_day
from history.group_names import KNOWN as IS_KNOWN
from history.known_groups import KnownGroups, NamedOnDays, Period, Place
from history.known_sightings import KnownSightings
from history.place_days import PlaceDays
from history.place_runs import PlaceRuns
from history.run_rows import KNOWN, ListedRun, RunsInFull, instants
from history.settled_cuts import settled_runs, unsettled_places
from schemas.days import shift
from streams.presence.policy import Policy

Runs = dict[Place, list[ListedRun]]
"""The runs of each group in each country, by days."""


@dataclass(frozen=True, slots=True)
class Cut:
    """What a map counts: evidence that is known at an instant and begins up to a day."""

    at: str
    last_day: date


def runs_up_to(
    connection: sqlite3.Connection,
    cuts: Sequence[Cut],
    groups: KnownGroups,
    policy: Policy,
    full: RunsInFull,
    since: date,
    is_wanted: Callable[[Place], bool] = lambda _: True,
) -> list[Runs]:
    """Return for each cut the runs of each group in each wanted country, by days. All cuts have the same last day.

    Places with the same runs have the same list. ``full`` receives the runs that are cut. Candidates that end well
    before the last day and before ``since`` are left out.
    """
    every = [_RunCuts(connection, cut, groups.before(cut.at), policy, full) for cut in cuts]
    shown = {"last": cuts[0].last_day.isoformat(), "shown_from": min(since.isoformat(), every[0].near_from)}
    current: Runs = {}
    for place, run in _rows(connection, "known_until is null", shown, "indexed by run_version_listed"):
        current.setdefault(place, []).append(run)
    current = {place: sorted(runs) for place, runs in current.items() if is_wanted(place)}
    found = []
    for cuts_of_places in every:
        places = _known_at(connection, cuts_of_places.at, current, shown, is_wanted)
        cuts_of_places.apply(places)
        found.append(places)
    return found


def _known_at(
    connection: sqlite3.Connection, at: str, current: Runs, shown: Mapping[str, str], is_wanted: Callable[[Place], bool]
) -> Runs:
    """Return the runs that were known at an instant, from the current runs and those since replaced."""
    if at >= END_OF_TIME:
        return dict(current)
    found: Runs = {}
    for place, runs in current.items():
        known = runs if all(run.known_from < at for run in runs) else [run for run in runs if run.known_from < at]
        if known:
            found[place] = known
    for condition in KNOWN.ended:
        for place, run in _rows(connection, condition, {**shown, **instants(at)}):
            if is_wanted(place):
                found[place] = sorted([*found.get(place, ()), run])
    return found


def _rows(
    connection: sqlite3.Connection, condition: str, values: Mapping[str, str], index: str = ""
) -> Iterator[tuple[Place, ListedRun]]:
    """Yield the runs that begin up to the day and that a map can show, each with its place."""
    columns = "first_day, last_day, version, status = 'confirmed', kind, known_from, group_form, country"
    shown = "first_day <= :last and (status = 'confirmed' or last_day >= :shown_from)"
    query = f"select {columns} from run_version {index} where {condition} and {shown}"  # noqa: S608 - constants
    for row in connection.execute(query, values):
        yield row[6:], ListedRun._make(row[:6])


class _RunCuts:
    """Cuts the runs of each place."""

    def __init__(
        self, connection: sqlite3.Connection, cut: Cut, period: Period, policy: Policy, full: RunsInFull
    ) -> None:
        """``period`` has the groups that are registered at the time of the cut."""
        self.at, self._last_day = cut.at, cut.last_day
        self._connection, self._period, self._policy, self._full = connection, period, policy, full
        self._stands = shift(cut.last_day, -policy.window_days - policy.corroboration_days)
        """Runs that end before this day are the same with and without later evidence."""
        self.near_from = self._stands.isoformat()

    def apply(self, places: Runs) -> None:
        """Cut the runs that come near the day, so that later evidence may change them."""
        concerned = [*places] if self.at > end_of_day(self._last_day) else [*(self._ahead() & places.keys())]
        settled, unsettled = dict[Place, list[KnownRun]](), set(concerned)
        if self.at >= END_OF_TIME:
            settled = settled_runs(self._connection, self._last_day, self.near_from)
            unsettled = unsettled_places(self._connection, self._last_day)
        for place in concerned:
            far = [run for run in places[place] if run.last_day < self.near_from]
            if len(far) < len(places[place]):
                again = place in unsettled
                cut = self._cut_again(place, places[place]) if again else settled.get(place, [])
                places[place] = [*far, *map(self._full.listed, cut)]

    def _ahead(self) -> set[Place]:
        """Return the places of which a later sighting is known: few are reported before they begin."""
        query = (
            "select group_form, country, first_day, last_day from sighting_version"  # noqa: S608 - constants
            f" where first_day > known_from and first_day > :last and {IS_KNOWN}"
        )
        rows = self._connection.execute(query, {"last": self._last_day.isoformat(), "at": self.at})
        return {
            (form, country)
            for name, country, *days in rows
            for form in self._period.groups.forms_for(NamedOnDays(name, *map(date.fromisoformat, days)))
        }

    def _cut_again(self, place: Place, runs: Sequence[ListedRun]) -> list[KnownRun]:
        known = KnownSightings(self._connection, place, self._period, self.at, self._policy, self._last_day)
        self._full.read(runs)
        days, complete = PlaceDays(self._policy, known), map(self._full.of, runs)
        cut = PlaceRuns(place[0], self._period.groups, days, self._policy, complete)
        return [run for run in cut.cut(self._last_day) if run.last_day >= self._stands]
