"""What publishing a release would change: its rows beside what is on record. Pure; the command shows and sends it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from firstseen.importers.ucdp_ged import SOURCE, event_of
from firstseen.publishing.recorded_versions import RecordedVersion
from firstseen.publishing.releases import Release, is_of_a_release, is_yearly
from schemas.days import DayInterval, format_days
from schemas.sighting import Sighting

MOST_SHOWN = 10
_LARGE_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Sending:
    """One record to publish."""

    key: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Change:
    """One sighting that is on record and will say something else, or nothing any more."""

    id: str
    words: str
    """What changes, old -> new."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be sent and what it would change."""

    release: Release
    sending: tuple[Sending, ...] = ()
    """New, revised and withdrawn, in this order."""
    new: int = 0
    revised: tuple[Change, ...] = ()
    withdrawn: tuple[Change, ...] = ()
    unchanged: int = 0
    """On record as they are: not sent."""
    newer: int = 0
    """On record from a newer release: not sent."""
    covered: int = 0
    """How many sightings on record the release speaks of: those that can be withdrawn."""

    @property
    def withdraws_much(self) -> bool:
        """Whether so much would be withdrawn that the file is more likely incomplete than the release so different."""
        return len(self.withdrawn) > _LARGE_SHARE * self.covered

    def lines(self) -> Iterator[str]:
        """Yield in words what would change: the numbers, then the first of each kind."""
        counts = [
            f"{self.new:,} new",
            f"{len(self.revised):,} revised",
            f"{len(self.withdrawn):,} withdrawn",
            f"{self.unchanged:,} unchanged",
            *([f"{self.newer:,} on record from a newer release"] if self.newer else []),
        ]
        yield f"Release {self.release.name}: {', '.join(counts)}."
        for word, changes in (("revised", self.revised), ("withdrawn", self.withdrawn)):
            yield from (f"  {word} {change.id}: {change.words}" for change in changes[:MOST_SHOWN])
            if len(changes) > MOST_SHOWN:
                yield f"  and {len(changes) - MOST_SHOWN:,} more {word}"


def plan(
    rows: Iterable[tuple[str, Sighting | None]],
    on_record: Mapping[str, RecordedVersion],
    release: Release,
    *,
    withdraw: str | None = None,
) -> Plan:
    """Compare the rows of a release with what is on record.

    A row is an id and what it says, or None where intake would refuse it: it is not sent, and not missing either.
    What the newest release says of an event is all of it: a side or an office that it lacks no longer tells of the
    event, and an older release adds none. ``withdraw`` is how the ids begin that the release may withdraw; None: none.
    A release withdraws no event outside the days that it covers, none that a newer release has, and candidates none
    of a yearly release.
    """
    new: list[Sending] = []
    revised: list[tuple[Sending, Change]] = []
    unchanged = newer = 0
    seen: set[str] = set()
    told_newer = {event_of(one) for one, known in on_record.items() if known.revision >= release.next_revision}
    for sighting_id, sighting in rows:
        seen.add(sighting_id)
        known = on_record.get(sighting_id)
        if sighting is None:
            continue
        if event_of(sighting_id) in told_newer:
            newer += 1
        elif known is None:
            new.append(_sending(sighting, release.revision))
        elif known.content == sighting.content and not known.retracted:
            unchanged += 1
        else:
            change = Change(sighting_id, _difference(known, sighting))
            revised.append((_sending(sighting, _above(known, release)), change))
    events = {event_of(one) for one in seen} - told_newer
    for one, known in on_record.items():
        if one not in seen and not known.retracted and event_of(one) in events:
            revised.append(
                (
                    _retraction(one, known, release),
                    Change(one, f"{_said(known)} -> nothing: the release tells of the event without it"),
                )
            )
            seen.add(one)
    covered = {} if withdraw is None else _covered(on_record, release, withdraw)
    missing = {one: known for one, known in covered.items() if one not in seen}
    return Plan(
        release,
        (*new, *(sending for sending, _ in revised), *(_retraction(*one, release) for one in missing.items())),
        len(new),
        tuple(change for _, change in revised),
        tuple(Change(one, _said(known)) for one, known in missing.items()),
        unchanged,
        newer,
        len(covered),
    )


def _covered(on_record: Mapping[str, RecordedVersion], release: Release, prefix: str) -> dict[str, RecordedVersion]:
    return {
        one: known
        for one, known in on_record.items()
        if one.startswith(prefix)
        and not known.retracted
        and known.revision < release.next_revision
        and (release.is_yearly or (is_of_a_release(known.revision) and not is_yearly(known.revision)))
        and known.first_day is not None
        and known.last_day is not None
        and release.first_day <= known.first_day
        and known.last_day <= release.last_day
    }


def _above(known: RecordedVersion, release: Release) -> int:
    return max(release.revision, known.revision + 1)


def _sending(sighting: Sighting, revision: int) -> Sending:
    return Sending(sighting.key, sighting.replace(revision=revision).to_bytes())


def _retraction(sighting_id: str, known: RecordedVersion, release: Release) -> Sending:
    withdrawn = Sighting(source=SOURCE, id=sighting_id, revision=_above(known, release), retracted=True)
    return Sending(withdrawn.key, withdrawn.to_bytes())


def _difference(known: RecordedVersion, sighting: Sighting) -> str:
    if known.retracted:
        return "withdrawn -> on record again"
    changes = [f"{was or 'nothing'} -> {now or 'nothing'}" for was, now in _both(known, sighting) if was != now]
    if changes:
        return "; ".join(changes)
    return "something else" if known.content else "read by an earlier version of Firstseen"


def _both(known: RecordedVersion, sighting: Sighting) -> Iterator[tuple[str | None, str | None]]:
    yield known.group, sighting.group
    yield known.country, sighting.country
    yield known.place, sighting.place
    yield known.origin, sighting.origin
    days = sighting.occurred
    yield _days(known), _span(days) if days else None


def _said(known: RecordedVersion) -> str:
    return ", ".join(filter(None, (known.group, known.country, known.place, _days(known))))


def _days(known: RecordedVersion) -> str | None:
    if known.first_day is None or known.last_day is None:
        return None
    return _span(DayInterval(first_day=known.first_day, last_day=known.last_day))


def _span(days: DayInterval) -> str:
    return format_days(days.replace(precision="day", end_precision="day"))
