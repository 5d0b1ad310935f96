"""Day buckets: the sightings that count for a group in a country, each in the bucket of its first day.

They are the counts of the map, and the evidence from which episodes are built anew when a sighting is withdrawn. Each
entry knows whether it qualifies; a sighting that comes or goes may change that of its neighbours.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from schemas.evidence import Evidence
from schemas.presence import Activity, DayEntry, Run, SightingRef
from streams.presence.episodes import Span
from streams.presence.policy import Policy
from streams.presence.qualifying import days_near, is_corroborated, origin_of, proves_alone
from streams.steps import Draft

Days = Draft[Activity]


@dataclass(frozen=True, slots=True)
class Where:
    """A group in a country."""

    group: str
    country: str
    region: str


@dataclass(frozen=True, slots=True)
class Counted:
    """A sighting that counts for a group."""

    evidence: Evidence
    member: str
    """Id of the group that was seen."""


@dataclass(slots=True)
class Shift:
    """What a change did to one of the two sets: of the entries that qualify, or of those that do not."""

    left: set[date] = field(default_factory=set)
    """First days of the entries that are no longer in it as they were."""
    joined: list[Span] = field(default_factory=list)
    """The entries that are new in it."""


@dataclass(slots=True)
class Shifts:
    """What a change did to the buckets of a group in a country."""

    days: set[date]
    """First day of every entry that came, went, or is not as it was."""
    proven: Shift = field(default_factory=Shift)
    unproven: Shift = field(default_factory=Shift)


def bucket_key(where: Where, day: date) -> str:
    """Return the key of a row of ``activity``."""
    return f"{where.group}|{where.country}|{day.isoformat()}"


def entries(days: Days, where: Where, first: date, last: date) -> Iterator[DayEntry]:
    """Yield the sightings that begin on the days from first to last, both in."""
    for number in range(first.toordinal(), last.toordinal() + 1):
        yield from _bucket(days, where, date.fromordinal(number))


def change(
    days: Days,
    where: Where,
    removed: Collection[Evidence],
    added: Collection[Counted],
    unproven: Iterable[Run],
    policy: Policy,
) -> Shifts:
    """Take sightings out of their buckets, put others in, and judge their neighbours again.

    ``unproven`` are the runs before the change: where there are none, no neighbour can come to qualify.
    """
    to_judge = {day for evidence in removed for day in days_near(evidence.first_day, policy)}
    for one in added:
        near = days_near(one.evidence.first_day, policy)
        in_reach = any(run.first_day <= near[-1] and near[0] <= run.last_day for run in unproven)
        if in_reach or not proves_alone(one.evidence, policy):
            to_judge.update(near)
    own_days = {evidence.first_day for evidence in removed} | {one.evidence.first_day for one in added}
    before = {day: _bucket(days, where, day) for day in sorted(to_judge | own_days)}
    gone, come = {evidence.key for evidence in removed}, {one.evidence.key for one in added}
    for day in sorted(own_days):
        kept = [entry for entry in before[day] if entry.evidence.key not in gone | come]
        kept += [
            DayEntry(evidence=one.evidence, member=one.member, qualifies=proves_alone(one.evidence, policy))
            for one in added
            if one.evidence.first_day == day
        ]
        _put(days, where, day, kept)
    _judge(days, where, sorted(to_judge), policy)
    shifts = Shifts(own_days)
    for day, bucket in before.items():
        _compare(shifts, bucket, _bucket(days, where, day))
    return shifts


def _compare(shifts: Shifts, before: Collection[DayEntry], after: Collection[DayEntry]) -> None:
    known = {entry.evidence.key: entry for entry in before}
    for entry in after:
        old = known.pop(entry.evidence.key, None)
        if old and old.qualifies == entry.qualifies and old.evidence.last_day == entry.evidence.last_day:
            continue
        if old:
            _side(shifts, old).left.add(old.evidence.first_day)
        _side(shifts, entry).joined.append(span_of(entry.evidence))
        shifts.days.add(entry.evidence.first_day)
    for entry in known.values():
        _side(shifts, entry).left.add(entry.evidence.first_day)


def _judge(days: Days, where: Where, to_judge: list[date], policy: Policy) -> None:
    if not to_judge:
        return
    reach = {near for day in to_judge for near in days_near(day, policy)}
    origins = {day: {origin_of(entry.evidence) for entry in _bucket(days, where, day)} for day in reach}
    for day in to_judge:
        bucket = _bucket(days, where, day)
        judged = [
            entry.model_copy(
                update={
                    "qualifies": proves_alone(entry.evidence, policy)
                    or is_corroborated(entry.evidence, origins, policy)
                }
            )
            for entry in bucket
        ]
        if judged != list(bucket):
            _put(days, where, day, judged)


def span_of(evidence: Evidence) -> Span:
    """Return the days of a sighting."""
    return Span(
        evidence.first_day, evidence.last_day, SightingRef.model_construct(source=evidence.source, id=evidence.id)
    )


def _side(shifts: Shifts, entry: DayEntry) -> Shift:
    return shifts.proven if entry.qualifies else shifts.unproven


def _bucket(days: Days, where: Where, day: date) -> tuple[DayEntry, ...]:
    bucket = days.get(bucket_key(where, day))
    return bucket.sightings if bucket else ()


def _put(days: Days, where: Where, day: date, sightings: list[DayEntry]) -> None:
    bucket = Activity(
        group=where.group,
        country=where.country,
        region=where.region,
        day=day,
        sightings=tuple(sorted(sightings, key=lambda entry: (entry.evidence.source, entry.evidence.id))),
    )
    key = bucket_key(where, day)
    if sightings or days.get(key):
        days.put(key, bucket if sightings else None)
