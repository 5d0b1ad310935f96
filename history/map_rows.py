"""The map of a window of days: for each group and country the category, the days and the evidence. Pure.

Comes from :mod:`history.map_runs`; :mod:`history.map_state` compares the rows of two times, :mod:`history.map_text`
puts them into words. The field names are the keys of ``history map -o json``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, NamedTuple, get_args

from history.as_of import KnownRun
from history.known_groups import Place
from history.located_reports import RunReports
from history.run_rows import ListedRun, RunsInFull
from places.countries import region_of
from schemas.codes import CountryCode
from schemas.days import Gap, gap_between
from schemas.labels import KINDS

Category = Literal["new", "back", "returned", "active", "seen before", "candidate"]
"""What a group is in a country for the window.

``new``, ``back``, ``returned``: an episode begins in it, of a kind that :mod:`schemas.labels` maps to this category.
``active``: an earlier episode reaches into it. ``seen before``: all episodes are earlier. ``candidate``: seen in it but
not confirmed.
"""

CATEGORIES: tuple[Category, ...] = get_args(Category)


@dataclass(frozen=True, slots=True)
class Window:
    """The days of a map, both inclusive."""

    first_day: date
    last_day: date

    @classmethod
    def ending(cls, last_day: date, days: int) -> Window:
        """Return a window of the given length in days."""
        return cls(last_day - timedelta(min(days - 1, (last_day - date.min).days)), last_day)


@dataclass(frozen=True, slots=True)
class Row:
    """One group in one country."""

    group: str
    country: CountryCode
    region: str
    category: Category
    since: date | None
    """The first confirmed day on record; None for a candidate without one."""
    since_by: date | None
    """The latest day that ``since`` can be; None if it is exact."""
    first_day: date
    """First day of the episode that decides the category."""
    begins_by: date | None
    """The latest day that ``first_day`` can be; None if it is exact."""
    last_day: date
    """Last day of that episode, inclusive."""
    ends_from: date | None
    """The earliest day that ``last_day`` can be; None if it is exact."""
    previous_last_day: date | None
    """The last day on record before that episode."""
    previous_ends_from: date | None
    """The earliest day that ``previous_last_day`` can be; None if it is exact."""
    origins: int
    """Number of independent origins of its beginning."""
    by_affiliation: tuple[str, ...]
    """The factions that the sightings name; empty if they name the group itself."""
    doubts: tuple[str, ...]

    @property
    def gap(self) -> Gap | None:
        """The days between the previous episode and this one; None without a previous one."""
        return gap_between(self.previous_last_day, self.first_day, self.previous_ends_from, self.begins_by)


RowKey = tuple[str, str, bool]
"""The group in comparable form, the country, and whether the row is a candidate."""


class Picked(NamedTuple):
    """The runs of a group in a country that a map shows."""

    category: Category
    """Of the episode."""
    episode: ListedRun | None
    """The episode that decides the category."""
    first: ListedRun | None
    """The first episode on record."""
    candidate: ListedRun | None

    @property
    def runs(self) -> Iterator[ListedRun]:
        """The runs, some of them more than once."""
        return (run for run in self[1:] if run)


Located = Callable[[ListedRun], RunReports | None]
"""Returns the reports of a run that a filter with conditions on places selects; None: it has none."""


def pick(runs: Iterable[ListedRun], window: Window, located: Located | None = None) -> Picked:
    """Return the runs of a group in a country that a map shows. ``runs`` are in order and begin by its last day.

    With ``located``, only these reports say when the group is seen; a run begins if one of them is of its beginning.
    """
    begins = window.first_day.isoformat()
    lowest, episode, first, candidate = len(CATEGORIES), None, None, None
    for run in runs:
        first = first or (run if run.confirmed else None)
        seen = located(run) if located else None
        if located and seen is None:
            continue
        last_day = seen.days[-1][1].isoformat() if seen else run.last_day
        if not run.confirmed:
            if run.kind and last_day >= begins:
                candidate = run
        elif (rank := _rank(run, begins, last_day, is_news=seen is None or seen.begins)) <= lowest:
            lowest, episode = rank, run
    return Picked(CATEGORIES[min(lowest, _SEEN_BEFORE)], episode, first, candidate)


def rows_of(place: Place, name: str, picked: Picked, full: RunsInFull) -> Iterator[tuple[RowKey, Row]]:
    """Yield the rows of a group in a country."""
    first = full.of(picked.first) if picked.first else None
    if picked.episode:
        yield (*place, False), _row(place, name, picked.category, full.of(picked.episode), first)
    if picked.candidate:
        yield (*place, True), _row(place, name, "candidate", full.of(picked.candidate), first)


_RANKS = {kind: CATEGORIES.index(label.category) for kind, label in KINDS.items()}
_ACTIVE, _SEEN_BEFORE = CATEGORIES.index("active"), CATEGORIES.index("seen before")


def _rank(run: ListedRun, begins: str, last_day: str, *, is_news: bool) -> int:
    """Return the rank of a run's category, for a window that begins on a day.

    ``is_news``: the run is news if it begins in the window; else it is active then.
    """
    if run.first_day >= begins and is_news:
        assert run.kind is not None
        return _RANKS[run.kind]
    return _ACTIVE if last_day >= begins else _SEEN_BEFORE


def _row(place: Place, name: str, category: Category, run: KnownRun, first: KnownRun | None) -> Row:
    return Row(
        group=name,
        country=place[1],
        region=region_of(place[1]),
        category=category,
        since=first.first_day if first else None,
        since_by=first.begins_by if first else None,
        first_day=run.first_day,
        begins_by=run.begins_by,
        last_day=run.last_day,
        ends_from=run.ends_from,
        previous_last_day=run.previous_last_day,
        previous_ends_from=run.previous_ends_from,
        origins=run.begins.origins,
        by_affiliation=run.begins.by_affiliation,
        doubts=run.begins.doubts,
    )
