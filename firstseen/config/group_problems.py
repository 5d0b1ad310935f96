"""Groups as written in files -> problems: shared names, circular affiliations and unknown parents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from schemas.group import Group
from schemas.names import comparable
from streams.affiliations import GroupDays, Groups
from streams.similar_names import Names

Problem = tuple[tuple[str, ...], str]
"""Ids of the groups with a problem, and a message."""


def problems(groups: Sequence[Group]) -> Iterator[Problem]:
    """Yield the problems in a set of groups: shared names, circular affiliations and unknown parents."""
    yield from conflicts(groups)
    known = Groups.of(groups)
    names: Names | None = None
    for group in groups:
        for parent in dict.fromkeys(affiliation.parent for affiliation in group.affiliations):
            if comparable(parent) in known.ids:
                continue
            names = names or Names(name for listed in groups for name in listed.all_names)
            similar = " or ".join(map(repr, names.like(parent)))
            remedy = f"write {similar}, or add it" if similar else "add it, or correct it"
            yield (group.id,), f"{group.id!r} belongs to {parent!r}, which is not a group here: {remedy}"


def conflicts(groups: Sequence[Group]) -> Iterator[Problem]:
    """Yield the problems that do not depend on other groups: shared names and circular affiliations."""
    known = Groups.of(groups)
    owners: dict[str, tuple[str, str]] = {}
    for group in groups:
        for name in dict.fromkeys(group.all_names):
            written, owner = owners.setdefault(comparable(name), (name, group.id))
            if owner != group.id:
                same = comparable(owner) == comparable(group.id)
                remedy = f"write the id as {owner!r}" if same else "keep it for one of them"
                yield (owner, group.id), f"{written!r} is a name of both {owner!r} and {group.id!r}: {remedy}"
    for group in groups:
        if any(group.id == ancestor for ancestor, _, _ in known.ancestors(_always(group.id))):
            yield (group.id,), _cycle_message(known, group.id)


def _cycle_message(known: Groups, group_id: str) -> str:
    between = sorted(
        ancestor for ancestor, _, _ in known.ancestors(_always(group_id))
        if ancestor != group_id and any(group_id == again for again, _, _ in known.ancestors(_always(ancestor)))
    )  # fmt: skip
    through = f" through {', '.join(map(repr, dict.fromkeys(between)))}" if between else ""
    remedy = "end one of the affiliations earlier" if between else "remove this affiliation"
    return f"{group_id!r} belongs to itself on some day{through}: {remedy}"


def _always(group_id: str) -> GroupDays:
    return group_id, date.min, date.max
