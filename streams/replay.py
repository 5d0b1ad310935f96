"""The folds of intake and presence without Kafka: sightings -> evidence changes -> history. Pure.

``explain``, ``map-state`` and ``preview`` use it. Tests use it as an oracle: it calls the same folds as the workers, so
the evidence log must produce the same tables and alert events.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from faust_batches.folding import fold_each, fold_whole
from faust_batches.step import Draft, Incoming, Step, Tables
from schemas.alert import AlertEvent
from schemas.evidence import Evidence, EvidenceChange
from schemas.group import Group, GroupsChange
from schemas.names import comparable
from schemas.presence import Activity, DayEntry, Presence, Spread
from schemas.rejection import Rejection
from schemas.topics import ACTIVITY, AFFILIATIONS, ALERTS, EVIDENCE, PRESENCE, REJECTED, SPREAD, TABLES, Topic
from streams.intake.day_limits import DEFAULT_DAYS, DayPolicy
from streams.intake.fold import fold as fold_sightings
from streams.presence.affiliations import Groups, plan
from streams.presence.day_rows import GroupCountry, entries
from streams.presence.display_names import display_names, with_display_name
from streams.presence.fold import fold as fold_evidence
from streams.presence.policy import Policy

FROM_THE_BEGINNING = datetime.fromtimestamp(0, UTC)
"""Arrival time of groups that are registered before the first sighting."""


@dataclass(frozen=True, slots=True)
class IntakeResult:
    """Output of intake."""

    changes: tuple[EvidenceChange, ...]
    """Changes for presence, in order."""
    rejections: tuple[Rejection, ...]


@dataclass(frozen=True, slots=True)
class History:
    """State of presence after a log of evidence, and its alert events."""

    groups: Groups
    """Registered groups at the end of the log."""
    presences: Mapping[str, Presence]
    """Rows of ``presence`` by ``group|country``."""
    days: Mapping[str, Activity]
    """Rows of ``activity`` by ``group|country|day``."""
    spreads: Mapping[str, Spread]
    """Rows of ``spread`` by ``group|region``."""
    events: tuple[AlertEvent, ...]
    """All alert events in order; for several partitions, ordered by arrival."""
    _sorted_days: Draft[Activity] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Create one view of the days, so that their keys are sorted once for all range scans."""
        object.__setattr__(self, "_sorted_days", Draft(self.days))

    def entries(self, row: Presence, first: date, last: date) -> Iterator[DayEntry]:
        """Yield the sightings of a group in a country that begin between two days, both inclusive."""
        return entries(self._sorted_days, GroupCountry(comparable(row.group), row.country, row.region), first, last)

    def sightings(self) -> dict[tuple[str, str], list[DayEntry]]:
        """Return all sightings by group, in comparable form, and country, ordered by first day."""
        found: dict[tuple[str, str], list[DayEntry]] = {}
        for row in sorted(self.days.values(), key=lambda row: row.day):
            found.setdefault((comparable(row.group), row.country), []).extend(row.sightings)
        return found


def run_intake(
    sightings: Iterable[Incoming], groups: Sequence[Group] = (), days: DayPolicy = DEFAULT_DAYS
) -> IntakeResult:
    """Fold sightings into evidence changes, on one partition. The groups are registered before the first sighting."""
    fold = partial(fold_sightings, home_partition=lambda _: 0, days=days)
    step = fold_whole(fold, {topic: {} for topic in TABLES["intake"]}, list(sightings))
    registered = [EvidenceChange(arrived=FROM_THE_BEGINNING, groups=plan([], groups, prune=False))] if groups else []
    changes = [EvidenceChange.from_bytes(record.value) for record in step.outgoing if record.topic is EVIDENCE]
    rejections = (Rejection.from_bytes(record.value) for record in step.outgoing if record.topic is REJECTED)
    return IntakeResult((*registered, *changes), tuple(rejections))


