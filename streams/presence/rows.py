"""The tables of presence in one partition, with the changes of the current batch on top, and scans over them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date
from functools import lru_cache
from heapq import merge
from itertools import islice
from typing import NamedTuple, cast

from faust_batches.step import Changes, Draft, Tables, changes
from schemas.alert import AlertState
from schemas.evidence import Evidence
from schemas.group import Group
from schemas.names import comparable
from schemas.presence import Day, DayCount, Episode, Presence, Regrouping, Run, SightingRef, Spread, StoredAlert, Tally
from schemas.topics import (
    AFFILIATIONS,
    CANDIDATES,
    COUNTS,
    DAYS,
    EPISODES,
    PRESENCE,
    REGROUPING,
    SEEN,
    SPREAD,
    STORED_ALERTS,
)
from streams.presence.affiliations import Groups
from streams.presence.policy import Policy
from streams.presence.qualification import qualifies_alone
from streams.presence.run_table import LAST, RunTable

_FEW = 8
"""Alerts of a group in a country that are kept in memory for the rest of a batch."""


class GroupCountry(NamedTuple):
    """A group in a country. Made by :func:`group_in`."""

    group: str
    """Comparable form of the group's id, or of its name if it is not registered."""
    country: str
    region: str
    key: str
    """Key of the row of ``presence``."""
    prefix: str
    """The beginning of all other keys of the group in the country."""


@lru_cache(maxsize=8192)
def group_in(group: str, country: str, region: str) -> GroupCountry:
    """Return a group in a country. ``group`` is in comparable form."""
    return GroupCountry(group, country, region, f"{group}|{country}", f"{group}\0{country}\0")


class Counted(NamedTuple):
    """A sighting that counts for a group."""

    evidence: Evidence
    member: str
    """Group that was seen, in the form of :attr:`GroupCountry.group`: the group itself or one of its factions."""
    alone: bool
    """True if it proves the presence alone."""

    @property
    def key(self) -> str:
        """Key of its row."""
        seen = self.evidence
        return sighting_key(self.member, seen.country, seen.first_day, seen.source, seen.id, alone=self.alone)

    @property
    def order(self) -> tuple[date, str, str]:
        """First day, source and id: sightings are ordered by these."""
        return self.evidence.first_day, self.evidence.source, self.evidence.id


def sighting_key(member: str, country: str, day: date, source: str, sighting_id: str, *, alone: bool) -> str:
    """Return the key of the row of a sighting. ``alone``: it proves the presence alone."""
    return f"{member}\0{country}\0{day.isoformat()}\0{'a' if alone else 'w'}\0{source}\0{sighting_id}"


def alert_key(place: GroupCountry, alert: AlertState) -> str:
    """Return the key of the row of an alert."""
    return f"{place.prefix}{alert.anchor.isoformat()}\0{alert.alert_id}"


def presence_key(group: str, country: str) -> str:
    """Return the key of a row of ``presence``. All spellings of a group have the same key."""
    return f"{comparable(group)}|{country}"


def spread_key(group: str, region: str) -> str:
    """Return the key of a row of ``spread``. All spellings of a group have the same key."""
    return f"{comparable(group)}|{region}"


