"""Day buckets: the sightings of a group in a country, each in the bucket of its first day.

They are the counts of the map, and the evidence from which an episode is built anew when a sighting is withdrawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from schemas.evidence import Evidence
from schemas.presence import Activity, DayEntry, SightingRef
from streams.presence.episodes import Span
from streams.steps import Draft

Days = Draft[Activity]


def bucket_key(group: str, country: str, day: date) -> str:
    """Return the key of a row of ``activity``."""
    return f"{group}|{country}|{day.isoformat()}"


def add(days: Days, evidence: Evidence) -> None:
    """Put a sighting into the bucket of its first day."""
    entry = DayEntry(
        source=evidence.source,
        id=evidence.id,
        last_day=evidence.last_day,
        kind=evidence.kind,
        origin=evidence.origin,
        title=evidence.title,
        url=evidence.url,
        place=evidence.place or evidence.admin1,
    )
    others = [other for other in _entries(days, evidence) if not _same(other, evidence)]
    _put(days, evidence, sorted([*others, entry], key=lambda one: (one.source, one.id)))


def discard(days: Days, evidence: Evidence) -> None:
    """Take a sighting out of the bucket of its first day; an empty bucket goes."""
    _put(days, evidence, [entry for entry in _entries(days, evidence) if not _same(entry, evidence)])


def spans(days: Days, group: str, country: str, first: date, last: date) -> Iterator[Span]:
    """Yield the sightings that begin on the days from first to last, both in."""
    for offset in range((last - first).days + 1):
        bucket = days.get(bucket_key(group, country, first + timedelta(offset)))
        for entry in bucket.sightings if bucket else ():
            yield Span(first + timedelta(offset), entry.last_day, SightingRef(source=entry.source, id=entry.id))


def _entries(days: Days, evidence: Evidence) -> tuple[DayEntry, ...]:
    bucket = days.get(bucket_key(evidence.group, evidence.country, evidence.first_day))
    return bucket.sightings if bucket else ()


def _put(days: Days, evidence: Evidence, entries: list[DayEntry]) -> None:
    key = bucket_key(evidence.group, evidence.country, evidence.first_day)
    bucket = Activity(
        group=evidence.group,
        country=evidence.country,
        region=evidence.region,
        day=evidence.first_day,
        sightings=tuple(entries),
    )
    days.put(key, bucket if entries else None)


def _same(entry: DayEntry, evidence: Evidence) -> bool:
    return (entry.source, entry.id) == (evidence.source, evidence.id)
