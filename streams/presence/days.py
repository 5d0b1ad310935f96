"""Day buckets: the sightings that count for a group in a country, each in the bucket of its first day.

They are the counts of the map, and the evidence from which episodes are built anew when a sighting is withdrawn. Each
entry knows whether it qualifies; a sighting that comes or goes may change that of its neighbours.
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
from streams.presence.qualification import days_near, is_corroborated, origin_of, proves_alone

Days = Draft[Activity]

_Place = tuple[date, str, str]
"Day, source and id: where an entry is found, in the order of days and then of the bucket."


class GroupCountry(NamedTuple):
    """A group in a country."""

    group: str
    """Its id, or the name that sightings use, in the form in which names are compared."""
    country: str
    region: str

    @property
    def key(self) -> str:
        """The key of its row of ``presence``."""
        return f"{self.group}|{self.country}"


class CountedSighting(NamedTuple):
    """A sighting that counts for a group."""

    evidence: Evidence
    member: str
    """The group that was seen, as in :class:`GroupCountry`."""


@dataclass(slots=True)
class EntryChanges:
    """What a change did to one of the two sets: of the entries that qualify, or of those that do not."""

    left: set[date] = field(default_factory=set)
    """First days of the entries that are no longer in it as they were."""
    joined: list[Span] = field(default_factory=list)
    """The entries that are new in it."""


@dataclass(slots=True)
class DayChanges:
    """What a change did to the buckets of a group in a country."""

    days: set[date]
    """First day of every entry that came, went, or is not as it was."""
    proven: EntryChanges = field(default_factory=EntryChanges)
    unproven: EntryChanges = field(default_factory=EntryChanges)


def bucket_key(where: GroupCountry, day: date) -> str:
    """Return the key of a row of ``activity``."""
    return f"{where.group}|{where.country}|{day.isoformat()}"


def entries(days: Days, where: GroupCountry, first: date, last: date) -> Iterator[DayEntry]:
    """Yield the sightings that begin on the days from first to last, both in. Days without a row cost nothing."""
    if first == last:  # most openings: a read costs a third of a range scan
        yield from _bucket(days, where, first)
        return
    # No other group lies between: a name in comparable form has no capital, and a country's code has no other letters.
    for _, bucket in days.range(bucket_key(where, first), bucket_key(where, last)):
        yield from bucket.sightings


def change(
    days: Days,
    where: GroupCountry,
    removed: Iterable[Evidence],
    added: Iterable[CountedSighting],
    known: Presence,
    policy: Policy,
) -> DayChanges:
    """Take sightings out of their buckets, put others in, and judge again whom that concerns.

    ``known`` are the runs before the change. Everything that counted then begins within one of them, so that no bucket
    is opened where there is none.
    """
    edits: dict[date, list[tuple[Evidence, DayEntry | None]]] = {}
    for evidence in removed:
        edits.setdefault(evidence.first_day, []).append((evidence, None))
    for one in added:
        alone = proves_alone(one.evidence, policy)
        entry = DayEntry.model_construct(evidence=one.evidence, member=one.member, qualifies=alone)
        edits.setdefault(one.evidence.first_day, []).append((one.evidence, entry))
    edit = _Edit(days, where, known.group, policy)
    concerned: set[date] = set()
    for day in sorted(edits):
        before = after = _bucket(days, where, day)
        for evidence, come in edits[day]:
            after = edit.exchange(after, evidence, come)
        _put(days, where, known.group, day, after)
        concerned.update(_concerned(day, before, after, edits[day], known, policy))
    edit.judge_added(known)
    edit.judge(concerned)
    return edit.shifts(set(edits))


def rename(days: Days, where: GroupCountry, shown: str, first: date, last: date) -> None:
    """Show a group under another name in the buckets from first to last, both in."""
    for day in sorted({entry.evidence.first_day for entry in entries(days, where, first, last)}):
        _put(days, where, shown, day, _bucket(days, where, day))


def _concerned(
    day: date,
    before: Sequence[DayEntry],
    after: Sequence[DayEntry],
    edits: Iterable[tuple[Evidence, DayEntry | None]],
    known: Presence,
    policy: Policy,
) -> Sequence[date]:
    """Return the days whose sightings may be corroborated otherwise now: none while the origins of a day are the same.

    Another origin can only prove what is unproven.
    """
    near = days_near(day, policy)
    provable = _reach(known.unproven, near)
    for evidence, come in edits:
        there = before if come else after
        origin = origin_of(evidence)
        if origin and (provable or not come) and origin not in map(_origin, there):
            return near
    return ()


class _Edit:
    """One change of the buckets of a group in a country, and every entry that is not as it was."""

    def __init__(self, days: Days, where: GroupCountry, shown: str, policy: Policy) -> None:
        self._days, self._where, self._shown, self._policy = days, where, shown, policy
        self._before: dict[_Place, DayEntry] = {}
        self._after: dict[_Place, DayEntry] = {}

    def exchange(self, bucket: tuple[DayEntry, ...], evidence: Evidence, come: DayEntry | None) -> tuple[DayEntry, ...]:
        """Return the bucket with an entry, or none, in place of the one that it has of a sighting."""
        at = bisect_left(bucket, _order(evidence), key=_entry_order)
        gone = bucket[at : at + 1]
        if gone and _entry_order(gone[0]) != _order(evidence):
            gone = ()
        place = (evidence.first_day, *_order(evidence))
        if gone and place not in self._after:  # else it came with this very change
            self._before.setdefault(place, gone[0])
        if come:
            self._after[place] = come
        return (*bucket[:at], *((come,) if come else ()), *bucket[at + len(gone) :])

    def judge_added(self, known: Presence) -> None:
        """Judge those that came and do not prove alone."""
        alone = len(self._after) == 1
        for entry in list(self._after.values()):
            near = days_near(entry.evidence.first_day, self._policy)
            if not entry.qualifies and not (
                alone and not _reach(known.episodes, near) and not _reach(known.unproven, near)
            ):
                self._judge(entry, self._origins_on)

    def judge(self, concerned: Collection[date]) -> None:
        """Judge all that begins on these days."""
        if not concerned:
            return
        # Many entries look at the same few days.
        origins_on = cache(lambda day: set(self._origins_on(day)))
        for day in sorted(concerned):
            for entry in _bucket(self._days, self._where, day):
                self._judge(entry, origins_on)

    def _origins_on(self, day: date) -> Iterable[str | None]:
        return map(_origin, _bucket(self._days, self._where, day))

    def _judge(self, entry: DayEntry, origins_on: Callable[[date], Iterable[str | None]]) -> None:
        evidence = entry.evidence
        qualifies = proves_alone(evidence, self._policy) or is_corroborated(evidence, origins_on, self._policy)
        if qualifies != entry.qualifies:
            judged = entry.replace(qualifies=qualifies)
            bucket = _bucket(self._days, self._where, evidence.first_day)
            after = self.exchange(bucket, evidence, judged)
            _put(self._days, self._where, self._shown, evidence.first_day, after)

    def shifts(self, days: set[date]) -> DayChanges:
        """Return what came, went, or is not as it was. ``days`` are those on which something came or went."""
        shifts = DayChanges(days)
        for place in sorted(self._before.keys() | self._after.keys()):
            before, after = self._before.get(place), self._after.get(place)
            if before and after and _counts_the_same(before, after):
                continue
            if before:
                _side(shifts, before).left.add(place[0])
            if after:
                _side(shifts, after).joined.append(span_of(after.evidence, self._policy))
                shifts.days.add(place[0])
        return shifts


def _counts_the_same(one: DayEntry, other: DayEntry) -> bool:
    return one.qualifies == other.qualifies and _days(one.evidence) == _days(other.evidence)


def _days(evidence: Evidence) -> tuple[date, date, date | None]:
    return evidence.last_day, evidence.begins_by, evidence.ends_from


def _side(shifts: DayChanges, entry: DayEntry) -> EntryChanges:
    return shifts.proven if entry.qualifies else shifts.unproven


def _origin(entry: DayEntry) -> str | None:
    return origin_of(entry.evidence)


def _order(evidence: Evidence) -> tuple[str, str]:
    return evidence.source, evidence.id


def _entry_order(entry: DayEntry) -> tuple[str, str]:
    return entry.evidence.source, entry.evidence.id


def _reach(runs: Sequence[Dated], near: Sequence[date]) -> bool:
    run = last_begun(runs, near[-1])
    return run is not None and near[0] <= run.last_day


def _bucket(days: Days, where: GroupCountry, day: date) -> tuple[DayEntry, ...]:
    bucket = days.get(bucket_key(where, day))
    return bucket.sightings if bucket else ()


def _put(days: Days, where: GroupCountry, shown: str, day: date, sightings: tuple[DayEntry, ...]) -> None:
    key = bucket_key(where, day)
    if not sightings:
        if days.get(key):
            days.put(key, None)
        return
    # Not checked again: that would look at each sighting of the day for each that comes.
    bucket = Activity.model_construct(
        group=shown, country=where.country, region=where.region, day=day, sightings=sightings
    )
    days.put(key, bucket)
