"""The registered groups over time, from the table ``group_version``: which groups a sighting counts for, and when.

``history/timeline.py`` and the questions read it; the loader asks it which places a change concerns.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import NamedTuple

from history.database import END_OF_TIME
from schemas.codes import CountryCode
from schemas.group import Group
from schemas.names import comparable
from streams.affiliations import Groups, affected_names

Place = tuple[str, CountryCode]
"""Comparable form of a group's id, or of its name if it is not registered; and a country."""


class NamedOnDays(NamedTuple):
    """The name in a sighting, in any spelling, and its days. They decide for which groups it counts."""

    group: str
    first_day: date
    last_day: date


@dataclass(frozen=True)
class Period:
    """A time in which the registered groups stay the same."""

    begins: str
    """The instant of the change of groups that begins it: it is known after this instant."""
    registered: tuple[Group, ...]

    @cached_property
    def groups(self) -> Groups:
        """The groups, by their names."""
        return Groups.of(self.registered)

    def names_of(self, form: str) -> set[str]:
        """Return the names, in comparable form, of the sightings that may count for a group."""
        return self.spellings_of({form, *self.groups.factions_of(form)})

    def spellings_of(self, members: Iterable[str]) -> set[str]:
        """Return the names, in comparable form, by which sightings name these groups."""
        return {*members}.union(*(self._names.get(member, ()) for member in members))

    @cached_property
    def _members(self) -> dict[str, str]:
        return {}

    @cached_property
    def _names(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name, group_id in self.groups.ids.items():
            found.setdefault(comparable(group_id), []).append(name)
        return found

    def member_of(self, name: str) -> str:
        """Return the group that a name, in comparable form, belongs to: its id in comparable form."""
        member = self._members.get(name)
        if member is None:
            member = self._members[name] = self.groups.form_of(name)
        return member

    def counts(self, form: str, name: str, first_day: date, last_day: date) -> bool:
        """Whether a sighting counts for a group. Both names are in comparable form."""
        return self.member_of(name) == form or form in self.groups.forms_for(NamedOnDays(name, first_day, last_day))

    def counting(self, form: str) -> dict[str, object]:
        """Return, for each name whose sightings may count for a group, what decides on which days they count."""
        groups = self.groups
        belong = tuple(
            (faction, groups.form_of(affiliation.parent), affiliation.since, affiliation.until)
            for faction in groups.factions_of(form) if (group := groups.registered(faction))
            for affiliation in group.affiliations
        )  # fmt: skip
        members = {name: self.member_of(name) for name in self.names_of(form)}
        return {name: None if member == form else (member, belong) for name, member in members.items()}

    def membership(self, form: str) -> object:
        """Return what decides which sightings count for a group: its names, and its factions with theirs."""
        groups, members = self.groups, {form, *self.groups.factions_of(form)}
        return {
            member: (self._names.get(member), groups.form_of(member), groups.registered(member)) for member in members
        }


class KnownGroups:
    """The registered groups at every time."""

    def __init__(self, periods: Iterable[Period]) -> None:
        self._periods = [Period("", ()), *periods]
        self._begins = [period.begins for period in self._periods]

    @classmethod
    def load(cls, connection: sqlite3.Connection) -> KnownGroups:
        """Read the versions of all groups. The same versions are indexed once: every question asks for them."""
        versions = connection.execute("select group_id, json, known_from, known_until from group_version")
        return _known_groups(tuple(versions))

    def before(self, instant: str) -> Period:
        """Return the groups that are known at an instant: those of all changes before it."""
        return self._periods[max(0, bisect_left(self._begins, instant) - 1)]

    def since(self, instant: str) -> list[Period]:
        """Return the period before an instant, and all later periods."""
        number = bisect_left(self._begins, instant)
        return self._periods[max(0, number - 1) :]

    def places_of(self, seen: NamedOnDays, country: CountryCode, since: str) -> set[Place]:
        """Return the places for which a sighting counts at an instant or later."""
        return {(form, country) for period in self.since(since) for form in period.groups.forms_for(seen)}

    def places_changed_at(self, connection: sqlite3.Connection, instant: str, changed: Iterable[str]) -> set[Place]:
        """Return the places for which other sightings may count after the groups with these ids changed."""
        before, after, *later = self.since(instant)
        found: set[Place] = set()
        affected = affected_names(before.groups, after.groups, changed)
        # A faction of a changed group may be seen under any of its names.
        for name in set[str]().union(*(period.spellings_of(affected) for period in (before, after, *later))):
            always = NamedOnDays(name, date.min, date.max)
            forms = {form for period in (before, after, *later) for form in period.groups.forms_for(always)}
            countries = connection.execute(
                "select distinct country from sighting_version where group_form = ?", (name,)
            ).fetchall()
            found.update((form, country) for form in forms for (country,) in countries)
        return found


def period_at(connection: sqlite3.Connection, instant: str | None = None) -> Period:
    """Return the groups that are known at an instant, given as text, or now."""
    return KnownGroups.load(connection).before(instant or END_OF_TIME)


@lru_cache(maxsize=4)
def _known_groups(versions: tuple[tuple[str, str, str, str | None], ...]) -> KnownGroups:
    changes: dict[str, list[tuple[str, Group | None]]] = {}
    for group_id, json, known_from, known_until in versions:
        changes.setdefault(known_from, []).append((group_id, Group.from_bytes(json.encode())))
        if known_until is not None:
            changes.setdefault(known_until, []).append((group_id, None))
    return KnownGroups(_periods(changes))


def _periods(changes: dict[str, list[tuple[str, Group | None]]]) -> Iterator[Period]:
    current: dict[str, Group] = {}
    for instant in sorted(changes):
        for group_id, group in sorted(changes[instant], key=lambda change: change[1] is not None):
            if group is None:
                current.pop(group_id, None)
            else:
                current[group_id] = group
        yield Period(instant, tuple(current.values()))
