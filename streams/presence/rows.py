"""The tables of presence in one partition, with the changes of the current batch on top.

:class:`Rows` has the tables. :class:`Place` has the rows of one group in one country, and keeps each row that it reads
until the end of the batch: a batch reads and decodes a row once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date
from heapq import merge
from typing import Any, cast

import msgspec

from faust_batches.step import Changes, Draft, Tables, changes
from places.area_records import AREA
from schemas.alert import AlertState
from schemas.evidence import Evidence
from schemas.group import Group
from schemas.names import comparable
from schemas.presence import (
    AreaRow,
    Day,
    DayCount,
    Episode,
    Presence,
    Regrouping,
    Run,
    SightingRef,
    Spread,
    StoredAlert,
    Tally,
)
from schemas.topics import (
    AFFILIATIONS,
    CANDIDATES,
    COUNTED_AREAS,
    COUNTS,
    DAYS,
    EPISODES,
    PRESENCE,
    REGROUPING,
    SEEN,
    SPREAD,
    STORED_ALERTS,
    TABLES,
    Topic,
)
from streams.affiliations import Groups
from streams.presence.policy import Policy
from streams.presence.qualification import qualifies_alone
from streams.presence.run_table import LAST, RunTable


# A struct, because a named tuple takes three times as long to make, and this is made for each sighting.
class Counted(msgspec.Struct, frozen=True, gc=False):
    """A sighting that counts for a group."""

    evidence: Evidence
    member: str
    """Group that was seen, in the form of :attr:`Place.group`: the group itself or one of its factions."""
    alone: bool
    """True if it proves the presence alone."""
    area: str | None = None
    """Code of the area in which it counts; None: it counts in its country."""

    @property
    def key(self) -> str:
        """Key of its row."""
        seen = self.evidence
        where, seen_in = (self.area, seen.country) if self.area else (seen.country, None)
        return sighting_key(self.member, where, seen.first_day, seen.source, seen.id, alone=self.alone, seen_in=seen_in)

    @property
    def order(self) -> tuple[date, str, str]:
        """First day, source and id: sightings are ordered by these."""
        return self.evidence.first_day, self.evidence.source, self.evidence.id


def sighting_key(
    member: str, country: str, day: date, source: str, sighting_id: str, *, alone: bool, seen_in: str | None = None
) -> str:
    """Return the key of the row of a sighting. ``alone``: it proves the presence alone.

    ``country`` may be an area; ``seen_in`` is then the country. A correction that moves a sighting to another region
    may reach the area before the removal of the earlier version does, which needs a row of its own until then.
    """
    key = f"{_graded_alike(member, country, day, alone=alone)}{source}\0{sighting_id}"
    return f"{key}\0{seen_in}" if seen_in else key


def _graded_alike(member: str, country: str, day: date, *, alone: bool) -> str:
    return f"{member}\0{country}\0{day.isoformat()}\0{'a' if alone else 'w'}\0"


def presence_key(group: str, country: str) -> str:
    """Return the key of a row of ``presence``. All spellings of a group have the same key."""
    return f"{comparable(group)}|{country}"


def spread_key(group: str, region: str) -> str:
    """Return the key of a row of ``spread``. All spellings of a group have the same key."""
    return f"{comparable(group)}|{region}"


PROGRESS = "progress"
"""Key of the row of ``presence-regrouping`` that exists while a change of groups is unfinished."""


class Rows:
    """The tables of one partition."""

    def __init__(self, tables: Tables, policy: Policy) -> None:
        self.policy = policy
        self._drafts: dict[Topic, Draft[Any]] = {topic: Draft(tables[topic]) for topic in TABLES["presence"]}
        self.registered: Draft[Group] = self._drafts[AFFILIATIONS]
        self.presences: Draft[Presence] = self._drafts[PRESENCE]
        self.sightings: Draft[Evidence] = self._drafts[SEEN]
        self.days: Draft[Day] = self._drafts[DAYS]
        self.counts: Draft[DayCount] = self._drafts[COUNTS]
        self.episodes: Draft[Episode] = self._drafts[EPISODES]
        self.candidates: Draft[Run] = self._drafts[CANDIDATES]
        self.alerts: Draft[StoredAlert] = self._drafts[STORED_ALERTS]
        self.spreads: Draft[Spread] = self._drafts[SPREAD]
        self.regrouping: Draft[Regrouping] = self._drafts[REGROUPING]
        self.areas: Draft[AreaRow] = self._drafts[COUNTED_AREAS]
        self.is_regrouping = self.regrouping.get(PROGRESS) is not None
        """Whether the batch begins within a change of groups: days have changed, and their runs have not yet."""
        self.unknown_triggers: dict[tuple[Place, date, bool], None] = {}
        """Runs whose first sighting may have changed in this batch: place, first day, and whether they are episodes."""
        self._places: dict[tuple[str, str], Place] = {}
        self._places_of_name: dict[tuple[str, str], list[Place]] = {}
        self._own_areas: list[AreaRow] | None = None
        self.groups = Groups.of(readable(self.registered))

    @property
    def groups(self) -> Groups:
        """The registered groups."""
        return self._groups

    @groups.setter
    def groups(self, groups: Groups) -> None:
        self._groups = groups
        self._places_of_name.clear()

    def place(self, group: str, country: str, region: str) -> Place:
        """Return a group in a country. ``group`` is in comparable form."""
        if (place := self._places.get((group, country))) is None:
            place = self._places[group, country] = Place(self, group, country, region)
        return place

    @property
    def own_areas(self) -> list[AreaRow]:
        """The areas in which the partition counts its own sightings, by code."""
        if self._own_areas is None:
            self._own_areas = [row for _, row in self.areas.prefix(AREA) if row.area]
        return self._own_areas

    def put_area(self, code: str, row: AreaRow | None) -> None:
        """Set the row of an area; None removes it."""
        self._own_areas = None
        self.areas.put(code, row)

    def area_name(self, code: str) -> str:
        """Return the name of an area."""
        row = self.areas.get(code)
        return row.name if row else code.removeprefix(AREA)

    def counted(self, evidence: Evidence, area: str | None = None) -> tuple[Counted, list[Place]]:
        """Return a sighting with the group that was seen, and the groups that it counts for, that group first.

        ``area`` is the code of the area in which it counts; None: it counts in its country.
        """
        places = self._places_of_name.get((evidence.group, area or evidence.country))
        if places is None:
            places = self._find_places(evidence, area)
        return Counted(evidence, places[0].group, qualifies_alone(evidence, self.policy), area), places

    def _find_places(self, evidence: Evidence, area: str | None) -> list[Place]:
        country, region = (area, "") if area else (evidence.country, evidence.region)
        places = [self.place(group, country, region) for group in self.groups.forms_for(evidence)]
        if not self.groups.is_affiliated(evidence.group):  # otherwise its days also decide
            self._places_of_name[evidence.group, country] = places
        return places

    def settle_triggers(self) -> None:
        """Find the first sighting of each run whose first sighting may have changed."""
        for place, day, confirmed in self.unknown_triggers:
            runs = place.runs(confirmed=confirmed)
            if run := runs.get(day):
                first = next(place.sightings_between(day, day, confirmed=confirmed)).evidence
                trigger = SightingRef(source=first.source, id=first.id)
                if trigger != run.trigger:
                    runs.put(run.replace(trigger=trigger))
        self.unknown_triggers.clear()

    def changes(self) -> Changes:
        """Return the changed rows of all tables."""
        self.settle_triggers()
        return changes(self._drafts.items())


class Place:
    """A group in a country, or in an area, and its rows. Made by :meth:`Rows.place`, once in a batch."""

    def __init__(self, rows: Rows, group: str, country: str, region: str) -> None:
        self.rows, self.policy = rows, rows.policy
        self.group = group
        """Comparable form of the group's id, or of its name if it is not registered."""
        self.country, self.region = country, region
        self.area = country if country.startswith(AREA) else None
        """Code of the area; None for a country."""
        self.prefix = f"{group}\0{country}\0"
        """The beginning of the keys of all its rows, except that of ``presence``."""
        self.presence: Presence | None = rows.presences.get(f"{group}|{country}")
        self.episodes: RunTable[Episode] = RunTable(rows.episodes, self.prefix)
        self.candidates: RunTable[Run] = RunTable(rows.candidates, self.prefix)
        """Its runs of sightings that do not qualify."""
        self._runs = {True: cast("RunTable[Run]", self.episodes), False: self.candidates}
        self._days: dict[date, Day | None] = {}
        self._changed_alerts: dict[str, StoredAlert | None] = {}
        latest = [run.last_day for runs in self._runs.values() if (run := runs.last())]
        self._last_day = date.max if rows.is_regrouping else max(latest, default=date.min)
        """No later day had sightings when the batch began. Most sightings are later, or near it."""

    def runs(self, *, confirmed: bool) -> RunTable[Run]:
        """Return the episodes, or the runs of sightings that do not qualify."""
        return self._runs[confirmed]

    def put_presence(self, row: Presence | None) -> None:
        """Set its row of ``presence``; None removes it."""
        self.presence = row
        self.rows.presences.put(f"{self.group}|{self.country}", row)

    @property
    def spread(self) -> Spread | None:
        """The row of ``spread`` of the group in the region."""
        return self.rows.spreads.get(f"{self.group}|{self.region}")

    def put_spread(self, row: Spread | None) -> None:
        """Set the row of ``spread`` of the group in the region; None removes it."""
        self.rows.spreads.put(f"{self.group}|{self.region}", row)

    def day(self, day: date) -> Day | None:
        """Return the row of a day."""
        if day not in self._days:
            known = day <= self._last_day
            self._days[day] = self.rows.days.get(f"{self.prefix}{day.isoformat()}") if known else None
        return self._days[day]

    def days_on(self, days: Iterable[date]) -> list[tuple[date, Day]]:
        """Return those of some days that have sightings, with their rows."""
        known, found = self._days, []
        for day in days:
            row = known[day] if day in known else self.day(day)
            if row is not None:
                found.append((day, row))
        return found

    def put_day(self, day: date, row: Day | None) -> None:
        """Set the row of a day; None removes it."""
        self._days[day] = row
        self.rows.days.put(f"{self.prefix}{day.isoformat()}", row)

    def days_between(self, first: date, last: date, *, reverse: bool = False) -> Iterator[tuple[date, Day]]:
        """Yield the days with sightings from first to last, both inclusive; with ``reverse`` from last to first."""
        if first == last:  # a read costs a third of a range scan
            yield from self.days_on([first])
            return
        prefix = self.prefix
        keys = f"{prefix}{first.isoformat()}", f"{prefix}{last.isoformat()}"
        for key, row in self.rows.days.range(*keys, reverse=reverse):
            yield date.fromisoformat(key[len(prefix) :]), row

    def sightings_between(self, first: date, last: date, *, confirmed: bool) -> Iterator[Counted]:
        """Yield the qualifying sightings, or the others, that begin from first to last, by first day, source and id."""
        for day, row in self.days_between(first, last):
            yield from in_order(
                [
                    self.sightings_of_day(day, alone=alone)
                    for alone, tally in ((True, row.alone), (False, row.weak))
                    if tally and confirmed == (alone or row.corroborated)
                ]
            )

    def sightings_of_day(self, day: date, *, alone: bool) -> Iterator[Counted]:
        """Yield the sightings that begin on a day and are graded alike, by source and id."""
        return in_order([self.of_member(member, day, alone=alone) for member in self.members()])

    def of_member(self, member: str, day: date, *, alone: bool) -> Iterator[Counted]:
        """Yield those of a member that count for the group."""
        for _, evidence in self.rows.sightings.prefix(_graded_alike(member, self.country, day, alone=alone)):
            if member == self.group or self.group in self.rows.groups.forms_for(evidence):
                yield Counted(evidence, member, alone, self.area)

    def members(self) -> list[str]:
        """Return the group and its factions on record in the country, in comparable form."""
        factions = self.rows.groups.factions_of(self.group)
        return [self.group, *(name for name in factions if self.rows.presences.get(f"{name}|{self.country}"))]

    def alerts_between(self, first: date, last: date) -> dict[str, StoredAlert]:
        """Return the alerts with an anchor from first to last, both inclusive, by key and in the order of keys."""
        begin, end = f"{self.prefix}{first.isoformat()}", f"{self.prefix}{last.isoformat()}{LAST}"
        # Only this object changes these rows. A range of the draft would look among the changes of all places.
        found = {**dict(self.rows.alerts.unchanged(begin, end)), **self._changed_alerts}
        return {key: alert for key, alert in sorted(found.items()) if alert and begin <= key <= end}

    def put_alert(self, key: str, alert: StoredAlert | None) -> None:
        """Set the row of an alert; None removes it."""
        self._changed_alerts[key] = alert
        self.rows.alerts.put(key, alert)

    def alert_key(self, alert: AlertState) -> str:
        """Return the key of the row of an alert."""
        return f"{self.prefix}{alert.anchor.isoformat()}\0{alert.alert_id}"


def readable(groups: Draft[Group]) -> Iterator[Group]:
    """Yield the registered groups. An unreadable row must not fail every change of evidence."""
    for key in groups.keys():  # noqa: SIM118 - a draft is not a mapping
        with suppress(ValueError):
            if group := groups.get(key):
                yield group


def tallies(day: Day, *, confirmed: bool) -> tuple[Tally, ...]:
    """Return the tallies of the sightings of a day that qualify, or of the others."""
    if confirmed:
        return tuple(tally for tally in (day.alone, day.weak if day.corroborated else None) if tally)
    return (day.weak,) if day.weak and not day.corroborated else ()


def count_of(tally: Tally) -> int:
    """Return the number of sightings."""
    return tally.plain + (tally.merged or sum(span.count for span in tally.spans))


def in_order(streams: list[Iterator[Counted]]) -> Iterator[Counted]:
    """Merge sightings by first day, source and id."""
    if not streams:
        return iter(())
    return streams[0] if len(streams) == 1 else merge(*streams, key=lambda counted: counted.order)
