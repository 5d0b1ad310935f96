"""The same rules without Kafka: sightings become evidence changes, and evidence changes a history. Pure.

It serves ``explain``, ``map-state`` and ``preview``, and is the oracle of the tests: the evidence log folded here gives
the tables and alert events that the workers wrote, because both call the same two folds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from faust_batches.step import Draft, Incoming, Step, fold_each
from schemas.alert import AlertEvent
from schemas.evidence import Evidence, EvidenceChange
from schemas.group import Group, GroupsChange
from schemas.names import comparable
from schemas.presence import Activity, DayEntry, Presence, Spread
from schemas.rejection import Rejection
from schemas.topics import ACTIVITY, AFFILIATIONS, ALERTS, EVIDENCE, PRESENCE, REJECTED, SPREAD, TABLES, Topic
from streams.intake.days import DEFAULT_DAYS, DayPolicy
from streams.intake.fold import fold as fold_sightings
from streams.presence.affiliations import Groups, plan
from streams.presence.days import GroupCountry, entries
from streams.presence.display_names import display_names, with_display_name
from streams.presence.fold import fold as fold_evidence
from streams.presence.policy import Policy

FROM_THE_BEGINNING = datetime.fromtimestamp(0, UTC)
"""When groups arrive that are known before the first sighting."""


@dataclass(frozen=True, slots=True)
class IntakeResult:
    """What intake makes of sightings."""

    changes: tuple[EvidenceChange, ...]
    """What presence is told, in order."""
    rejections: tuple[Rejection, ...]


@dataclass(frozen=True, slots=True)
class History:
    """What presence knows after a log of evidence, and what it told on the way."""

    groups: Groups
    """The groups that stand at the end."""
    presences: Mapping[str, Presence]
    """Rows of ``presence`` by ``group|country``."""
    days: Mapping[str, Activity]
    """Rows of ``activity`` by ``group|country|day``."""
    spreads: Mapping[str, Spread]
    """Rows of ``spread`` by ``group|region``."""
    events: tuple[AlertEvent, ...]
    """Every alert event, in the order in which they arose; of several partitions by arrival."""
    _in_order: Draft[Activity] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Keep one view of the days, so that their keys are sorted once for all questions."""
        object.__setattr__(self, "_in_order", Draft(self.days))

    def entries(self, row: Presence, first: date, last: date) -> Iterator[DayEntry]:
        """Yield what counts for a group in a country and begins on the days from first to last, both in."""
        return entries(self._in_order, GroupCountry(comparable(row.group), row.country, row.region), first, last)

    def sightings(self) -> dict[tuple[str, str], list[DayEntry]]:
        """Return all that counts, by group, in comparable form, and country, in order of first days."""
        found: dict[tuple[str, str], list[DayEntry]] = {}
        for row in sorted(self.days.values(), key=lambda row: row.day):
            found.setdefault((comparable(row.group), row.country), []).extend(row.sightings)
        return found


def run_intake(
    sightings: Iterable[Incoming], groups: Sequence[Group] = (), days: DayPolicy = DEFAULT_DAYS
) -> IntakeResult:
    """Fold sightings into evidence changes, on one partition. The groups are known from the beginning."""
    step = fold_sightings({topic: {} for topic in TABLES["intake"]}, sightings, lambda _: 0, days)
    registered = [EvidenceChange(arrived=FROM_THE_BEGINNING, groups=plan([], groups, prune=False))] if groups else []
    told = [EvidenceChange.from_bytes(one.value) for one in step.outgoing if one.topic is EVIDENCE]
    refused = (Rejection.from_bytes(one.value) for one in step.outgoing if one.topic is REJECTED)
    return IntakeResult((*registered, *told), tuple(refused))


def select(
    changes: Iterable[EvidenceChange],
    *,
    before: datetime | None = None,
    up_to: date | None = None,
    region: str | None = None,
) -> Iterator[EvidenceChange]:
    """Yield the changes that arrived before an instant, with only such evidence as begins up to a day, itself in.

    ``region`` leaves the evidence of all other regions out: nothing in one depends on another. None sets no limit.
    Changes of groups pass whatever the day: an affiliation has days of its own.
    """
    for change in changes:
        if before is not None and change.arrived >= before:
            continue
        if change.groups is not None:
            yield change
            continue
        remove, add = (_within(one, up_to, region) for one in (change.remove, change.add))
        if remove is change.remove and add is change.add:
            yield change
        elif remove or add:
            yield change.replace(remove=remove, add=add)


def fold_evidence_log(changes: Iterable[EvidenceChange], policy: Policy) -> History:
    """Fold the evidence of one partition into its history, without changes that the fold raises on."""
    records = (_incoming(offset, change) for offset, change in enumerate(changes))
    step = fold_each(partial(fold_evidence, policy=policy), {topic: {} for topic in TABLES["presence"]}, list(records))
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
    """Return the alert events that a change of groups makes when it arrives after the history of a partition."""
    tables: dict[Topic, Mapping[str, Any]] = {
        AFFILIATIONS: history.groups.by_id, PRESENCE: history.presences, ACTIVITY: history.days, SPREAD: history.spreads
    }  # fmt: skip
    changes = (EvidenceChange(arrived=arrived, groups=part) for part in change.parts())
    records = [_incoming(offset, one) for offset, one in enumerate(changes)]
    return _events(fold_each(partial(fold_evidence, policy=policy), tables, records))


def merge(histories: Iterable[History]) -> History:
    """Put the histories of several partitions into one, where each group has one name in all regions.

    A region lives on one partition; groups stand in each.
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


def _within(evidence: Evidence | None, up_to: date | None, region: str | None) -> Evidence | None:
    if evidence is None or (up_to is not None and evidence.first_day > up_to):
        return None
    return evidence if region is None or evidence.region == region else None


def _events(step: Step) -> tuple[AlertEvent, ...]:
    return tuple(AlertEvent.from_bytes(one.value) for one in step.outgoing if one.topic is ALERTS)


def _incoming(offset: int, change: EvidenceChange) -> Incoming:
    return Incoming(EVIDENCE.name, 0, offset, change.arrived, None, change.to_bytes())


def _arrived(event: AlertEvent) -> datetime:
    return event.arrived
