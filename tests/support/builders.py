"""Builds records with defaults for every field, so that a test names only what matters, and runs folds on plain tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from types import MappingProxyType
from typing import Any, Literal

from pydantic_core import to_json

from faust_batches.folding import fold_all
from faust_batches.step import Draft, Headers, Incoming, Outgoing, Step, Tables
from places.countries import region_of
from schemas.alert import AlertEvent, AlertEvidence, AlertState, Cause
from schemas.days import parse_days
from schemas.evidence import Evidence, EvidenceChange
from schemas.names import comparable
from schemas.presence import Presence, Run
from schemas.record import Record
from schemas.rejection import REMEDIES, Reason, Rejection
from schemas.sighting import parse_instant
from schemas.topics import (
    ALERTS,
    CANDIDATES,
    EPISODES,
    EVIDENCE,
    PRESENCE,
    SIGHTINGS,
    STORED_ALERTS,
    TABLES,
    Stage,
    Topic,
)
from streams.on_record import OnRecord
from streams.presence.fold import fold as fold_evidence
from streams.presence.policy import Policy
from streams.presence.rows import presence_key
from streams.presence.run_table import RunTable

ARRIVED = datetime(2017, 11, 1, 9, 0, tzinfo=UTC)

Rows = dict[Topic, dict[str, Any]]
Fold = Callable[[Tables, Sequence[Incoming]], Step]


def sighting(**fields: Any) -> dict[str, Any]:
    """Return a sighting as a producer writes it. None removes a field."""
    known: dict[str, Any] = {
        "source": "wire", "id": "1", "group": "JNIM", "country": "Mali", "occurred": "2017-10-31",
    }  # fmt: skip
    return {name: value for name, value in (known | fields).items() if value is not None}


def sighting_today(**fields: Any) -> dict[str, Any]:
    """Return a sighting that qualifies by its grade and is news if published now."""
    return sighting(occurred=datetime.now(UTC).date().isoformat(), grade="B2", **fields)


def incoming(
    value: dict[str, Any] | Record | bytes | None,
    *,
    topic: Topic = SIGHTINGS,
    partition: int = 0,
    offset: int = 0,
    arrived: str | datetime = ARRIVED,
    key: bytes | None = None,
    headers: Headers = (),
) -> Incoming:
    """Return a record as a stage receives it."""
    if isinstance(value, dict):
        value = to_json(value)
    elif isinstance(value, Record):
        value = value.to_bytes()
    return Incoming(topic.full_name("test"), partition, offset, instant(arrived), key, value, headers)


def instant(text: str | datetime) -> datetime:
    return parse_instant(text) if isinstance(text, str) else text


def evidence(
    occurred: str = "2017-10-31",
    arrived: str | datetime | None = None,
    precision: Literal["some_day"] | None = None,
    **fields: Any,
) -> Evidence:
    """Return evidence that by default arrives on the morning after its first day."""
    days = parse_days(occurred)
    days = days.replace(precision=precision) if precision else days
    known: dict[str, Any] = {
        "source": "wire", "id": "1", "revision": 1, "group": "JNIM", "country": "ML", "grade": "B2",
        "first_day": days.first_day, "last_day": days.last_day, "begins_by": days.begins_by,
        "ends_from": None if days.ends_from == days.last_day else days.ends_from,
        "arrived": instant(arrived) if arrived else morning_after(occurred),
    } | fields  # fmt: skip
    known.setdefault("region", region_of(known["country"]))
    return Evidence(**known)


def morning_after(occurred: str) -> datetime:
    return datetime.combine(parse_days(occurred).first_day + timedelta(1), time(9), tzinfo=UTC)


def change(
    add: Evidence | None = None, remove: Evidence | None = None, arrived: str | datetime | None = None
) -> EvidenceChange:
    """Return a change that by default arrives with the evidence that it adds, else with the evidence that it removes."""
    cause = add or remove
    assert cause is not None
    return EvidenceChange(arrived=instant(arrived) if arrived else cause.arrived, add=add, remove=remove)


def alert_event(alert_id: str = "a1", revision: int = 1, **fields: Any) -> AlertEvent:
    seen = evidence()
    known: dict[str, Any] = {
        "alert_id": alert_id, "revision": revision, "type": "initial" if revision == 1 else "update",
        "kind": "first_ever", "status": "confirmed",
        "group": "JNIM", "country": "ML", "region": "Western Africa", "first_day": seen.first_day,
        "last_day": seen.last_day, "arrived": seen.arrived,
        "cause": Cause(what="reported", sighting=seen), "why": AlertEvidence(sightings=(seen,), origins=1),
    }  # fmt: skip
    return AlertEvent(**known | fields)


def rejection(**fields: Any) -> Rejection:
    """Return a rejection of the source `wire`."""
    known: dict[str, Any] = {
        "reason": Reason.COUNTRY_UNRESOLVED, "detail": "no country", "remedy": REMEDIES[Reason.COUNTRY_UNRESOLVED],
        "source": "wire", "id": "1", "topic": "test.sightings.v1", "partition": 0, "offset": 0, "arrived": ARRIVED,
        "original": b"",
    }  # fmt: skip
    return Rejection(**(known | fields))


def tables_of(stage: Stage) -> Rows:
    """Return the empty tables of a stage."""
    return {topic: {} for topic in TABLES[stage]}


def run(fold: Fold, tables: Rows, records: Iterable[Incoming], sizes: Iterable[int] = ()) -> list[Outgoing]:
    """Fold records in batches of these sizes and the rest in one batch, apply the changes, and return the output.

    The fold gets read-only tables. Every row is serialized and parsed, as it would be in Kafka.
    """
    rest = list(records)
    batches = []
    for size in sizes:
        batches.append(rest[:size])
        rest = rest[size:]
    batches.append(rest)
    outgoing: list[Outgoing] = []
    for batch in batches:
        for step in fold_all(fold, {topic: MappingProxyType(rows) for topic, rows in tables.items()}, batch):
            outgoing += step.outgoing
            apply(step, tables)
    return outgoing


def apply(step: Step, tables: Rows) -> None:
    """Change the tables as a commit does: every row is serialized and parsed."""
    for topic, rows in step.changes.items():
        for key, row in rows.items():
            if row is None:
                tables[topic].pop(key, None)
            else:
                tables[topic][key] = type(row).from_bytes(row.to_bytes())


def evidence_records(changes: Iterable[EvidenceChange], first: int) -> list[Incoming]:
    """Return changes as presence receives them, with consecutive offsets."""
    return [
        incoming(change, topic=EVIDENCE, arrived=change.arrived, offset=offset)
        for offset, change in enumerate(changes, first)
    ]


def read(outgoing: Iterable[Outgoing], topic: Topic) -> list[Any]:
    """Return the records that go to one topic."""
    return [topic.record.from_bytes(record.value) for record in outgoing if record.topic is topic]


class Story:
    """Presence on plain tables. Each change of evidence returns the alert events that it causes."""

    def __init__(self, policy: Policy | None = None) -> None:
        self._policy = policy or Policy()
        self.tables = tables_of("presence")
        self.events: list[AlertEvent] = []
        self._changes = 0

    def apply(self, *changes: EvidenceChange) -> list[AlertEvent]:
        records = evidence_records(changes, self._changes)
        self._changes += len(records)
        outgoing = run(lambda tables, batch: fold_evidence(tables, batch, self._policy), self.tables, records)
        events: list[AlertEvent] = read(outgoing, ALERTS)
        self.events += events
        return events

    def add(self, *seen: Evidence) -> list[AlertEvent]:
        return self.apply(*(change(add=sighting) for sighting in seen))

    def withdraw(self, seen: Evidence, arrived: str | None = None) -> list[AlertEvent]:
        return self.apply(change(remove=seen, arrived=arrived))

    def correct(self, before: Evidence, after: Evidence) -> list[AlertEvent]:
        return self.apply(change(add=after, remove=before))

    def presence(self, country: str = "ML", group: str = "JNIM") -> OnRecord | None:
        """Return what is on record about a group in a country, with the name that its region shows."""
        row: Presence | None = self.tables[PRESENCE].get(presence_key(group, country))
        if row is None:
            return None
        form = comparable(group)
        return OnRecord(
            row.group, country, row.region, self._runs(EPISODES, form, country), self._runs(CANDIDATES, form, country)
        )

    def _runs(self, topic: Topic, form: str, country: str) -> tuple[Any, ...]:
        prefix = f"{form}\0{country}\0"
        return tuple(row for key, row in sorted(self.tables[topic].items()) if key.startswith(prefix))

    def alerts(self, country: str = "ML", group: str = "JNIM") -> tuple[AlertState, ...]:
        prefix = f"{comparable(group)}\0{country}\0"
        stored = [row for key, row in self.tables[STORED_ALERTS].items() if key.startswith(prefix)]
        in_order = sorted(stored, key=lambda row: (row.raised_offset, row.raised_number))
        return tuple(self._with_last_day(row.state, prefix) for row in in_order)

    def _with_last_day(self, alert: AlertState, prefix: str) -> AlertState:
        """Return an alert with the last day of its run: the row is not written again when the run becomes longer."""
        runs: RunTable[Run] = RunTable(Draft(self.tables[EPISODES if alert.announced else CANDIDATES]), prefix)
        run = runs.holding(alert.anchor)
        if run is None or alert.status == "superseded":
            return alert
        return alert.replace(last_day=run.last_day, ends_from=run.ends_from)

    def spans(self, country: str = "ML", group: str = "JNIM") -> list[str]:
        """Return each episode as ``kind first/last``."""
        row = self.presence(country, group)
        return [f"{episode.kind} {episode.first_day}/{episode.last_day}" for episode in row.episodes] if row else []
