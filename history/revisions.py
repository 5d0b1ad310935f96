"""What became of evidence and groups after they first came: corrected, withdrawn, changed; when, and in which words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from places.regions import country_name
from schemas.evidence import Evidence, EvidenceChange
from schemas.group import Affiliation, Group
from schemas.labels import EVIDENCE_FIELDS


@dataclass(frozen=True, slots=True)
class Revision:
    """One change of what was there before."""

    arrived: datetime
    what: Literal["corrected", "withdrawn", "groups"]
    details: tuple[str, ...]
    """What is not as it was, in words."""
    before: Evidence | None = None
    """The sighting as it was."""
    sighting: Evidence | None = None
    """The sighting as it is now; None when it was withdrawn."""
    groups: tuple[str, ...] = ()
    """Ids of the groups that changed."""
    parents: tuple[str, ...] = ()
    """To whom they belonged or belong, by any name."""

    @property
    def versions(self) -> tuple[Evidence, ...]:
        """The sighting as it was and as it is, where there is one."""
        return tuple(one for one in (self.before, self.sighting) if one)


def revisions(partitions: Iterable[Sequence[EvidenceChange]]) -> list[Revision]:
    """Return every correction, withdrawal and change of groups, by arrival.

    A sighting that moved to another region was taken out of one partition and put into another; here it is one
    correction. A change of groups stands in every partition, and is told once for each time that it has there.
    """
    found: dict[object, Revision] = {}
    for part in partitions:
        known: dict[str, Group] = {}
        for change in part:
            if change.groups:
                ids = (*(group.id for group in change.groups.put), *change.groups.remove)
                details = tuple(_regrouped(known, change.groups.put, change.groups.remove))
                parents = _parents([*change.groups.put, *(known[one] for one in ids if one in known)])
                revision = Revision(change.arrived, "groups", details, groups=ids, parents=parents)
                found.setdefault(("groups", change.arrived), revision)
                known |= {group.id: group for group in change.groups.put}
                known = {key: group for key, group in known.items() if key not in change.groups.remove}
            elif change.remove:
                found[change.remove.key, change.remove.revision] = _revised(
                    change, change.remove, change.add or change.elsewhere
                )
    return sorted(found.values(), key=lambda one: one.arrived)


def belongs_in_words(affiliation: Affiliation) -> str:
    """Return to whom a group belongs and when, both days in, and who says so."""
    source = f" (source: {affiliation.source})" if affiliation.source else ""
    return f"belongs to {affiliation.parent} {span_in_words(affiliation)}{source}"


def span_in_words(affiliation: Affiliation) -> str:
    """Return since when and until when a group belongs to another, both days in."""
    match affiliation.since, affiliation.until:
        case None, None:
            return "always"
        case since, None:
            return f"since {since}"
        case None, until:
            return f"until {until}"
        case since, until:
            return f"from {since} to {until}"


def _revised(change: EvidenceChange, before: Evidence, after: Evidence | None) -> Revision:
    if after is None:
        return Revision(change.arrived, "withdrawn", (), before)
    return Revision(change.arrived, "corrected", tuple(differences(before, after)), before, after)


def differences(before: Evidence, after: Evidence) -> Iterator[str]:
    """Say what two versions of a sighting tell differently, each as ``what: old → new``."""
    if before.country != after.country:
        yield f"country: {country_name(before.country)} → {country_name(after.country)}"
    if before.days != after.days:
        yield f"days: {before.days} → {after.days}"
    for name, word in EVIDENCE_FIELDS.items():
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield f"{word}: {_text(old)} → {_text(new)}"


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)


def _parents(groups: Iterable[Group]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(affiliation.parent for group in groups for affiliation in group.affiliations))


def _regrouped(known: Mapping[str, Group], put: Iterable[Group], remove: Iterable[str]) -> Iterator[str]:
    for group in put:
        before = known.get(group.id) or Group(id=group.id)
        old_names, names = ({alias.name for alias in one.names} for one in (before, group))
        for name in sorted(names - old_names):
            yield f'"{name}" is now a name of {group.id}'
        for name in sorted(old_names - names):
            yield f'"{name}" is no longer a name of {group.id}'
        for affiliation in before.affiliations:
            if affiliation not in group.affiliations:
                yield f"it was taken back that {group.id} {belongs_in_words(affiliation)}"
        for affiliation in group.affiliations:
            if affiliation not in before.affiliations:
                yield f"{group.id} {belongs_in_words(affiliation)}"
    for group_id in remove:
        yield f"{group_id} is no longer a known group: its names are groups of their own"
