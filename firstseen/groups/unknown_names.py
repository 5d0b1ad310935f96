"""Finds names in sightings that belong to no registered group, each with similar known names. Pure.

Comes from :mod:`history.group_names`; goes to :mod:`firstseen.groups.text`. Field names are keys of
``groups unknown -o json``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from history.group_names import NamedSighting
from schemas.names import comparable
from streams.affiliations import Groups
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


def unknown_names(sightings: Iterable[NamedSighting], groups: Groups) -> list[UnknownName]:
    """Return the names of sightings, which are those of no registered group, the most frequent first.

    The sightings come in order of first arrival.
    """
    by_name: defaultdict[str, list[NamedSighting]] = defaultdict(list)
    for sighting in sightings:
        by_name[comparable(sighting.group)].append(sighting)
    registered = [name for group in groups.by_id.values() for name in group.all_names]
    names = Names((*registered, *(same_name[0].group for same_name in by_name.values())))
    found = [_unknown(same_name, names, groups) for same_name in by_name.values()]
    return sorted(found, key=lambda unknown: (-unknown.sightings, comparable(unknown.name)))


def _unknown(sightings: Sequence[NamedSighting], names: Names, groups: Groups) -> UnknownName:
    """Describe a name from its sightings, ordered by arrival."""
    name, *others = dict.fromkeys(sighting.group for sighting in sightings)
    similar: dict[str, SimilarName] = {}
    for alike in names.like(name, most=_MAX_CONSIDERED):
        group = groups.ids.get(comparable(alike))
        similar.setdefault(group or alike, SimilarName(alike, group))
    return UnknownName(
        name=name,
        spellings=tuple(others),
        sightings=len(sightings),
        countries=tuple(sorted({sighting.country for sighting in sightings})),
        first_day=min(sighting.first_day for sighting in sightings),
        first_arrived=sightings[0].arrived,
        near=tuple(similar.values())[:MAX_SIMILAR],
    )
