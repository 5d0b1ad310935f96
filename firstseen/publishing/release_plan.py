"""Plans what publishing a release changes, by comparing its rows with the versions on record. Pure.

Comes from :mod:`firstseen.publishing.row_checks` and :mod:`firstseen.publishing.recorded_versions`;
:mod:`firstseen.commands.publish_release` shows the plan, asks, and sends it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from firstseen.importers.ucdp_ged import SOURCE, event_of
from firstseen.publishing.recorded_versions import RecordedVersion
from firstseen.publishing.releases import Release, is_of_a_release, is_yearly
from schemas.days import DayInterval, format_days
from schemas.sighting import Sighting

MAX_SHOWN = 10
_LARGE_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class PlannedRecord:
    """One record to publish."""

    key: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Change:
    """A sighting on record that is revised or withdrawn."""

    id: str
    words: str
    """The difference, old -> new."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The records to send and what they change."""

    release: Release
    records: tuple[PlannedRecord, ...] = ()
    """The new, revised and withdrawn sightings, in this order."""
    new: int = 0
    revised: tuple[Change, ...] = ()
    withdrawn: tuple[Change, ...] = ()
    unchanged: int = 0
    """Number of rows equal to the record: not sent."""
    newer: int = 0
    """Number of rows whose event is on record from a newer release: not sent."""
    covered: int = 0
    """Number of sightings on record that the release covers and so can withdraw."""

    @property
    def withdraws_much(self) -> bool:
        """Whether it withdraws so many sightings that the file is probably incomplete."""
        return len(self.withdrawn) > _LARGE_SHARE * self.covered

    def lines(self) -> Iterator[str]:
        """Yield the plan in words: the numbers, then the first changes of each kind."""
        counts = [
            f"{self.new:,} new",
            f"{len(self.revised):,} revised",
            f"{len(self.withdrawn):,} withdrawn",
            f"{self.unchanged:,} unchanged",
            *([f"{self.newer:,} on record from a newer release"] if self.newer else []),
        ]
        yield f"Release {self.release.name}: {', '.join(counts)}."
        for word, changes in (("revised", self.revised), ("withdrawn", self.withdrawn)):
            yield from (f"  {word} {change.id}: {change.words}" for change in changes[:MAX_SHOWN])
            if len(changes) > MAX_SHOWN:
                yield f"  and {len(changes) - MAX_SHOWN:,} more {word}"


def plan(
    rows: Iterable[tuple[str, Sighting | None]],
    on_record: Mapping[str, RecordedVersion],
    release: Release,
    *,
    withdraw: str | None = None,
) -> Plan:
    """Compare the rows of a release with the versions on record.

    A row is an id with its sighting, or with None if intake would reject it: it is not sent, and not missing either.
    The newest release that contains an event defines all of its sightings: a side or an office that it lacks is
    withdrawn, and an older release adds none. ``withdraw`` is the prefix of the ids that the release can withdraw;
    None: none. A release does not withdraw events outside its days or from a newer release, and candidates do not
    withdraw events of a yearly release.
    """
    new: list[PlannedRecord] = []
    revised: list[tuple[PlannedRecord, Change]] = []
    unchanged = newer = 0
    seen: set[str] = set()
    newer_events = {
        event_of(sighting_id) for sighting_id, known in on_record.items() if known.revision >= release.next_revision
    }
    for sighting_id, sighting in rows:
        seen.add(sighting_id)
        known = on_record.get(sighting_id)
        if sighting is None:
            continue
        if event_of(sighting_id) in newer_events:
            newer += 1
        elif known is None:
            new.append(_record(sighting, release.revision))
        elif known.content == sighting.content and not known.retracted:
            unchanged += 1
        else:
            change = Change(sighting_id, _difference(known, sighting))
            revised.append((_record(sighting, _next_revision(known, release)), change))
    events = {event_of(sighting_id) for sighting_id in seen} - newer_events
    for sighting_id, known in on_record.items():
        if sighting_id not in seen and not known.retracted and event_of(sighting_id) in events:
            words = f"{_summary(known)} -> withdrawn: the release has the event without it"
            revised.append((_retraction(sighting_id, known, release), Change(sighting_id, words)))
            seen.add(sighting_id)
    covered = {} if withdraw is None else _covered(on_record, release, withdraw)
    missing = {sighting_id: known for sighting_id, known in covered.items() if sighting_id not in seen}
    return Plan(
        release,
        (
            *new,
            *(record for record, _ in revised),
            *(_retraction(sighting_id, known, release) for sighting_id, known in missing.items()),
        ),
        len(new),
        tuple(change for _, change in revised),
        tuple(Change(sighting_id, _summary(known)) for sighting_id, known in missing.items()),
        unchanged,
        newer,
        len(covered),
    )


def _covered(on_record: Mapping[str, RecordedVersion], release: Release, prefix: str) -> dict[str, RecordedVersion]:
    return {
        sighting_id: known
        for sighting_id, known in on_record.items()
        if sighting_id.startswith(prefix)
        and not known.retracted
        and known.revision < release.next_revision
        and (release.is_yearly or (is_of_a_release(known.revision) and not is_yearly(known.revision)))
        and known.first_day is not None
        and known.last_day is not None
        and release.first_day <= known.first_day
        and known.last_day <= release.last_day
    }


def _next_revision(known: RecordedVersion, release: Release) -> int:
    return max(release.revision, known.revision + 1)


def _record(sighting: Sighting, revision: int) -> PlannedRecord:
    return PlannedRecord(sighting.key, sighting.replace(revision=revision).to_bytes())


def _retraction(sighting_id: str, known: RecordedVersion, release: Release) -> PlannedRecord:
    withdrawn = Sighting(source=SOURCE, id=sighting_id, revision=_next_revision(known, release), retracted=True)
    return PlannedRecord(withdrawn.key, withdrawn.to_bytes())


def _difference(known: RecordedVersion, sighting: Sighting) -> str:
    if known.retracted:
        return "withdrawn -> on record again"
    changes = [
        f"{was or 'nothing'} -> {now or 'nothing'}" for was, now in _compared_fields(known, sighting) if was != now
    ]
    if changes:
        return "; ".join(changes)
    return "other fields" if known.content else "recorded by an earlier version of Firstseen"


def _compared_fields(known: RecordedVersion, sighting: Sighting) -> Iterator[tuple[str | None, str | None]]:
    yield known.group, sighting.group
    yield known.country, sighting.country
    yield known.place, sighting.place
    yield known.origin, sighting.origin
    days = sighting.occurred
    yield _days(known), _span(days) if days else None


def _summary(known: RecordedVersion) -> str:
    return ", ".join(filter(None, (known.group, known.country, known.place, _days(known))))


def _days(known: RecordedVersion) -> str | None:
    if known.first_day is None or known.last_day is None:
        return None
    return _span(DayInterval(first_day=known.first_day, last_day=known.last_day))


def _span(days: DayInterval) -> str:
    return format_days(days.replace(precision="day", end_precision="day"))
