"""The episodes on record, now or as known at an instant, as rows for the API: all of a query, or those of a page.

A filter with conditions on provinces, areas or circles selects the episodes that have a report there
(:mod:`history.located_reports`); their rows have the days of these reports.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args

from history.database import END_OF_TIME
from history.episode_selection import EpisodeQuery, selected_by
from history.located_reports import RunReports
from history.run_rows import runs_at
from places.countries import country_name
from schemas.codes import EpisodeKind
from schemas.labels import KINDS

Json = dict[str, Any]


def episodes(connection: sqlite3.Connection, query: EpisodeQuery) -> list[Json]:
    """Return episodes by group, country and first day."""
    return _named(connection, query, "name || '|' || country || '|' || first_day limit :limit")


def episodes_of_country(connection: sqlite3.Connection, query: EpisodeQuery) -> list[Json]:
    """Return the episodes of one country, the latest first."""
    return _named(connection, query, "first_day desc, name desc")


def counts_by_region(connection: sqlite3.Connection, query: EpisodeQuery) -> dict[str, tuple[int, int]]:
    """Return how many groups and how many episodes are on record in each region that has any."""
    selected, runs = selected_by(connection, query), runs_at(query.known_at)
    counted = (
        f"select region, count(distinct group_form), count(*) from {runs} where {selected.condition} group by region"  # noqa: S608
    )
    return {region: (groups, found) for region, groups, found in connection.execute(counted, selected.values)}


@dataclass(frozen=True, slots=True)
class GroupOnRecord:
    """A group with its confirmed episodes, counted."""

    form: str
    """Comparable form of its id."""
    name: str
    countries: tuple[str, ...]
    """By code."""
    episodes: int
    first_day: date | None
    """None: it has no episode."""
    last_day: date | None


def groups_with_episodes(connection: sqlite3.Connection, query: EpisodeQuery) -> list[GroupOnRecord]:
    """Return the groups that have an episode which a query selects."""
    selected = selected_by(connection, query)
    counted = (
        f"{_NAMES} select group_form, name, json_group_array(distinct country), count(*), min(first_day), max(last_day)"  # noqa: S608
        f" from {_named_runs(query)} where {selected.condition} group by group_form"
    )
    return [
        GroupOnRecord(
            form, name, tuple(sorted(json.loads(codes))), found, date.fromisoformat(first), date.fromisoformat(last)
        )
        for form, name, codes, found, first, last in connection.execute(counted, selected.values)
    ]


@dataclass(frozen=True, slots=True)
class Period:
    """What begins in a month or a year."""

    first_day: date
    kinds: Mapping[EpisodeKind, int]
    """Episodes that begin, by kind."""
    countries: tuple[str, ...]
    """The countries in which an episode other than a return begins, by code."""


def timeline(connection: sqlite3.Connection, query: EpisodeQuery, step: Literal["month", "year"]) -> list[Period]:
    """Return, in order, the periods in which a selected episode begins.

    A report of the beginning of the episode must meet the conditions on places.
    """
    selected = selected_by(connection, query, beginnings=True)
    begins = {"month": "substr(first_day, 1, 7) || '-01'", "year": "substr(first_day, 1, 4) || '-01-01'"}[step]
    counted = (
        f"select {begins} as begins, coalesce(kind, 'first_ever') as kind, count(*), json_group_array(distinct country)"  # noqa: S608
        f" from {runs_at(query.known_at)} where {selected.condition} group by begins, kind order by begins"
    )
    kinds: dict[str, dict[EpisodeKind, int]] = {}
    countries: dict[str, set[str]] = {}
    for period, kind, found, codes in connection.execute(counted, selected.values):
        kinds.setdefault(period, dict.fromkeys(get_args(EpisodeKind), 0))[kind] = found
        if KINDS[kind].by_default:
            countries.setdefault(period, set()).update(json.loads(codes))
    return [
        Period(date.fromisoformat(period), counts, tuple(sorted(countries.get(period, ()))))
        for period, counts in kinds.items()
    ]


def episode_key(episode: Json) -> str:
    """Return the key of an episode, for :attr:`EpisodeQuery.after`."""
    return f"{episode['group']}|{episode['country']}|{episode['first_day']}"


def groups_on_record(connection: sqlite3.Connection) -> list[str]:
    """Return the groups on record anywhere, candidates included, as they are shown, sorted."""
    values = selected_by(connection, EpisodeQuery()).values
    names = (
        f"{_NAMES} select distinct name from shown where form in (select group_form from {runs_at(None)}) order by 1"  # noqa: S608
    )
    return [name for (name,) in connection.execute(names, {key: values[key] for key in ("at", "parents")})]


def _named(connection: sqlite3.Connection, query: EpisodeQuery, order: str) -> list[Json]:
    selected = selected_by(connection, query)
    shown = f"{_SHOWN}, {f'iif({selected.everywhere}, null, version)' if selected.reports else 'null'}"
    named = f"{_NAMES} select {shown} from {_named_runs(query)} where {selected.condition} order by {order}"  # noqa: S608
    return list(_as_json(connection.execute(named, selected.values), query.as_of, selected.reports))


def _named_runs(query: EpisodeQuery) -> str:
    return f"{runs_at(query.known_at)} as run join shown on shown.form = run.group_form"


_NAMES = """
    with shown (form, name) as materialized (
        select group_form, coalesce(
            (select min(group_id) from group_version as registered where registered.group_form = known.group_form
                and registered.known_from < :at and (registered.known_until is null or registered.known_until >= :at)),
            (select written.name from written_name as written
                where written.group_form = known.group_form and written.known_from < :at),
            (select value from json_each(:parents) where key = known.group_form),
            known.group_form
        )
        from (select group_form from written_name union select group_form from group_version
            union select key from json_each(:parents)) as known
    )
"""
"""The names by which groups are shown at an instant."""

_SHOWN = "name, country, region, kind, first_day, last_day, begins_by, ends_from, by_affiliation"


def _as_json(rows: Iterator[Any], as_of: date | None, reports: Mapping[int, RunReports]) -> Iterator[Json]:
    latest = as_of.isoformat() if as_of else END_OF_TIME
    for name, country, region, kind, first_day, last_day, begins_by, ends_from, factions, version in rows:
        row = {
            "group": name,
            "country": country,
            "country_name": country_name(country),
            "region": region,
            "kind": kind,
            "kind_name": KINDS[kind or "first_ever"].filter_names[0],
            "first_day": first_day,
            "last_day": min(last_day, latest),
            "begins_by": begins_by or first_day,
            "ends_from": min(ends_from or last_day, latest),
            "by_affiliation": [] if factions == "[]" else json.loads(factions),
        }
        if seen := reports.get(version):
            row["begins_there"] = seen.begins
            row["days_there"] = [[first.isoformat(), last.isoformat()] for first, last in seen.days]
        yield row