def select(
    changes: Iterable[EvidenceChange],
    *,
    before: datetime | None = None,
    up_to: date | None = None,
    region: str | None = None,
) -> Iterator[EvidenceChange]:
    """Yield the changes that arrived before an instant, with the evidence that begins on or before ``up_to``.

    ``region`` excludes the evidence of all other regions, on which it does not depend. None sets no limit. All changes
    of groups are included, because affiliations have their own periods.
    """
    for change in changes:
        if before is not None and change.arrived >= before:
            continue
        if change.groups is not None:
            yield change
            continue
        remove, add = (_within(evidence, up_to, region) for evidence in (change.remove, change.add))
        if remove is change.remove and add is change.add:
            yield change
        elif remove or add:
            yield change.replace(remove=remove, add=add)


def fold_evidence_log(changes: Iterable[EvidenceChange], policy: Policy) -> History:
    """Fold the evidence of one partition into its history. Changes on which the fold raises are skipped."""
    records = (_incoming(offset, change) for offset, change in enumerate(changes))
    step = _fold(list(records), {topic: {} for topic in TABLES["presence"]}, policy)
    tables = {
        topic: {key: row for key, row in step.changes.get(topic, {}).items() if row is not None}
        for topic in TABLES["presence"]
    }
    return History(
        groups=Groups.of(row for row in tables[AFFILIATIONS].values() if isinstance(row, Group)),
        presences={key: row for key, row in tables[PRESENCE].items() if isinstance(row, Presence)},
        days={key: row for key, row in tables[ACTIVITY].items() if isinstance(row, Activity)},
        spreads={key: row for key, row in tables[SPREAD].items() if isinstance(row, Spread)},
        events=_events(step),
    )


def events_after_regrouping(
    history: History, change: GroupsChange, arrived: datetime, policy: Policy
) -> tuple[AlertEvent, ...]:
    """Return the alert events that a change of groups would cause after the history of a partition."""
    tables: dict[Topic, Mapping[str, Any]] = {
        AFFILIATIONS: history.groups.by_id, PRESENCE: history.presences, ACTIVITY: history.days, SPREAD: history.spreads
    }  # fmt: skip
    changes = (EvidenceChange(arrived=arrived, groups=part) for part in change.parts())
    records = [_incoming(offset, change_part) for offset, change_part in enumerate(changes)]
    return _events(_fold(records, tables, policy))


def merge(histories: Iterable[History]) -> History:
    """Merge the histories of all partitions, with one display name per group.

    Each region belongs to one partition; groups are registered in every partition.
    """
    groups: dict[str, Group] = {}
    presences: dict[str, Presence] = {}
    days: dict[str, Activity] = {}
    spreads: dict[str, Spread] = {}
    events: list[AlertEvent] = []
    for history in histories:
        groups |= history.groups.by_id
        presences |= history.presences
        days |= history.days
        spreads |= history.spreads
        events += history.events
    names = display_names(presences.values())
    return History(
        groups=Groups.of(groups.values()),
        presences={key: with_display_name(row, names) for key, row in presences.items()},
        days={key: with_display_name(row, names) for key, row in days.items()},
        spreads={key: with_display_name(row, names) for key, row in spreads.items()},
        events=tuple(sorted(events, key=_arrived)),
    )


def _fold(records: Sequence[Incoming], tables: Tables, policy: Policy) -> Step:
    return fold_whole(partial(fold_each, partial(fold_evidence, policy=policy)), tables, records)


def _within(evidence: Evidence | None, up_to: date | None, region: str | None) -> Evidence | None:
    if evidence is None or (up_to is not None and evidence.first_day > up_to):
        return None
    return evidence if region is None or evidence.region == region else None


def _events(step: Step) -> tuple[AlertEvent, ...]:
    return tuple(AlertEvent.from_bytes(record.value) for record in step.outgoing if record.topic is ALERTS)


def _incoming(offset: int, change: EvidenceChange) -> Incoming:
    return Incoming(EVIDENCE.name, 0, offset, change.arrived, None, change.to_bytes())


def _arrived(event: AlertEvent) -> datetime:
    return event.arrived
