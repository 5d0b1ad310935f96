"""The names that sightings use for groups and no register knows, each with the known names that look like it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from schemas.evidence import Evidence, EvidenceChange
from schemas.names import comparable
from streams.presence.affiliations import Groups
from streams.similar_names import Names

MOST_NEAR = 3
_MOST_LOOKED_AT = 10
"""A registered group is told once, by the likest of its names."""


@dataclass(frozen=True, slots=True)
class Near:
    """A name that looks like an unknown one."""

    name: str
    group: str | None
    """Id of the registered group that has it; None when no register knows this name either."""


@dataclass(frozen=True, slots=True)
class UnknownName:
    """A name that no register knows, in all its spellings that compare as equal."""

    name: str
    """As it was written in the first sighting that arrived."""
    spellings: tuple[str, ...]
    """The other spellings."""
    sightings: int
    """On record now: without those that were withdrawn, or corrected to another name."""
    countries: tuple[str, ...]
    """Where, as ISO 3166-1 alpha-2 codes."""
    first_day: date
    """The first day of all its sightings, UTC."""
    first_arrived: datetime
    """When the first of them arrived, UTC."""
    near: tuple[Near, ...]
    """At most three, the likest first; of the names of one group the likest."""


def unknown_names(partitions: Iterable[Sequence[EvidenceChange]], groups: Groups) -> list[UnknownName]:
    """Return the unknown names of a log of evidence, those with most sightings first."""
    sightings: defaultdict[str, list[_Sighting]] = defaultdict(list)
    for sighting in _on_record(partitions):
        if comparable(sighting.evidence.group) not in groups.ids:
            sightings[comparable(sighting.evidence.group)].append(sighting)
    for several in sightings.values():
        several.sort(key=lambda one: one.arrived)  # what arrived together stands in the order of the log
    registered = [name for group in groups.by_id.values() for name in group.all_names]
    names = Names((*registered, *(several[0].evidence.group for several in sightings.values())))
    found = [_unknown(several, names, groups) for several in sightings.values()]
    return sorted(found, key=lambda one: (-one.sightings, comparable(one.name)))


@dataclass(frozen=True, slots=True)
class _Sighting:
    evidence: Evidence
    arrived: datetime
    """When it first arrived under this name."""


def _on_record(partitions: Iterable[Sequence[EvidenceChange]]) -> list[_Sighting]:
    arrivals: dict[tuple[str, str], datetime] = {}
    standing: list[Evidence] = []
    for part in partitions:
        counted: dict[str, Evidence] = {}
        for change in part:
            if change.remove:
                counted.pop(change.remove.key, None)
            if change.add:
                counted[change.add.key] = change.add
                named = change.add.key, comparable(change.add.group)
                arrivals[named] = min(arrivals.get(named, change.add.arrived), change.add.arrived)
        standing += counted.values()
    return [_Sighting(one, arrivals[one.key, comparable(one.group)]) for one in standing]


def _unknown(sightings: Sequence[_Sighting], names: Names, groups: Groups) -> UnknownName:
    """Return what is known of a name whose sightings stand in the order of their arrival."""
    name, *others = dict.fromkeys(one.evidence.group for one in sightings)
    near: dict[str, Near] = {}
    for alike in names.like(name, most=_MOST_LOOKED_AT):
        group = groups.ids.get(comparable(alike))
        near.setdefault(group or alike, Near(alike, group))
    return UnknownName(
        name=name,
        spellings=tuple(others),
        sightings=len(sightings),
        countries=tuple(sorted({one.evidence.country for one in sightings})),
        first_day=min(one.evidence.first_day for one in sightings),
        first_arrived=sightings[0].arrived,
        near=tuple(near.values())[:MOST_NEAR],
    )
