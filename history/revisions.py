"""Corrections, withdrawals and changes of groups, from the versions in the read model, with their differences in words.

Goes to :mod:`history.explain` and :mod:`history.change_reasons`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from history.database import instant_of
from history.sighting_rows import evidence_rows
from places.countries import country_name
from schemas.alert import AlertEvent
from schemas.evidence import Evidence
from schemas.group import Affiliation, Group
from schemas.labels import EVIDENCE_FIELDS

RevisionCause = tuple[datetime, str]
"""When a revision arrived, and the key of its sighting; empty for a change of groups."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One change of a sighting or of groups that were on record."""

    arrived: datetime
    what: Literal["corrected", "withdrawn", "groups"]
    details: tuple[str, ...]
    """The differences, in words."""
    before: Evidence | None = None
    """The previous version of the sighting."""
    sighting: Evidence | None = None
    """The new version of the sighting; None if it was withdrawn."""
    groups: tuple[str, ...] = ()
    """Ids of the groups that changed."""
    parents: tuple[str, ...] = ()
    """The groups to which they belonged or now belong, by any name."""

    @property
    def cause(self) -> RevisionCause:
        """What identifies it as the cause of alert events."""
        return self.arrived, self.before.key if self.before else ""

    @property
    def versions(self) -> tuple[Evidence, ...]:
        """The previous and the new version of the sighting, as far as there are any."""
        return tuple(version for version in (self.before, self.sighting) if version)


def causes_of(events: Iterable[AlertEvent]) -> set[RevisionCause]:
    """Return what identifies the revisions that caused alert events."""
    return {(event.arrived, event.cause.sighting.key if event.cause.sighting else "") for event in events}


def group_revision(
    arrived: datetime, known: Mapping[str, Group], put: Sequence[Group], remove: Sequence[str]
) -> Revision:
    """Return a change of groups, given the groups known before it."""
    ids = (*(group.id for group in put), *remove)
    details = tuple(_group_differences(known, put, remove))
    parents = _parents([*put, *(known[group_id] for group_id in ids if group_id in known)])
    return Revision(arrived, "groups", details, groups=ids, parents=parents)


def affiliation_in_words(affiliation: Affiliation) -> str:
    """Return to which group a group belongs, when, and according to which source."""
    source = f" (source: {affiliation.source})" if affiliation.source else ""
    return f"belongs to {affiliation.parent} {affiliation_days_in_words(affiliation)}{source}"


def affiliation_days_in_words(affiliation: Affiliation) -> str:
    """Return the days of an affiliation, both inclusive."""
    match affiliation.since, affiliation.until:
        case None, None:
            return "always"
        case since, None:
            return f"since {since}"
        case None, until:
            return f"until {until}"
        case since, until:
            return f"from {since} to {until}"


def sighting_differences(before: Evidence, after: Evidence) -> Iterator[str]:
    """Yield each difference between two versions of a sighting as ``field: old → new``."""
    if before.country != after.country:
        yield f"country: {country_name(before.country)} → {country_name(after.country)}"
    if before.days != after.days:
        yield f"days: {before.days} → {after.days}"
    for name, label in EVIDENCE_FIELDS.items():
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield f"{label}: {_value_in_words(old)} → {_value_in_words(new)}"


def _value_in_words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)


def _parents(groups: Iterable[Group]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(affiliation.parent for group in groups for affiliation in group.affiliations))


def _group_differences(known: Mapping[str, Group], put: Iterable[Group], remove: Iterable[str]) -> Iterator[str]:
    for group in put:
        before = known.get(group.id) or Group(id=group.id)
        old_names, names = ({alias.name for alias in version.names} for version in (before, group))
        for name in sorted(names - old_names):
            yield f'"{name}" is now a name of {group.id}'
        for name in sorted(old_names - names):
            yield f'"{name}" is no longer a name of {group.id}'
        for affiliation in before.affiliations:
            if affiliation not in group.affiliations:
                yield f"no longer on record: {group.id} {affiliation_in_words(affiliation)}"
        for affiliation in group.affiliations:
            if affiliation not in before.affiliations:
                yield f"{group.id} {affiliation_in_words(affiliation)}"
    for group_id in remove:
        yield f"{group_id} is no longer registered: each of its names is a group of its own"


def sighting_revision(connection: sqlite3.Connection, before: Evidence, ended: str) -> Revision:
    """Return the change that ended a version of a sighting at an instant: a correction, or a withdrawal."""
    where = "source = ? and id = ? and revision > ? and known_from = ? order by revision limit 1"
    found = list(evidence_rows(connection, where, (before.source, before.id, before.revision, ended)))
    if not found:
        return Revision(instant_of(ended), "withdrawn", (), before)
    after = found[0][0]
    return Revision(instant_of(ended), "corrected", tuple(sighting_differences(before, after)), before, after)


def last_revision_between(
    connection: sqlite3.Connection, source: str, sighting_id: str, since: str, until: str
) -> Revision | None:
    """Return the last change of a sighting at or after an instant and before another one; None if there is none."""
    where = "source = ? and id = ? and known_until >= ? and known_until < ? order by known_until desc limit 1"
    found = list(evidence_rows(connection, where, (source, sighting_id, since, until)))
    if not found:
        return None
    before, _, ended = found[0]
    assert ended is not None
    return sighting_revision(connection, before, ended)


def group_revisions(connection: sqlite3.Connection, since: str, until: str) -> Iterator[Revision]:
    """Yield the changes of groups at or after an instant and before another one, by arrival."""
    put: dict[str, list[Group]] = {}
    ended: dict[str, list[str]] = {}
    known: dict[str, Group] = {}
    rows = connection.execute(
        "select group_id, json, known_from, known_until from group_version where known_from < ? order by version",
        (until,),
    )
    for group_id, json, known_from, known_until in rows:
        put.setdefault(known_from, []).append(Group.from_bytes(json.encode()))
        if known_until is not None and known_until < until:
            ended.setdefault(known_until, []).append(group_id)
    for instant in sorted(put.keys() | ended.keys()):
        new = put.get(instant, [])
        removed = sorted(set(ended.get(instant, ())) - {group.id for group in new})
        if instant >= since:
            yield group_revision(instant_of(instant), known, new, removed)
        known |= {group.id: group for group in new}
        known = {group_id: group for group_id, group in known.items() if group_id not in removed}
