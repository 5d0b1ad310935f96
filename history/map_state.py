"""Compares two maps of a window of days, as known at two times, and says why they differ.

Comes from the read model; goes to ``firstseen history map`` and to the page. A map contains only evidence that begins
up to its last day. Evidence of that time that arrived later counts in the later map. The field names are the keys of
``history map -o json``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import chain
from typing import NamedTuple

from history.change_reasons import ChangeReasons
from history.database import END_OF_TIME, end_of_day
from history.group_names import display_names
from history.known_groups import KnownGroups, Period, Place
from history.located_reports import LocatedReports, RunReports
from history.map_rows import CATEGORIES, Picked, Row, RowKey, Window, pick, rows_of
from history.map_runs import Cut, runs_up_to
from history.map_text import difference_in_words
from history.run_rows import ListedRun, RunsInFull
from places.countries import country_name
from schemas.codes import CountryCode
from streams.dispatch.on_record_filter import PlaceFilter
from streams.presence.onsets import onset_ends
from streams.presence.policy import Policy


@dataclass(frozen=True, slots=True)
class MapQuery:
    """Which map to show."""

    as_of: date
    known_by: date | None = None
    days: int = 30
    groups: Collection[str] | None = None
    """Only these groups, by any of their names; None: all."""
    candidates: bool = False
    filter: PlaceFilter | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """A group in a country whose row differs between the two times."""

    group: str
    country: CountryCode
    then: Row | None
    now: Row | None
    what: str
    """The difference, in words."""
    because: tuple[str, ...]
    """Its causes, in words."""


@dataclass(frozen=True, slots=True)
class MapState:
    """The map of a window, as known at two times."""

    window: Window
    known_then: date
    """``then`` counts evidence that arrived up to the end of this UTC day."""
    known_now: date | None
    """The same for ``now``; None: all evidence on record."""
    then: tuple[Row, ...]
    now: tuple[Row, ...]
    differences: tuple[Difference, ...]


def map_state(connection: sqlite3.Connection, query: MapQuery, policy: Policy) -> MapState:
    """Return where groups were new in the days up to ``query.as_of``, as known on that day and as known later."""
    window = Window.ending(query.as_of, query.days)
    groups = KnownGroups.load(connection)
    if query.filter is not None:
        query = replace(query, filter=query.filter.resolved(groups.before(END_OF_TIME).groups.form_of))
    then = Cut(end_of_day(query.as_of), query.as_of)
    now = Cut(end_of_day(query.known_by) if query.known_by else END_OF_TIME, query.as_of)
    found = [
        _rows(connection, (then, now), groups, window, replace(query, filter=part), policy)
        for part in (query.filter.parts() if query.filter else (None,))
    ]
    rows_then, rows_now = (_merged(rows) for rows in zip(*found, strict=True))
    reasons = ChangeReasons(connection, then, now, groups, policy)
    return MapState(
        window=window,
        known_then=query.as_of,
        known_now=query.known_by,
        then=_visible(rows_then, query),
        now=_visible(rows_now, query),
        differences=tuple(_differences(rows_then, rows_now, reasons, query, policy)),
    )


class _Selected(NamedTuple):
    """A row, and whether the filter selects it or only its group in its country."""

    row: Row
    is_wanted: bool


def _merged(found: Iterable[Mapping[RowKey, _Selected]]) -> dict[RowKey, _Selected]:
    """Return for each key the row that is wanted, and of several the most newsworthy."""
    merged: dict[RowKey, _Selected] = {}
    for rows in found:
        for key, each in rows.items():
            if key not in merged or _preference(each) < _preference(merged[key]):
                merged[key] = each
    return merged


def _preference(each: _Selected) -> tuple[bool, int]:
    return not each.is_wanted, CATEGORIES.index(each.row.category)


def _rows(
    connection: sqlite3.Connection,
    cuts: tuple[Cut, Cut],
    groups: KnownGroups,
    window: Window,
    query: MapQuery,
    policy: Policy,
) -> list[dict[RowKey, _Selected]]:
    """Return the rows of two maps. A place that is the same in both has the same objects in them.

    ``query`` has a part of the filter (:meth:`PlaceFilter.parts`).
    """
    known = groups.before(END_OF_TIME).groups
    wanted = None if query.groups is None else set(map(known.form_of, query.groups))
    full = RunsInFull(connection)

    def is_wanted(place: Place) -> bool:
        return (wanted is None or place[0] in wanted) and (
            query.filter is None or query.filter.matches(place[:1], place[1])
        )

    shown: list[dict[Place, tuple[str, Picked]]] = []
    found = runs_up_to(connection, cuts, groups, policy, full, window.first_day, is_wanted)
    for cut, places in zip(cuts, found, strict=True):
        names = display_names(connection, {form for form, _ in places}, cut.at, groups.before(cut.at).groups)
        located = _located(connection, query.filter, groups.before(cut.at), cut, policy)
        picked = {}
        for place, runs in places.items():
            if shown and not located and found[0].get(place) is runs:
                picked[place] = names[place[0]], shown[0][place][1]
            else:
                picked[place] = names[place[0]], pick(runs, window, partial(located, place) if located else None)
        shown.append(picked)
    full.read(run for picked in shown for _, each in picked.values() for run in each.runs)
    then, now = shown
    rows_then = {place: list(rows_of(place, *named, full)) for place, named in then.items()}
    rows_now = {
        place: rows_then[place] if then.get(place) == named else list(rows_of(place, *named, full))
        for place, named in now.items()
    }
    return [
        {key: _Selected(row, _is_wanted(key[0], row, query)) for key, row in chain.from_iterable(rows.values())}
        for rows in (rows_then, rows_now)
    ]


def _located(
    connection: sqlite3.Connection, wanted: PlaceFilter | None, period: Period, cut: Cut, policy: Policy
) -> Callable[[Place, ListedRun], RunReports | None] | None:
    """Return the function that finds the reports of a run that a filter selects; None without conditions on places."""
    clauses = wanted.clauses if wanted else ()
    if not clauses or clauses[0].places is None:
        return None
    reports = LocatedReports(connection, clauses[0], period, cut.at, policy, cut.last_day)

    def of(place: Place, run: ListedRun) -> RunReports | None:
        days = date.fromisoformat(run.first_day), date.fromisoformat(run.last_day)
        return reports.of(place, *days, confirmed=bool(run.confirmed))

    return of


def _visible(rows: Mapping[RowKey, _Selected], query: MapQuery) -> tuple[Row, ...]:
    visible = (
        row for row, is_wanted in rows.values() if is_wanted and (query.candidates or row.category != "candidate")
    )
    return tuple(sorted(visible, key=_order))


def _is_wanted(form: str, row: Row, query: MapQuery) -> bool:
    return query.filter is None or query.filter.matches_episode(form, row.country, row.category, row.origins)


def _order(row: Row) -> tuple[int, date, str, str]:
    return CATEGORIES.index(row.category), row.first_day, country_name(row.country), row.group


def _differences(
    selected_then: Mapping[RowKey, _Selected],
    selected_now: Mapping[RowKey, _Selected],
    reasons: ChangeReasons,
    query: MapQuery,
    policy: Policy,
) -> list[Difference]:
    rows_then, rows_now = ({key: row for key, (row, _) in rows.items()} for rows in (selected_then, selected_now))
    changed = (key for key in (*rows_then, *rows_now) if rows_then.get(key) is not rows_now.get(key))
    pairs = dict.fromkeys(key[:2] for key in changed)
    found = []
    for group, country in pairs:
        then, now = (visible_row(rows, group, country, query) for rows in (rows_then, rows_now))
        if then is now or comparison_key(then) == comparison_key(now):
            continue
        shown = ((selected_then, then), (selected_now, now))
        if not any(rows[group, country, row.category == "candidate"].is_wanted for rows, row in shown if row):
            continue
        last = max(row.first_day for row in (then, now) if row)
        because = reasons.of((group, country), last, onset_ends(last, policy))
        row = now or then
        assert row is not None
        found.append(Difference(row.group, country, then, now, difference_in_words(then, now), because))
    return sorted(found, key=_difference_order)


def _difference_order(difference: Difference) -> tuple[int, str, str]:
    categories = (CATEGORIES.index(row.category) for row in (difference.then, difference.now) if row)
    return min(categories), country_name(difference.country), difference.group


def visible_row(rows: Mapping[RowKey, Row], group: str, country: str, query: MapQuery) -> Row | None:
    """Return the row that a map shows: the candidate only where nothing is confirmed in the window."""
    confirmed, candidate = rows.get((group, country, False)), rows.get((group, country, True))
    if candidate and (confirmed is None or (query.candidates and confirmed.category == "seen before")):
        return candidate
    return confirmed


def comparison_key(row: Row | None) -> object:
    """Return the parts of a row that make a difference worth listing."""
    if row is None:
        return None
    days = (row.since, row.since_by, row.first_day, row.begins_by)
    return row.category, days, row.by_affiliation, bool(row.doubts)
