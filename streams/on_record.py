"""Rows of presence -> what is on record about each group in each country, for other packages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple, TypeVar

from places.area_records import AREA
from schemas.codes import CountryCode
from schemas.evidence import Evidence
from schemas.names import comparable
from schemas.presence import Episode, Presence, Run, Spread
from streams.presence.appearances import Appearance, appearances
from streams.presence.policy import Policy
from streams.presence.rows import Place, in_order

Row = TypeVar("Row", Presence, Spread)


@dataclass(frozen=True, slots=True)
class OnRecord:
    """One group in one country."""

    group: str
    """Display name."""
    country: CountryCode
    region: str
    episodes: tuple[Episode, ...]
    """In order of days. They never touch."""
    candidates: tuple[Run, ...]
    """Runs of sightings that do not qualify, in order of days."""

    def appearances(self, policy: Policy) -> list[Appearance]:
        """Return its episodes and candidates, by first day."""
        return appearances(self.country, self.episodes, self.candidates, policy)

    @property
    def first_day(self) -> date:
        """First day of all runs."""
        return min((run.first_day for run in (*self.episodes[:1], *self.candidates[:1])), default=date.max)


class Entry(NamedTuple):
    """A sighting that counts for a group in a country."""

    evidence: Evidence
    member: str
    """Group that was seen, in comparable form: the group itself or one of its factions."""
    qualifies: bool
    """True if its grade suffices or its day is corroborated."""


def entries(place: Place, first: date, last: date) -> Iterator[Entry]:
    """Yield the sightings that begin from first to last, both inclusive, by first day, source and id."""
    for day, row in place.days_between(first, last):
        for counted in in_order([place.sightings_of_day(day, alone=alone) for alone in (True, False)]):
            yield Entry(counted.evidence, counted.member, counted.alone or row.corroborated)


def on_record(
    presences: Mapping[str, Presence], episodes: Mapping[str, Episode], candidates: Mapping[str, Run]
) -> list[OnRecord]:
    """Return each group in each country, sorted by key. A group has the same display name in all regions."""
    own_episodes, own_candidates = _by_place(episodes), _by_place(candidates)
    found = {
        key: OnRecord(row.group, row.country, row.region, own_episodes.get(key, ()), own_candidates.get(key, ()))
        for key, row in sorted(presences.items())
        if not row.country.startswith(AREA)  # the area of a user is not a country
    }
    names = display_names(found.values())
    return [replace(row, group=names[comparable(row.group)]) for row in found.values()]


AnyRun = TypeVar("AnyRun", bound=Run)


def _by_place(runs: Mapping[str, AnyRun]) -> dict[str, tuple[AnyRun, ...]]:
    found: dict[str, list[AnyRun]] = {}
    for key in sorted(runs):
        group, country, _ = key.split("\0")
        found.setdefault(f"{group}|{country}", []).append(runs[key])
    return {key: tuple(rows) for key, rows in found.items()}


def display_names(rows: Iterable[OnRecord]) -> dict[str, str]:
    """Return the display name by comparable form: the spelling in the row with the earliest first day.

    Each region stores the spelling that it saw first.
    """
    first: dict[str, tuple[date, str]] = {}
    for row in rows:
        form, name = comparable(row.group), (row.first_day, row.group)
        first[form] = min(name, first.get(form, name))
    return {form: name for form, (_, name) in first.items()}


def with_display_name(row: Row, names: Mapping[str, str]) -> Row:
    """Return the row with the display name of its group."""
    name = names.get(comparable(row.group), row.group)
    return row if name == row.group else row.replace(group=name)
