"""Finds names in sightings that belong to no registered group, each with similar known names. Pure.

Comes from the evidence log; goes to :mod:`firstseen.groups.text`. Field names are keys of ``groups unknown -o json``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from schemas.evidence import Evidence, EvidenceChange
from schemas.names import comparable
from streams.presence.affiliations import Groups
from streams.similar_names import Names

MAX_SIMILAR = 3
_MAX_CONSIDERED = 10
"""More than are listed, because a registered group is listed once, by its most similar name."""


@dataclass(frozen=True, slots=True)
class SimilarName:
    """A name similar to an unregistered one."""

    name: str
    group: str | None
    """Id of the registered group with this name; None if it is not registered either."""


@dataclass(frozen=True, slots=True)
class UnknownName:
    """An unregistered name, in all spellings that compare as equal."""

    name: str
    """As written in the sighting that arrived first."""
    spellings: tuple[str, ...]
    """The other spellings."""
    sightings: int
    """Number of sightings on record, without withdrawn ones and those corrected to another name."""
    countries: tuple[str, ...]
    """ISO 3166-1 alpha-2 codes."""
    first_day: date
    """The first day of all its sightings, UTC."""
    first_arrived: datetime
    """When the first of them arrived, UTC."""
    near: tuple[SimilarName, ...]
    """At most three, the most similar first; one name for each registered group."""


def unknown_names(partitions: Iterable[Sequence[EvidenceChange]], groups: Groups) -> list[UnknownName]:
    """Return the unregistered names of an evidence log, the most frequent first."""
    sightings: defaultdict[str, list[_Sighting]] = defaultdict(list)
    for sighting in _on_record(partitions):
        if comparable(sighting.evidence.group) not in groups.ids:
            sightings[comparable(sighting.evidence.group)].append(sighting)
    for same_name in sightings.values():
        same_name.sort(key=lambda sighting: sighting.arrived)  # stable: equal arrivals keep the order of the log
    registered = [name for group in groups.by_id.values() for name in group.all_names]
    names = Names((*registered, *(same_name[0].evidence.group for same_name in sightings.values())))
    found = [_unknown(same_name, names, groups) for same_name in sightings.values()]
    return sorted(found, key=lambda unknown: (-unknown.sightings, comparable(unknown.name)))


@dataclass(frozen=True, slots=True)
class _Sighting:
    evidence: Evidence
    arrived: datetime
    """When it first arrived under this name."""


def _on_record(partitions: Iterable[Sequence[EvidenceChange]]) -> list[_Sighting]:
    arrivals: dict[tuple[str, str], datetime] = {}
    current: list[Evidence] = []
    for changes in partitions:
        by_key: dict[str, Evidence] = {}
        for change in changes:
            if change.remove:
                by_key.pop(change.remove.key, None)
            if change.add:
                by_key[change.add.key] = change.add
                named = change.add.key, comparable(change.add.group)
                arrivals[named] = min(arrivals.get(named, change.add.arrived), change.add.arrived)
        current += by_key.values()
    return [_Sighting(evidence, arrivals[evidence.key, comparable(evidence.group)]) for evidence in current]


def _unknown(sightings: Sequence[_Sighting], names: Names, groups: Groups) -> UnknownName:
    """Describe a name from its sightings, ordered by arrival."""
    name, *others = dict.fromkeys(sighting.evidence.group for sighting in sightings)
    similar: dict[str, SimilarName] = {}
    for alike in names.like(name, most=_MAX_CONSIDERED):
        group = groups.ids.get(comparable(alike))
        similar.setdefault(group or alike, SimilarName(alike, group))
    return UnknownName(
        name=name,
        spellings=tuple(others),
        sightings=len(sightings),
        countries=tuple(sorted({sighting.evidence.country for sighting in sightings})),
        first_day=min(sighting.evidence.first_day for sighting in sightings),
        first_arrived=sightings[0].arrived,
        near=tuple(similar.values())[:MAX_SIMILAR],
    )
