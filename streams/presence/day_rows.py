"""Evidence added and removed -> rows of ``activity``: the sightings of a group in a country, by first day.

The map shows their counts, and ``episodes.py`` rebuilds episodes from them after a withdrawal. Each entry records
whether it qualifies. A sighting that is added or removed may change this for entries on nearby days.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import NamedTuple

from faust_batches.step import Draft
from schemas.evidence import Evidence
from schemas.presence import Activity, DayEntry, Presence
from streams.presence.episodes import Dated, Span, last_begun, span_of
from streams.presence.policy import Policy
from streams.presence.qualification import days_near, is_corroborated, origin_of, qualifies_alone

Days = Draft[Activity]

_EntryKey = tuple[date, str, str]
"Day, source and id of an entry, in the order of days and of their rows."


class GroupCountry(NamedTuple):
    """A group in a country."""

    group: str
    """Comparable form of the group's id, or of its name if it is not registered."""
    country: str
    region: str

    @property
    def key(self) -> str:
        """Key of the row of ``presence``."""
        return f"{self.group}|{self.country}"


class CountedSighting(NamedTuple):
    """Sighting that counts for a group."""

    evidence: Evidence
    member: str
    """Group that was seen, in the form of :attr:`GroupCountry.group`: the group itself or one of its factions."""


@dataclass(slots=True)
class EntryChanges:
    """Changes of one set of entries: the qualifying ones, or the others."""

    left: set[date] = field(default_factory=set)
    """First days of entries that left the set or changed in it."""
    joined: list[Span] = field(default_factory=list)
    """Days of entries that joined the set or changed in it."""


@dataclass(slots=True)
class DayChanges:
    """Changes of the entries of a group in a country."""

    days: set[date]
    """First days of all entries that were added, removed or changed."""
    confirmed: EntryChanges = field(default_factory=EntryChanges)
    unconfirmed: EntryChanges = field(default_factory=EntryChanges)


def day_key(place: GroupCountry, day: date) -> str:
    """Return the key of a row of ``activity``."""
    return f"{place.group}|{place.country}|{day.isoformat()}"


def entries(days: Days, place: GroupCountry, first: date, last: date) -> Iterator[DayEntry]:
    """Yield the entries that begin between two days, both inclusive, by a range scan over existing rows."""
    if first == last:  # most onsets: a single read costs a third of a range scan
        yield from _entries_of_day(days, place, first)
        return
    # The range holds no other group: comparable names have no capitals, and country codes consist of them.
    for _, row in days.range(day_key(place, first), day_key(place, last)):
        yield from row.sightings


def change(
    days: Days,
    place: GroupCountry,
    removed: Iterable[Evidence],
    added: Iterable[CountedSighting],
    known: Presence,
    policy: Policy,
) -> DayChanges:
    """Remove and add entries, and update which entries qualify.

    ``known`` is the row of ``presence`` before the change. All earlier entries begin within its runs: days outside
    them are not read.
    """
    edits: dict[date, list[tuple[Evidence, DayEntry | None]]] = {}
    for evidence in removed:
        edits.setdefault(evidence.first_day, []).append((evidence, None))
    for sighting in added:
        alone = qualifies_alone(sighting.evidence, policy)
        entry = DayEntry(evidence=sighting.evidence, member=sighting.member, qualifies=alone)
        edits.setdefault(sighting.evidence.first_day, []).append((sighting.evidence, entry))
    edit = _Edit(days, place, known.group, policy)
    affected: set[date] = set()
    for day in sorted(edits):
        before = after = _entries_of_day(days, place, day)
        for evidence, new_entry in edits[day]:
            after = edit.replace(after, evidence, new_entry)
        _put(days, place, known.group, day, after)
        affected.update(_affected_days(day, before, after, edits[day], known, policy))
    edit.qualify_added(known)
    edit.qualify(affected)
    return edit.changes(set(edits))


def rename(days: Days, place: GroupCountry, name: str, first: date, last: date) -> None:
    """Change the display name of a group in the rows between two days, both inclusive."""
    for day in sorted({entry.evidence.first_day for entry in entries(days, place, first, last)}):
        _put(days, place, name, day, _entries_of_day(days, place, day))


def _affected_days(
    day: date,
    before: Sequence[DayEntry],
    after: Sequence[DayEntry],
    edits: Iterable[tuple[Evidence, DayEntry | None]],
    known: Presence,
    policy: Policy,
) -> Sequence[date]:
    """Return the days whose entries may change between corroborated and not: none if the day's origins are the same.

    A new origin only matters to entries that do not qualify yet.
    """
    near = days_near(day, policy)
    may_qualify = _any_run_on(known.unproven, near)
    for evidence, new_entry in edits:
        others = before if new_entry else after
        origin = origin_of(evidence)
        if origin and (may_qualify or not new_entry) and origin not in map(_origin, others):
            return near
    return ()


