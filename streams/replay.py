"""The folds of intake and presence without Kafka: sightings -> evidence changes -> history. Pure.

``explain``, ``map-state`` and ``preview`` use it. Tests use it as an oracle: it calls the same folds as the workers, so
the evidence log must produce the same tables and alert events.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property, partial
from typing import Any

from faust_batches.folding import fold_each, fold_whole
from faust_batches.step import Incoming, Step, Tables
from schemas.alert import AlertEvent
from schemas.evidence import Evidence, EvidenceChange
from schemas.group import Group, GroupsChange
from schemas.names import comparable
from schemas.rejection import Rejection
from schemas.topics import ALERTS, CANDIDATES, EPISODES, EVIDENCE, PRESENCE, REJECTED, TABLES, Topic
from streams.affiliations import Groups, plan
from streams.intake.day_limits import DEFAULT_DAYS, DayPolicy
from streams.intake.fold import fold as fold_sightings
from streams.on_record import Entry, OnRecord, entries, on_record
from streams.presence.fold import fold as fold_evidence
from streams.presence.policy import Policy
from streams.presence.rows import Rows, presence_key

FROM_THE_BEGINNING = datetime.fromtimestamp(0, UTC)
"""Arrival time of groups that are registered before the first sighting."""


@dataclass(frozen=True, slots=True)
class IntakeResult:
    """Output of intake."""

    changes: tuple[EvidenceChange, ...]
    """Changes for presence, in order."""
    rejections: tuple[Rejection, ...]


@dataclass(frozen=True)
class History:
    """State of presence after a log of evidence, and its alert events."""

    tables: Mapping[Topic, Mapping[str, Any]]
    """Rows of the tables of presence."""
    policy: Policy
    events: tuple[AlertEvent, ...]
    """All alert events in order; for several partitions, ordered by arrival."""

    @property
    def groups(self) -> Groups:
        """Registered groups at the end of the log."""
        return self._rows.groups

    @cached_property
    def presences(self) -> Mapping[str, OnRecord]:
        """What is on record by ``group|country``, sorted, with one display name per group."""
        found = on_record(self.tables[PRESENCE], self.tables[EPISODES], self.tables[CANDIDATES])
        return {presence_key(row.group, row.country): row for row in found}

    def entries(self, row: OnRecord, first: date = date.min, last: date = date.max) -> Iterator[Entry]:
        """Yield the sightings of a group in a country that begin between two days, both inclusive, in order."""
        return entries(self._rows.place(comparable(row.group), row.country, row.region), first, last)

    @cached_property
    def _rows(self) -> Rows:
        return Rows(self.tables, self.policy)


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
) -> Iterator[EvidenceChange]:
    """Yield the changes that arrived before an instant, with the evidence that begins on or before ``up_to``.

    None sets no limit. All changes of groups are included, because affiliations have their own periods.
    """
    for change in changes:
        if before is not None and change.arrived >= before:
            continue
        if change.groups is not None:
            yield change
            continue
        remove, add = (_within(evidence, up_to) for evidence in (change.remove, change.add))
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
    return History(tables, policy, _events(step))


def events_after_regrouping(
    history: History, change: GroupsChange, arrived: datetime, policy: Policy
) -> tuple[AlertEvent, ...]:
    """Return the alert events that a change of groups would cause after the history of a partition."""
    changes = (EvidenceChange(arrived=arrived, groups=part) for part in change.parts())
    records = [_incoming(offset, change_part) for offset, change_part in enumerate(changes)]
    return _events(_fold(records, history.tables, policy))


def merge(histories: Iterable[History], policy: Policy) -> History:
    """Merge the histories of all partitions, with one display name per group.

    Each region belongs to one partition; groups are registered in every partition.
    """
    tables: dict[Topic, dict[str, Any]] = {topic: {} for topic in TABLES["presence"]}
    events: list[AlertEvent] = []
    for history in histories:
        for topic, rows in history.tables.items():
            tables[topic] |= rows
        events += history.events
    return History(tables, policy, tuple(sorted(events, key=_arrived)))


def _fold(records: Sequence[Incoming], tables: Tables, policy: Policy) -> Step:
    return fold_whole(partial(fold_each, partial(fold_evidence, policy=policy)), tables, records)


def _within(evidence: Evidence | None, up_to: date | None) -> Evidence | None:
    if evidence is None or (up_to is not None and evidence.first_day > up_to):
        return None
    return evidence


def _events(step: Step) -> tuple[AlertEvent, ...]:
    return tuple(AlertEvent.from_bytes(record.value) for record in step.outgoing if record.topic is ALERTS)


def _incoming(offset: int, change: EvidenceChange) -> Incoming:
    return Incoming(EVIDENCE.name, 0, offset, change.arrived, None, change.to_bytes())


def _arrived(event: AlertEvent) -> datetime:
    return event.arrived
