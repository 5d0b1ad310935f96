"""The groups on record, with their names, parents and factions, and where each was first seen.

``GET /groups`` and ``/groups/{group}`` ask it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from history.episode_selection import EpisodeQuery
from history.episodes import GroupOnRecord, Json, episodes, groups_with_episodes
from history.group_names import find_group, names_on_record, similar_groups
from history.known_groups import period_at
from schemas.codes import CountryCode
from schemas.group import Affiliation, Alias
from schemas.names import comparable
from streams.affiliations import Groups


@dataclass(frozen=True, slots=True)
class GroupSummary:
    """A group that is registered, or that has a confirmed episode."""

    group: str
    """Its id; of an unregistered group, the spelling that arrived first."""
    names: tuple[str, ...]
    """Its other names."""
    is_registered: bool
    parents: tuple[str, ...]
    """The groups to which it ever belonged."""
    factions: tuple[str, ...]
    """The groups that ever belonged to it, directly."""
    countries: tuple[CountryCode, ...]
    """The countries in which it is on record, by code."""
    episodes: int
    first_day: date | None
    """The first day on record; None if there is none."""
    last_day: date | None


@dataclass(frozen=True, slots=True)
class Faction:
    """A group that belongs to another, and when."""

    group: str
    since: date | None
    """First day, inclusive; None: since the beginning."""
    until: date | None
    """Last day, inclusive; None: the affiliation continues."""
    source: str | None
    """Citation."""


@dataclass(frozen=True, slots=True)
class GroupDetails:
    """A group, with the sources for its names and affiliations, and its episodes."""

    summary: GroupSummary
    aliases: tuple[Alias, ...]
    affiliations: tuple[Affiliation, ...]
    factions: tuple[Faction, ...]
    episodes: tuple[Json, ...]
    """By first day."""
    spread: tuple[Json, ...]
    """The first episode in each country, by first day."""


@dataclass(frozen=True, slots=True)
class UnknownName:
    """No group has this name."""

    similar: tuple[str, ...]
    """Known names that resemble it, the most similar first."""


def group_summaries(connection: sqlite3.Connection, query: EpisodeQuery) -> list[GroupSummary]:
    """Return the groups by name. With a filter, return only groups with an episode that it selects."""
    groups = period_at(connection, query.known_at).groups
    found = {row.form: row for row in groups_with_episodes(connection, query)}
    forms = set(found)
    if query.filter is None:
        forms |= {comparable(group.id) for group in groups.by_id.values()}
    factions = _factions(groups)
    summaries = [_summary(groups.name_of(form), form, found.get(form), groups, factions) for form in forms]
    return sorted(summaries, key=lambda summary: group_key(summary.group))


def group_key(name: str) -> tuple[str, str]:
    """Return the key by which groups are ordered."""
    return comparable(name), name


def group_details(connection: sqlite3.Connection, name: str, known_at: str | None) -> GroupDetails | UnknownName:
    """Return what is on record about the group with a name, in any spelling, as known now or at an instant."""
    current, written = names_on_record(connection)
    known = find_group(current, written, name)
    if known is None:
        return UnknownName(tuple(similar_groups(current, written, name)))
    groups = period_at(connection, known_at).groups
    query, form = EpisodeQuery(name, known_at=known_at), groups.form_of(name)
    counted = next(iter(groups_with_episodes(connection, query)), None)
    registered, factions = groups.registered(form), _factions(groups)
    rows = sorted(episodes(connection, query), key=lambda row: (row["first_day"], row["country"]))
    first: dict[str, Json] = {}
    for row in rows:
        first.setdefault(row["country"], row)
    return GroupDetails(
        _summary(known, form, counted, groups, factions),
        registered.names if registered else (),
        registered.affiliations if registered else (),
        tuple(factions.get(form, ())),
        tuple(rows),
        tuple(first.values()),
    )


def _summary(
    name: str, form: str, counted: GroupOnRecord | None, groups: Groups, factions: Mapping[str, Sequence[Faction]]
) -> GroupSummary:
    """Return the summary of a group; ``name`` is shown if it is not registered and has no episode."""
    registered = groups.registered(form)
    parents = registered.affiliations if registered else ()
    counted = counted or GroupOnRecord(form, name, (), 0, None, None)
    return GroupSummary(
        group=registered.id if registered else counted.name,
        names=tuple(alias.name for alias in registered.names) if registered else (),
        is_registered=registered is not None,
        parents=tuple(dict.fromkeys(groups.name_of(groups.form_of(parent.parent)) for parent in parents)),
        factions=tuple(dict.fromkeys(faction.group for faction in factions.get(form, ()))),
        countries=counted.countries,
        episodes=counted.episodes,
        first_day=counted.first_day,
        last_day=counted.last_day,
    )


def _factions(groups: Groups) -> dict[str, list[Faction]]:
    """Return the groups that belong to each other group, by its comparable form."""
    found: dict[str, list[Faction]] = {}
    for group in sorted(groups.by_id.values(), key=lambda group: group.id):
        for parent in group.affiliations:
            faction = Faction(group.id, parent.since, parent.until, parent.source)
            found.setdefault(groups.form_of(parent.parent), []).append(faction)
    return found


@dataclass(frozen=True, slots=True)
class CountryOnRecord:
    """A country where a group is on record, as known now."""

    country: CountryCode
    country_name: str
    region: str
    """UN M49 region of the country."""
    first_seen: date
    """First day of the first episode, UTC."""
    last_seen: date
    """Last day of the last episode, UTC."""
    episodes: int


def countries_on_record(connection: sqlite3.Connection, group: str) -> list[CountryOnRecord]:
    """Return the countries where a group is on record, the latest first. ``group`` is its id, in any spelling."""
    rows = connection.execute(
        "select country, country_name, region, first_seen, last_seen, episodes from first_seen where group_form = ? "
        "order by first_seen desc, country",
        (comparable(group),),
    )
    return [
        CountryOnRecord(country, name, region, date.fromisoformat(first), date.fromisoformat(last), episodes)
        for country, name, region, first, last, episodes in rows
    ]
