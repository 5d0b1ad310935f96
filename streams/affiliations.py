"""Registered groups and a sighting -> the groups that it counts for: the group that was seen, and its parents that day.

Affiliations never merge groups: they are resolved per sighting, for the days of the sighting, and undoing one leaves no
trace.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from operator import is_
from typing import Protocol

from schemas.group import Affiliation, Group, GroupsChange
from schemas.names import comparable

GroupDays = tuple[str, date, date]
"""A group id and a period from first to last day, both inclusive."""


class NamesGroup(Protocol):
    """Anything that names a group on some days, both inclusive: a sighting."""

    @property
    def group(self) -> str: ...  # noqa: D102

    @property
    def first_day(self) -> date: ...  # noqa: D102

    @property
    def last_day(self) -> date: ...  # noqa: D102


@dataclass(frozen=True)
class Groups:
    """The registered groups at one point of the stream."""

    by_id: Mapping[str, Group]
    ids: Mapping[str, str]
    """Id of the group by the comparable form of each of its names."""
    parents_as_written: Mapping[str, str]
    """Name of each unregistered parent by its comparable form."""

    @classmethod
    def of(cls, groups: Iterable[Group]) -> Groups:
        """Index groups by id and names. If two groups share a name, the first by id gets it (see :func:`problems`).

        The same groups are indexed once: every batch asks for them, and there may be thousands.
        """
        return _indexed(_Identical(tuple(groups)))

    def resolve(self, name: str) -> str:
        """Return the id of the group with a name. An unregistered name becomes its own group, in comparable form."""
        form = comparable(name)
        return self.ids.get(form, form)

    def form_of(self, name: str) -> str:
        """Return the comparable form of the group's id, or of an unregistered name. It is the key of rows."""
        return comparable(self.resolve(name))

    def name_of(self, form: str) -> str:
        """Return the display name for a comparable form: the id, or the name that factions use for their parent."""
        group = self.registered(form)
        return group.id if group else self.parents_as_written.get(form, form)

    def display_name(self, form: str, written: str | None, default: str) -> str:
        """Return the id of a registered group, else its name as written, else the name that factions use for it."""
        group = self.registered(form)
        return group.id if group else written or self.parents_as_written.get(form, default)

    def registered(self, form: str) -> Group | None:
        """Return the group whose id has this comparable form; None if there is none."""
        group = self.by_id.get(self.ids.get(form, ""))
        return group if group and comparable(group.id) == form else None

    def counts_for(self, evidence: NamesGroup) -> tuple[str, ...]:
        """Return the ids of the groups that a sighting counts for, the group that was seen first.

        An affiliation applies to a sighting if they share a day. Through several levels, all must share a day.
        """
        seen = self.resolve(evidence.group)
        group = self.by_id.get(seen)
        if group is None or not group.affiliations:
            return (seen,)
        reached = {group_id for group_id, _, _ in self.ancestors((seen, evidence.first_day, evidence.last_day))}
        return (seen, *sorted(reached - {seen}))

    def forms_for(self, evidence: NamesGroup) -> tuple[str, ...]:
        """Return the comparable forms of the groups that a sighting counts for, the group that was seen first."""
        seen = self.resolve(evidence.group)
        return tuple(map(comparable, self.counts_for(evidence))) if seen in self.by_id else (seen,)

    def is_affiliated(self, name: str) -> bool:
        """Whether the group with a name belongs, or belonged, to another one."""
        group = self.by_id.get(self.resolve(name))
        return group is not None and bool(group.affiliations)

    def ancestors(self, start: GroupDays) -> set[GroupDays]:
        """Return the groups that a group belongs to, through any number of levels, each with the shared days."""
        paths, walked = [start], set[GroupDays]()
        while paths:
            for _, parent in self.parents(paths.pop()):
                if parent not in walked:
                    walked.add(parent)
                    paths.append(parent)
        return walked

    def parents(self, span: GroupDays) -> Iterator[tuple[Affiliation, GroupDays]]:
        """Yield each affiliation of a group that overlaps the period, and the parent with the shared days."""
        group_id, first, last = span
        group = self.by_id.get(group_id)
        for affiliation in group.affiliations if group else ():
            begin, end = max(first, affiliation.since or first), min(last, affiliation.until or last)
            if begin <= end:
                yield affiliation, (self.resolve(affiliation.parent), begin, end)

    def names_of(self, group: str) -> tuple[str, ...]:
        """Return the other names of a group, given its id in any spelling."""
        registered = self.registered(comparable(group))
        return tuple(alias.name for alias in registered.names) if registered else ()

    def factions_of(self, form: str) -> tuple[str, ...]:
        """Return the groups that ever belonged to a group, through any number of levels, sorted.

        All are in comparable form.
        """
        return self._factions.get(form, ())

    @cached_property
    def _factions(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, set[str]] = {}
        for group in self.by_id.values():
            form = comparable(group.id)
            for parent, _, _ in self.ancestors((group.id, date.min, date.max)):
                if (ancestor := comparable(parent)) != form:
                    found.setdefault(ancestor, set()).add(form)
        return {form: tuple(sorted(factions)) for form, factions in found.items()}


class _Identical:
    """Groups as a key of a cache: equal to others only if all of them are the same objects."""

    __slots__ = ("groups",)

    def __init__(self, groups: tuple[Group, ...]) -> None:
        self.groups = groups

    def __hash__(self) -> int:
        return hash(tuple(map(id, self.groups)))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _Identical)
            and len(self.groups) == len(other.groups)
            and all(map(is_, self.groups, other.groups))
        )


@lru_cache(maxsize=8)
def _indexed(same: _Identical) -> Groups:
    by_id = {group.id: group for group in sorted(same.groups, key=lambda group: group.id)}
    ids = {comparable(group_id): group_id for group_id in reversed(by_id)}
    for group in by_id.values():
        for alias in group.names:
            ids.setdefault(comparable(alias.name), group.id)
    parents = [affiliation.parent for group in reversed(by_id.values()) for affiliation in reversed(group.affiliations)]
    return Groups(by_id, ids, {form: name for name in parents if (form := comparable(name)) not in ids})


def affected_names(before: Groups, after: Groups, changed: Iterable[str]) -> set[str]:
    """Return the comparable names of all groups whose sightings may count differently after these groups changed."""
    names = set()
    moved = [name for name in before.ids.keys() & after.ids.keys() if before.ids[name] != after.ids[name]]
    # A group that lost a name to another one, or gained it, has changed, too.
    ids = {*changed, *(groups.ids[name] for groups in (before, after) for name in moved)}
    for groups in (before, after):
        forms = {comparable(group_id) for group_id in ids}
        names |= forms | {faction for form in forms for faction in groups.factions_of(form)}
        names |= {name for name, group_id in groups.ids.items() if group_id in ids}
    return names


def plan(known: Iterable[Group], wanted: Iterable[Group], *, prune: bool) -> GroupsChange:
    """Return the change from the known to the wanted groups. With ``prune``, other groups are removed."""
    known_by_id = {group.id: group for group in known}
    wanted_by_id = {group.id: group for group in wanted}
    put = tuple(group for group in wanted_by_id.values() if known_by_id.get(group.id) != group)
    return GroupsChange(put=put, remove=tuple(sorted(known_by_id.keys() - wanted_by_id.keys())) if prune else ())