class Rows:
    """The rows of one partition."""

    def __init__(self, tables: Tables, policy: Policy) -> None:
        self.policy = policy
        self.registered: Draft[Group] = Draft(tables[AFFILIATIONS])
        self.presences: Draft[Presence] = Draft(tables[PRESENCE])
        self.sightings: Draft[Evidence] = Draft(tables[SEEN])
        self.days: Draft[Day] = Draft(tables[DAYS])
        self.counts: Draft[DayCount] = Draft(tables[COUNTS])
        self.episodes: RunTable[Episode] = RunTable(Draft(tables[EPISODES]))
        self.candidates: RunTable[Run] = RunTable(Draft(tables[CANDIDATES]))
        self.alerts: Draft[StoredAlert] = Draft(tables[STORED_ALERTS])
        self.spreads: Draft[Spread] = Draft(tables[SPREAD])
        self.regrouping: Draft[Regrouping] = Draft(tables[REGROUPING])
        self.unknown_triggers: dict[tuple[GroupCountry, date, bool], None] = {}
        """Runs whose first sighting was withdrawn in this batch: place, first day, and whether they are episodes."""
        self._days: dict[tuple[str, date], Day | None] = {}
        self._alerts: dict[str, dict[str, StoredAlert]] = {}
        self.groups = Groups.of(readable(self.registered))

    def settle_triggers(self) -> None:
        """Find the first sighting of each run whose first sighting is unknown."""
        for place, day, confirmed in self.unknown_triggers:
            runs = self.runs(confirmed=confirmed)
            if run := runs.get(place.prefix, day):
                first = next(self.sightings_between(place, day, day, confirmed=confirmed)).evidence
                trigger = SightingRef(source=first.source, id=first.id)
                if trigger != run.trigger:
                    runs.put(place.prefix, run.replace(trigger=trigger))
        self.unknown_triggers.clear()

    def changes(self) -> Changes:
        """Return the changed rows of all tables."""
        self.settle_triggers()
        return changes(
            [
                (AFFILIATIONS, self.registered),
                (PRESENCE, self.presences),
                (SEEN, self.sightings),
                (DAYS, self.days),
                (COUNTS, self.counts),
                (EPISODES, self.episodes.draft),
                (CANDIDATES, self.candidates.draft),
                (STORED_ALERTS, self.alerts),
                (SPREAD, self.spreads),
                (REGROUPING, self.regrouping),
            ]
        )

    def alerts_between(self, place: GroupCountry, first: date, last: date) -> dict[str, StoredAlert]:
        """Return the alerts with an anchor from first to last, both inclusive, by key."""
        prefix = place.prefix
        known = self._alerts.get(prefix)
        if known is None:
            found = list(islice(self.alerts.prefix(prefix), _FEW + 1))
            known = self._alerts[prefix] = dict(found)
        begin, end = f"{prefix}{first.isoformat()}", f"{prefix}{last.isoformat()}{LAST}"
        if len(known) > _FEW:
            return dict(self.alerts.range(begin, end))
        return {key: alert for key, alert in known.items() if begin <= key <= end}

    def put_alert(self, place: GroupCountry, key: str, alert: StoredAlert | None) -> None:
        """Set an alert; None removes it."""
        self.alerts.put(key, alert)
        known = self._alerts.get(place.prefix, {})
        if len(known) > _FEW:
            return
        if alert:
            known[key] = alert
        else:
            known.pop(key, None)

    def runs(self, *, confirmed: bool) -> RunTable[Run]:
        """Return the episodes, or the runs of sightings that do not qualify."""
        return cast("RunTable[Run]", self.episodes) if confirmed else self.candidates

    def day(self, place: GroupCountry, day: date) -> Day | None:
        """Return the row of a day. It is remembered for the rest of the batch."""
        key = place.prefix, day
        if key not in self._days:
            self._days[key] = self.days.get(f"{place.prefix}{day.isoformat()}")
        return self._days[key]

    def days_on(self, place: GroupCountry, days: Iterable[date]) -> list[tuple[date, Day]]:
        """Return those of some days that have sightings, with their rows."""
        known, prefix, found = self._days, place.prefix, []
        for day in days:
            key = prefix, day
            if key in known:
                row = known[key]
            else:
                row = known[key] = self.days.get(f"{prefix}{day.isoformat()}")
            if row is not None:
                found.append((day, row))
        return found

    def put_day(self, place: GroupCountry, day: date, row: Day | None) -> None:
        """Set the row of a day; None removes it."""
        self._days[place.prefix, day] = row
        self.days.put(f"{place.prefix}{day.isoformat()}", row)

    def days_between(self, place: GroupCountry, first: date, last: date) -> Iterator[tuple[date, Day]]:
        """Yield the days with sightings from first to last, both inclusive."""
        prefix = place.prefix
        if first == last:  # a read costs a third of a range scan
            if row := self.day(place, first):
                yield first, row
            return
        for key, row in self.days.range(f"{prefix}{first.isoformat()}", f"{prefix}{last.isoformat()}"):
            yield date.fromisoformat(key[len(prefix) :]), row

    def sightings_between(self, place: GroupCountry, first: date, last: date, *, confirmed: bool) -> Iterator[Counted]:
        """Yield the qualifying sightings, or the others, that begin from first to last, by first day, source and id."""
        for day, row in self.days_between(place, first, last):
            yield from in_order(
                [
                    self.sightings_of_day(place, day, alone=alone)
                    for alone, tally in ((True, row.alone), (False, row.weak))
                    if tally and confirmed == (alone or row.corroborated)
                ]
            )

    def sightings_of_day(self, place: GroupCountry, day: date, *, alone: bool) -> Iterator[Counted]:
        """Yield the sightings that begin on a day and are graded alike, by source and id."""
        return in_order([self.of_member(member, place, day, alone=alone) for member in self.members(place)])

    def of_member(self, member: str, place: GroupCountry, day: date, *, alone: bool) -> Iterator[Counted]:
        """Yield those of a member that count for the group."""
        prefix = f"{member}\0{place.country}\0{day.isoformat()}\0{'a' if alone else 'w'}\0"
        for _, evidence in self.sightings.prefix(prefix):
            if member == place.group or place.group in map(comparable, self.groups.counts_for(evidence)):
                yield Counted(evidence, member, alone)

    def members(self, place: GroupCountry) -> list[str]:
        """Return the group and its factions on record in the country, in comparable form."""
        factions = self.groups.factions_of(place.group)
        if not factions:
            return [place.group]
        return [place.group, *(name for name in factions if self.presences.get(f"{name}|{place.country}"))]

    def places(self, evidence: Evidence) -> list[GroupCountry]:
        """Return the groups that a sighting counts for, with its country. The group that was seen comes first."""
        return [
            group_in(comparable(group), evidence.country, evidence.region) for group in self.groups.counts_for(evidence)
        ]

    def counted(self, evidence: Evidence) -> Counted:
        """Return a sighting with the group that was seen."""
        return Counted(evidence, self.groups.form_of(evidence.group), qualifies_alone(evidence, self.policy))


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
