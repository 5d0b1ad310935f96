"""The episodes on record, now or as known at an instant, as rows for the API: all of a query, or those of a page."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args

from history.database import END_OF_TIME
from history.known_groups import KnownGroups
from history.runs_at import instants, runs_at
from places import regions
from places.countries import country_name
from schemas.codes import EpisodeKind
from schemas.labels import KINDS
from streams.dispatch.on_record_filter import PlaceFilter

Json = dict[str, Any]


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


def episodes(connection: sqlite3.Connection, query: EpisodeQuery) -> list[Json]:
    """Return episodes by group, country and first day."""
    return _named(connection, query, "name || '|' || country || '|' || first_day limit :limit")


def episodes_of_country(connection: sqlite3.Connection, query: EpisodeQuery) -> list[Json]:
    """Return the episodes of one country, the latest first."""
    return _named(connection, query, "first_day desc, name desc")


def counts_by_region(connection: sqlite3.Connection, query: EpisodeQuery) -> dict[str, tuple[int, int]]:
    """Return how many groups and how many episodes are on record in each region that has any."""
    condition, values = _selected(connection, query)
    runs = runs_at(query.known_at)
    counted = f"select region, count(distinct group_form), count(*) from {runs} where {condition} group by region"  # noqa: S608
    return {region: (groups, found) for region, groups, found in connection.execute(counted, values)}


@dataclass(frozen=True, slots=True)
class GroupOnRecord:
    """A group with its confirmed episodes, counted."""

    form: str
    """Comparable form of its id."""
    name: str
    countries: tuple[str, ...]
    """By code."""
    episodes: int
    first_day: date
    last_day: date


def groups_with_episodes(connection: sqlite3.Connection, query: EpisodeQuery) -> list[GroupOnRecord]:
    """Return the groups that have an episode which a query selects."""
    condition, values = _selected(connection, query)
    counted = (
        f"{_NAMES} select group_form, name, json_group_array(distinct country), count(*), min(first_day), max(last_day)"  # noqa: S608
        f" from {_named_runs(query)} where {condition} group by group_form"
    )
    return [
        GroupOnRecord(
            form, name, tuple(sorted(json.loads(codes))), found, date.fromisoformat(first), date.fromisoformat(last)
        )
        for form, name, codes, found, first, last in connection.execute(counted, values)
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
    """Return the periods in which an episode begins that a query selects, in order."""
    condition, values = _selected(connection, query)
    begins = {"month": "substr(first_day, 1, 7) || '-01'", "year": "substr(first_day, 1, 4) || '-01-01'"}[step]
    counted = (
        f"select {begins} as begins, coalesce(kind, 'first_ever') as kind, count(*), json_group_array(distinct country)"  # noqa: S608
        f" from {runs_at(query.known_at)} where {condition} group by begins, kind order by begins"
    )
    kinds: dict[str, dict[EpisodeKind, int]] = {}
    countries: dict[str, set[str]] = {}
    for period, kind, found, codes in connection.execute(counted, values):
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
    _, values = _selected(connection, EpisodeQuery())
    names = (
        f"{_NAMES} select distinct name from shown where form in (select group_form from {runs_at(None)}) order by 1"  # noqa: S608
    )
    return [name for (name,) in connection.execute(names, {key: values[key] for key in ("at", "parents")})]


def _named(connection: sqlite3.Connection, query: EpisodeQuery, order: str) -> list[Json]:
    condition, values = _selected(connection, query)
    named = f"{_NAMES} select {_SHOWN} from {_named_runs(query)} where {condition} order by {order}"  # noqa: S608
    rows = connection.execute(named, values)
    return list(_as_json(rows, query.as_of))


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

_SHOWN = "name, country, region, kind, first_day, last_day, begins_by, ends_from"


def _selected(connection: sqlite3.Connection, query: EpisodeQuery) -> tuple[str, dict[str, Any]]:
    """Return a condition for the runs, and its values."""
    at = query.known_at or END_OF_TIME
    groups = KnownGroups.load(connection).before(at).groups
    parents = json.dumps(dict(groups.parents_as_written))
    values: dict[str, Any] = {**instants(at), "parents": parents, "limit": _limit(query.limit)}
    parts = ["status = 'confirmed'"]
    if query.group is not None:
        parts.append("group_form = :form")
        values["form"] = groups.form_of(query.group)
    if query.region is not None:
        parts.append("country in (select value from json_each(:countries))")
        values["countries"] = json.dumps(sorted(regions.members().get(query.region, ())))
    if query.country is not None:
        parts.append("country = :country")
        values["country"] = query.country
    if query.as_of is not None:
        parts.append("first_day <= :as_of")
        values["as_of"] = query.as_of.isoformat()
    if query.first is not None:
        parts.append("first_day >= :first")
        values["first"] = query.first.isoformat()
    if query.after is not None:
        parts.append("name || '|' || country || '|' || first_day > :after")
        values["after"] = query.after
    if query.filter is not None:
        parts.append(_filtered(query.filter.resolved(groups.form_of), values))
    return " and ".join(parts), values


def _filtered(wanted: PlaceFilter, values: dict[str, Any]) -> str:
    """Return the condition of a filter; add its values."""
    alternatives = []
    for number, clause in enumerate(wanted.clauses):
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
        alternatives.append(f"({' and '.join(parts)})")
    return f"({' or '.join(alternatives)})"


def _limit(limit: int | None) -> int:
    return -1 if limit is None else limit


def _as_json(rows: Iterator[Any], as_of: date | None) -> Iterator[Json]:
    latest = as_of.isoformat() if as_of else END_OF_TIME
    for name, country, region, kind, first_day, last_day, begins_by, ends_from in rows:
        yield {
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
        }
