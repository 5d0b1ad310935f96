"""A question about episodes -> the condition in SQL that selects their rows, with its values.

:mod:`history.episodes` asks. A filter with conditions on provinces, areas or circles selects the episodes that have a
report there (:mod:`history.located_reports`).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from history.database import END_OF_TIME
from history.known_groups import Period, period_at
from history.located_reports import LocatedReports, RunReports
from history.run_rows import instants, runs_at
from places import regions
from schemas.labels import KINDS
from streams.dispatch.on_record_filter import PlaceClause, PlaceFilter
from streams.presence.policy import Policy


@dataclass(frozen=True, slots=True)
class EpisodeQuery:
    """Which episodes to return; None selects all."""

    group: str | None = None
    """By any of its names, in any spelling."""
    region: str | None = None
    """A region of UN M49, of any level."""
    country: str | None = None
    as_of: date | None = None
    """Only episodes that began by this day, cut there."""
    known_at: str | None = None
    """As known at this instant, as text; None: now."""
    after: str | None = None
    """Only episodes after the one that this key names, in the order of keys."""
    limit: int | None = None
    first: date | None = None
    """Only episodes that begin on this day or later."""
    filter: PlaceFilter | None = None
    window_days: int = Policy().window_days
    """The window of the rules: reports up to this many days after the first one belong to the beginning of an episode.
    """


@dataclass(frozen=True, slots=True)
class Selection:
    """The conditions that select the runs of a query."""

    condition: str
    """Holds for the runs that a query selects."""
    values: dict[str, Any]
    everywhere: str = "false"
    """Holds for the runs that the filter selects wherever their reports are."""
    reports: Mapping[int, RunReports] = field(default_factory=dict)
    """By the number of the run's version, the reports that meet the filter's conditions on places."""


def selected_by(connection: sqlite3.Connection, query: EpisodeQuery, *, beginnings: bool = False) -> Selection:
    """Return the conditions that select the runs.

    With ``beginnings``, conditions on places must hold for how a run begins.
    """
    period = period_at(connection, query.known_at)
    parts, values = _own_conditions(query, period)
    page = [] if query.after is None else ["name || '|' || country || '|' || first_day > :after"]
    if query.filter is None:
        return Selection(" and ".join([*parts, *page]), values)
    everywhere, somewhere, reports = list[str](), list[str](), dict[int, RunReports]()
    for number, clause in enumerate(query.filter.resolved(period.groups.form_of).clauses):
        condition = _condition(clause, number, values)
        if clause.places is None:
            everywhere.append(condition)
            continue
        runs = _runs_with_reports(connection, query, period, clause, " and ".join([*parts, condition]), values)
        if beginnings or clause.categories:
            runs = {version: seen for version, seen in runs.items() if seen.begins}
        for version, seen in runs.items():
            reports[version] = seen.joined(reports[version]) if version in reports else seen
        values[f"versions_{number}"] = json.dumps(list(runs))
        somewhere.append(f"version in (select value from json_each(:versions_{number}))")  # noqa: S608 - a number
    condition = " and ".join([*parts, *page, _any((*everywhere, *somewhere))])
    return Selection(condition, values, _any(everywhere), reports)


def _own_conditions(query: EpisodeQuery, period: Period) -> tuple[list[str], dict[str, Any]]:
    """Return the conditions of a query without those of its filter and page, and all of its values."""
    groups = period.groups
    values: dict[str, Any] = {
        **instants(query.known_at or END_OF_TIME),
        "parents": json.dumps(dict(groups.parents_as_written)),
        "limit": -1 if query.limit is None else query.limit,
        "after": query.after,
    }
    parts = ["status = 'confirmed'"]
    if query.group is not None:
        parts.append("group_form = :form")
        values["form"] = groups.form_of(query.group)
    if query.region is not None:
        parts.append("country in (select value from json_each(:countries))")
        values["countries"] = json.dumps(sorted(regions.members().get(query.region, ())))
    for number, (column, value) in enumerate(
        {"country =": query.country, "first_day <=": query.as_of, "first_day >=": query.first}.items()
    ):
        if value is not None:
            parts.append(f"{column} :value_{number}")
            values[f"value_{number}"] = str(value)
    return parts, values


def _any(conditions: Sequence[str]) -> str:
    return f"({' or '.join(conditions) or 'false'})"


def _runs_with_reports(
    connection: sqlite3.Connection,
    query: EpisodeQuery,
    period: Period,
    clause: PlaceClause,
    condition: str,
    values: Mapping[str, Any],
) -> dict[int, RunReports]:
    """Return the reports that meet a clause, by the versions of the runs that a condition selects and that have any."""
    policy = Policy(window_days=query.window_days)
    located = LocatedReports(connection, clause, period, values["at"], policy, query.as_of or date.max)
    places = json.dumps([f"{form}|{country}" for form, country in located.places])
    runs = (
        f"select version, group_form, country, first_day, last_day from {runs_at(query.known_at)}"  # noqa: S608
        f" where {condition} and group_form || '|' || country in (select value from json_each(:places))"
    )
    found = {
        version: located.of((form, country), *map(date.fromisoformat, days), confirmed=True)
        for version, form, country, *days in connection.execute(runs, {**values, "places": places}).fetchall()
    }
    return {version: seen for version, seen in found.items() if seen}


def _condition(clause: PlaceClause, number: int, values: dict[str, Any]) -> str:
    """Return the condition of a clause without its places, and add its values."""
    kinds = (kind for kind, label in KINDS.items() if clause.categories and label.category in clause.categories)
    lists: dict[str, Iterable[str] | None] = {
        "group_form in": clause.groups or None,
        "group_form not in": clause.not_groups or None,
        "country in": clause.countries,
        "coalesce(kind, 'first_ever') in": None if clause.categories is None else kinds,
    }
    parts = [f"origins >= {clause.least_origins}"]
    for place, (condition, listed) in enumerate(lists.items()):
        if listed is not None:
            name = f"filter_{number}_{place}"
            parts.append(f"{condition} (select value from json_each(:{name}))")  # noqa: S608 - constants
            values[name] = json.dumps(sorted(listed))
    return f"({' and '.join(parts)})"
