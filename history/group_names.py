"""The names of groups: displayed names, names on record, similar names, and the group that a name means."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from typing import NamedTuple

from history.database import instant_of
from history.known_groups import period_at
from schemas.codes import CountryCode
from schemas.names import comparable
from streams.affiliations import Groups

KNOWN = "known_from < :at and (known_until is null or known_until >= :at)"
"""Condition for the rows that are known at the instant ``at``."""


def display_names(connection: sqlite3.Connection, forms: Iterable[str], at: str, groups: Groups) -> Mapping[str, str]:
    """Return the names by which groups are shown at an instant: the id, or else the name as it was written first."""
    query = "select group_form, name from written_name where known_from < ?"
    written: dict[str, str] = dict(connection.execute(query, (at,)))
    return {form: groups.display_name(form, written.get(form), form) for form in forms}


def names_on_record(connection: sqlite3.Connection) -> tuple[Groups, list[str]]:
    """Return the registered groups, and every name that sightings and alerts use for a group, in order of arrival."""
    written = connection.execute("select name from written_name order by known_from, name").fetchall()
    alerted = connection.execute("select group_id from alert_event order by arrived").fetchall()
    names = dict.fromkeys(name for (name,) in (*written, *alerted))
    return period_at(connection).groups, list(names)


def find_group(groups: Groups, group_names: Iterable[str], name: str) -> str | None:
    """Return the id of the group with a name, in any spelling; None if it is unknown.

    ``group_names`` are the names that sightings use. A name of no registered group is a group of its own; its id is the
    spelling that arrived first, or else the one that its factions use for their parent.
    """
    form = groups.resolve(name)
    if form in groups.by_id:
        return form
    written = next((used for used in group_names if comparable(used) == form), None)
    return written or groups.parents_as_written.get(form)


def similar_groups(groups: Groups, group_names: Iterable[str], name: str) -> list[str]:
    """Return up to five known names that resemble this one, the most similar first."""
    by_form: dict[str, str] = {}
    for used in group_names:
        by_form.setdefault(comparable(used), used)
    for group in groups.by_id.values():
        by_form |= {comparable(alias): alias for alias in (*groups.names_of(group.id), group.id)}
    return [by_form[form] for form in get_close_matches(comparable(name), by_form, n=5, cutoff=0.6)]


@dataclass(frozen=True, slots=True)
class GroupNames:
    """A group and all of its names."""

    name: str
    """The name that is shown: the id of a registered group, or the spelling that arrived first."""
    others: tuple[str, ...]


def all_group_names(connection: sqlite3.Connection) -> list[GroupNames]:
    """Return the groups that are registered, named as a parent, or in any sighting, by name."""
    groups = period_at(connection).groups
    written = connection.execute("select group_form, name from written_name").fetchall()
    unregistered = {form: name for form, name in written if form not in groups.ids}
    unregistered |= {form: name for form, name in groups.parents_as_written.items() if form not in unregistered}
    found = [GroupNames(group.id, tuple(alias.name for alias in group.names)) for group in groups.by_id.values()]
    found += [GroupNames(name, ()) for name in unregistered.values()]
    return sorted(found, key=lambda group: (comparable(group.name), group.name))


def group_names_version(connection: sqlite3.Connection) -> tuple[object, ...]:
    """Return a value that changes with :func:`all_group_names`, and costs less."""
    (written,) = connection.execute("select count(*) from written_name").fetchone()
    registered = connection.execute(
        "select count(*), max(version), count(known_until), max(known_until) from group_version"
    ).fetchone()
    (fill,) = connection.execute("select value from identity where key = 'fill'").fetchone()
    return fill, written, *registered


class NamedSighting(NamedTuple):
    """The fields of a sighting that matter for its name."""

    group: str
    """The name, as written."""
    country: CountryCode
    first_day: date
    arrived: datetime
    """When it first arrived under this name."""


def unregistered_sightings(connection: sqlite3.Connection) -> tuple[Groups, list[NamedSighting]]:
    """Return the registered groups, and the current sightings under other names, in order of first arrival."""
    groups = period_at(connection).groups
    rows = connection.execute(
        "select group_written, country, first_day, (select min(arrived) from sighting_version as earlier"
        " where earlier.source = current.source and earlier.id = current.id"
        " and earlier.group_form = current.group_form) as first_arrived"
        " from sighting_version as current where known_until is null"
        " and group_form in"
        " (select group_form from written_name where group_form not in (select value from json_each(?)))"
        " order by first_arrived, version",
        (json.dumps(list(groups.ids)),),
    )
    sightings = [
        NamedSighting(group, country, date.fromisoformat(first), instant_of(arrived))
        for group, country, first, arrived in rows
    ]
    return groups, sightings
