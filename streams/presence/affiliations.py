"""Whom a sighting counts for: the group that was seen, by any of its names, and each group that it belonged to then.

Affiliation never merges: it is looked up anew for each sighting, on the days on which the sighting occurred, and what
is undone here leaves no trace.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from schemas.evidence import Evidence
from schemas.group import Affiliation, Group, GroupsChange
from schemas.names import comparable
from streams.similar_names import Names

GroupDays = tuple[str, date, date]
"""A group, and the days from first to last, both in, on which it is looked at."""

Problem = tuple[tuple[str, ...], str]
"""The ids of the groups that something is wrong with, and a sentence that says what."""


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups that are known at one point of the stream."""

    by_id: Mapping[str, Group]
    ids: Mapping[str, str]
    """Every known name, in the form in which names are compared, and the id of the group that has it."""
    parents_as_written: Mapping[str, str]
    """By its comparable form, each name of a parent that no group has."""

    @classmethod
    def of(cls, groups: Iterable[Group]) -> Groups:
        """Index groups by id and names. Of two that claim one name, the first by id has it; :func:`problems` tells."""
        by_id = {group.id: group for group in sorted(groups, key=lambda group: group.id)}
        ids = {comparable(group_id): group_id for group_id in reversed(by_id)}
        for group in by_id.values():
            for alias in group.names:
                ids.setdefault(comparable(alias.name), group.id)
        parents = [one.parent for group in reversed(by_id.values()) for one in reversed(group.affiliations)]
        return cls(by_id, ids, {form: name for name in parents if (form := comparable(name)) not in ids})

    def resolve(self, name: str) -> str:
        """Return the id of the group; a name that no group has is a group of its own, in its comparable form."""
        form = comparable(name)
        return self.ids.get(form, form)

    def form_of(self, name: str) -> str:
        """Return the comparable form of the id of the group, or of the name that no group has: rows are kept by it."""
        return comparable(self.resolve(name))

    def name_of(self, form: str) -> str:
        """Return the name under which a group of this form is shown: its id; else as others name it as their parent."""
        known = self.registered(form)
        return known.id if known else self.parents_as_written.get(form, form)

    def registered(self, form: str) -> Group | None:
        """Return the group whose id has this comparable form."""
        group = self.by_id.get(self.ids.get(form, ""))
        return group if group and comparable(group.id) == form else None

    def counts_for(self, evidence: Evidence) -> tuple[str, ...]:
        """Return the groups that a sighting counts for, as resolved, each once: the one that was seen comes first.

        An affiliation holds for a sighting when the two share a day; through several levels, when all share one.
        """
        seen = self.resolve(evidence.group)
        group = self.by_id.get(seen)
        if group is None or not group.affiliations:
            return (seen,)
        reached = {group_id for group_id, _, _ in self.above((seen, evidence.first_day, evidence.last_day))}
        return (seen, *sorted(reached - {seen}))

    def above(self, start: GroupDays) -> set[GroupDays]:
        """Return all that a group belonged to, through any number of levels, each with the days that are shared."""
        paths, walked = [start], set[GroupDays]()
        while paths:
            for _, parent in self.parents(paths.pop()):
                if parent not in walked:
                    walked.add(parent)
                    paths.append(parent)
        return walked

    def parents(self, span: GroupDays) -> Iterator[tuple[Affiliation, GroupDays]]:
        """Yield each affiliation of a group that holds on one of the days, and the parent with the days of both."""
        group_id, first, last = span
        group = self.by_id.get(group_id)
        for affiliation in group.affiliations if group else ():
            begin, end = max(first, affiliation.since or first), min(last, affiliation.until or last)
            if begin <= end:
                yield affiliation, (self.resolve(affiliation.parent), begin, end)

    def names_of(self, group: str) -> tuple[str, ...]:
        """Return the other names of a group, by its id in any spelling."""
        known = self.registered(comparable(group))
        return tuple(alias.name for alias in known.names) if known else ()

    def factions_of(self, group_ids: Iterable[str]) -> set[str]:
        """Return these groups and all that ever belonged to one of them, through any number of levels."""
        found = set(group_ids)
        while more := {
            group.id
            for group in self.by_id.values()
            if group.id not in found and any(self.resolve(one.parent) in found for one in group.affiliations)
        }:
            found |= more
        return found


def affected_names(before: Groups, after: Groups, changed: Iterable[str]) -> set[str]:
    """Return the comparable names of all groups whose sightings may count differently after these ids changed."""
    names = set()
    moved = [name for name in before.ids.keys() & after.ids.keys() if before.ids[name] != after.ids[name]]
    # Who loses a name to one of these, or gets it from one, has changed as well.
    changed = {*changed, *(groups.ids[name] for groups in (before, after) for name in moved)}
    for groups in (before, after):
        names |= {comparable(group_id) for group_id in groups.factions_of(changed)}
        names |= {name for name, group_id in groups.ids.items() if group_id in changed}
    return names


def plan(known: Iterable[Group], wanted: Iterable[Group], *, prune: bool) -> GroupsChange:
    """Return what makes the known groups agree with those that are wanted; without ``prune`` the others stay."""
    there = {group.id: group for group in known}
    listed = {group.id: group for group in wanted}
    put = tuple(group for group in listed.values() if there.get(group.id) != group)
    return GroupsChange(put=put, remove=tuple(sorted(there.keys() - listed.keys())) if prune else ())


def problems(groups: Sequence[Group]) -> Iterator[Problem]:
    """Say what is wrong with a set of groups: names claimed twice, circles, and unknown parents."""
    yield from conflicts(groups)
    known = Groups.of(groups)
    names: Names | None = None
    for group in groups:
        for parent in dict.fromkeys(affiliation.parent for affiliation in group.affiliations):
            if comparable(parent) in known.ids:
                continue
            names = names or Names(name for one in groups for name in one.all_names)
            near = " or ".join(map(repr, names.like(parent)))
            cure = f"write {near}, or add it" if near else "add it, or correct it"
            yield (group.id,), f"{group.id!r} belongs to {parent!r}, which is no group here: {cure}"


def conflicts(groups: Sequence[Group]) -> Iterator[Problem]:
    """Say what is wrong with groups whatever others stand beside them: names claimed twice, and circles."""
    known = Groups.of(groups)
    owners: dict[str, tuple[str, str]] = {}
    for group in groups:
        for name in dict.fromkeys(group.all_names):
            written, owner = owners.setdefault(comparable(name), (name, group.id))
            if owner != group.id:
                same = comparable(owner) == comparable(group.id)
                cure = f"write the id as {owner!r}" if same else "leave it with one of them"
                yield (owner, group.id), f"{written!r} names both {owner!r} and {group.id!r}: {cure}"
    for group in groups:
        if any(group.id == above for above, _, _ in known.above(_always(group.id))):
            yield (group.id,), _circle(known, group.id)


def _circle(known: Groups, group_id: str) -> str:
    between = sorted(
        above for above, _, _ in known.above(_always(group_id))
        if above != group_id and any(group_id == again for again, _, _ in known.above(_always(above)))
    )  # fmt: skip
    by_way_of = f" by way of {', '.join(map(repr, dict.fromkeys(between)))}" if between else ""
    cure = "end one of the affiliations earlier" if between else "take this affiliation out"
    return f"{group_id!r} belongs to itself on some day{by_way_of}: {cure}"


def _always(group_id: str) -> GroupDays:
    return group_id, date.min, date.max