class _Edit:
    """A change of the rows of a group in a country, with every entry before and after it."""

    def __init__(self, days: Days, place: GroupCountry, name: str, policy: Policy) -> None:
        self._days, self._where, self._shown, self._policy = days, place, name, policy
        self._before: dict[_EntryKey, DayEntry] = {}
        self._after: dict[_EntryKey, DayEntry] = {}

    def replace(
        self, entries: tuple[DayEntry, ...], evidence: Evidence, new_entry: DayEntry | None
    ) -> tuple[DayEntry, ...]:
        """Return the entries of a day with the entry of a sighting replaced, or removed if ``new_entry`` is None."""
        at = bisect_left(entries, _order(evidence), key=_entry_order)
        old = entries[at : at + 1]
        if old and _entry_order(old[0]) != _order(evidence):
            old = ()
        key = (evidence.first_day, *_order(evidence))
        if old and key not in self._after:  # an entry in _after was added by this same change
            self._before.setdefault(key, old[0])
        if new_entry:
            self._after[key] = new_entry
        return (*entries[:at], *((new_entry,) if new_entry else ()), *entries[at + len(old) :])

    def qualify_added(self, known: Presence) -> None:
        """Update the added entries that do not qualify by themselves."""
        alone = len(self._after) == 1
        for entry in list(self._after.values()):
            near = days_near(entry.evidence.first_day, self._policy)
            isolated = alone and not _any_run_on(known.episodes, near) and not _any_run_on(known.unproven, near)
            if not entry.qualifies and not isolated:
                self._qualify(entry, self._origins_on)

    def qualify(self, affected: Collection[date]) -> None:
        """Update all entries of these days."""
        if not affected:
            return
        # Many entries look at the same few days.
        origins_on = cache(lambda day: set(self._origins_on(day)))
        for day in sorted(affected):
            for entry in _entries_of_day(self._days, self._where, day):
                self._qualify(entry, origins_on)

    def _origins_on(self, day: date) -> Iterable[str | None]:
        return map(_origin, _entries_of_day(self._days, self._where, day))

    def _qualify(self, entry: DayEntry, origins_on: Callable[[date], Iterable[str | None]]) -> None:
        evidence = entry.evidence
        qualifies = qualifies_alone(evidence, self._policy) or is_corroborated(evidence, origins_on, self._policy)
        if qualifies != entry.qualifies:
            day = evidence.first_day
            updated = entry.replace(qualifies=qualifies)
            entries = self.replace(_entries_of_day(self._days, self._where, day), evidence, updated)
            _put(self._days, self._where, self._shown, day, entries)

    def changes(self, days: set[date]) -> DayChanges:
        """Return the changed entries. ``days`` are the days with added or removed entries."""
        changes = DayChanges(days)
        for key in sorted(self._before.keys() | self._after.keys()):
            before, after = self._before.get(key), self._after.get(key)
            if before and after and _counts_the_same(before, after):
                continue
            if before:
                _entry_changes(changes, before).left.add(key[0])
            if after:
                _entry_changes(changes, after).joined.append(span_of(after.evidence, self._policy))
                changes.days.add(key[0])
        return changes


def _counts_the_same(before: DayEntry, after: DayEntry) -> bool:
    return before.qualifies == after.qualifies and _days(before.evidence) == _days(after.evidence)


def _days(evidence: Evidence) -> tuple[date, date, date | None]:
    return evidence.last_day, evidence.begins_by, evidence.ends_from


def _entry_changes(changes: DayChanges, entry: DayEntry) -> EntryChanges:
    return changes.confirmed if entry.qualifies else changes.unconfirmed


def _origin(entry: DayEntry) -> str | None:
    return origin_of(entry.evidence)


def _order(evidence: Evidence) -> tuple[str, str]:
    return evidence.source, evidence.id


def _entry_order(entry: DayEntry) -> tuple[str, str]:
    return entry.evidence.source, entry.evidence.id


def _any_run_on(runs: Sequence[Dated], near: Sequence[date]) -> bool:
    run = last_begun(runs, near[-1])
    return run is not None and near[0] <= run.last_day


def _entries_of_day(days: Days, place: GroupCountry, day: date) -> tuple[DayEntry, ...]:
    row = days.get(day_key(place, day))
    return row.sightings if row else ()


def _put(days: Days, place: GroupCountry, name: str, day: date, sightings: tuple[DayEntry, ...]) -> None:
    key = day_key(place, day)
    if not sightings:
        if days.get(key):
            days.put(key, None)
        return
    # Without validation, which would visit all entries of the day for each one that is added.
    row = Activity(group=name, country=place.country, region=place.region, day=day, sightings=sightings)
    days.put(key, row)
