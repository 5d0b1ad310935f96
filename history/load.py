"""Records of the topics -> rows of the read model, within one transaction of the caller.

Every function leaves the tables as they would be if the same records had come in one batch. The run versions follow
later (:mod:`history.timeline`): a change of the evidence marks the places whose runs are out of date.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from faust_batches.decoding import Unreadable
from faust_batches.step import Incoming
from history.database import instant_text
from history.known_groups import KnownGroups, NamedOnDays, Place
from history.sighting_rows import EVIDENCE_COLUMNS, evidence_values
from schemas.alert import AlertEvent
from schemas.delivery import Delivery, LedgerEntry
from schemas.evidence import Evidence, EvidenceChange
from schemas.group import Group, GroupsChange
from schemas.names import comparable
from schemas.rejection import Rejection
from schemas.topics import ALERTS, DELIVERIES, EVIDENCE, LEDGER, OUTBOX, REJECTED, Topic
from streams.presence.policy import Policy
from streams.presence.qualification import origin_of, qualifies_alone

TOPICS = (EVIDENCE, ALERTS, DELIVERIES, LEDGER, OUTBOX, REJECTED)
"""The topics that the rows come from."""

Row = tuple[Any, ...]
_Key = tuple[str, str, int]

_SIGHTING_COLUMNS = (
    *EVIDENCE_COLUMNS, "group_form", "origin_form", "qualifies_alone", "known_from", "known_until",
)  # fmt: skip
_KNOWN_FROM, _KNOWN_UNTIL = -2, -1


class Loader:
    """Writes batches of records into one database."""

    def __init__(self, policy: Policy, unreadable: Unreadable) -> None:
        """``unreadable`` is called for each record that cannot be read; it is skipped."""
        self._policy, self._unreadable = policy, unreadable
        self._groups = KnownGroups([])
        self._groups_version: object = None

    def load(self, connection: sqlite3.Connection, records: Mapping[Topic, Iterable[Incoming]]) -> None:
        """Write the rows of records. Those of a partition come in the order of their offsets."""
        for topic, of_topic in records.items():
            if topic is EVIDENCE:
                self.evidence(connection, self._rows(of_topic, _evidence_change))
            elif topic is ALERTS:
                _put_alerts(connection, list(self._rows(of_topic, _alert_event)))
            else:
                self._put_rows(connection, of_topic, *_TABLES[topic])

    def evidence(self, connection: sqlite3.Connection, changes: Iterable[EvidenceChange]) -> None:
        """Write the sightings and groups of evidence changes, and mark the places that they affect."""
        batch = _Evidence()
        for change in changes:
            if change.groups:
                self._write(connection, batch)
                batch = _Evidence()
                self._put_groups(connection, change.groups, instant_text(change.arrived))
                continue
            known = instant_text(change.arrived)
            if change.remove:
                batch.remove(change.remove, known)
            if change.add:
                if _key(change.add) in batch.ended:  # the same version again: the end applies to the one before
                    self._write(connection, batch)
                    batch = _Evidence()
                batch.add(change.add, known, self._policy)
        self._write(connection, batch)

    def groups(self, connection: sqlite3.Connection) -> KnownGroups:
        """Return the registered groups at every time."""
        counted = "select (select value from identity where key = 'fill'), max(version), count(*) from group_version"
        version = connection.execute(counted).fetchone()
        if version != self._groups_version:
            self._groups, self._groups_version = KnownGroups.load(connection), version
        return self._groups

    def _write(self, connection: sqlite3.Connection, batch: _Evidence) -> None:
        batch.write(connection)
        if not batch.marks:
            return
        groups = self.groups(connection)
        places: dict[Place, Mark] = {}
        for (form, country), mark in batch.marks.items():
            for place in groups.places_of(NamedOnDays(form, date.min, date.max), country, mark.since):
                places[place] = mark.with_other(places.get(place))
        _mark(connection, places)

    def _put_groups(self, connection: sqlite3.Connection, change: GroupsChange, at: str) -> None:
        """Write a change of groups. Every partition has it, and all but the first one change nothing."""
        changed = [group for group in change.put if _put_group(connection, group, at)]
        ended = [group_id for group_id in change.remove if _end_group(connection, group_id, at)]
        if changed or ended:
            self._groups_version = None  # the end of a version adds no version by which the cache would notice
            ids = [*(group.id for group in changed), *ended]
            places = self.groups(connection).places_changed_at(connection, at, ids)
            _mark(connection, dict.fromkeys(places, Mark(at, date.min.isoformat())))

    def _put_rows(
        self,
        connection: sqlite3.Connection,
        records: Iterable[Incoming],
        table: str,
        key: str | None,
        row_of: Callable[[Incoming], Row],
    ) -> None:
        """Write rows, one for each record. A record without a value deletes the row that its key names."""
        for record in records:
            if key and record.value is None:
                name = (record.key or b"").decode(errors="replace")
                connection.execute(f"delete from {table} where {key} = ?", (name,))  # noqa: S608 - constants
                continue
            for row in self._rows([record], row_of):
                marks = ", ".join("?" * len(row))
                connection.execute(f"insert or replace into {table} values ({marks})", row)  # noqa: S608 - constants

    def _rows(self, records: Iterable[Incoming], read: Callable[[Incoming], Any]) -> Iterable[Any]:
        for record in records:
            try:
                row = read(record)
            except Exception as error:  # noqa: BLE001 - one bad record must not hide the others
                self._unreadable(record, error)
            else:
                yield row


class Mark(NamedTuple):
    """The point from which the runs of a place are out of date."""

    since: str
    """The earliest instant of a change."""
    first_day: str
    """The earliest day on which a changed sighting begins."""

    def with_other(self, other: Mark | None) -> Mark:
        """Return the earlier instant and the earlier day."""
        return Mark(min(self.since, other.since), min(self.first_day, other.first_day)) if other else self


@dataclass(slots=True)
class _Evidence:
    """Versions of sightings that begin or end in a batch without a change of groups."""

    added: list[list[Any] | None] = field(default_factory=list)
    open: dict[_Key, int] = field(default_factory=dict)
    """Index in ``added`` of the current version of a sighting."""
    ended: dict[_Key, str] = field(default_factory=dict)
    """When versions of earlier batches ended."""
    marks: dict[tuple[str, str], Mark] = field(default_factory=dict)
    """The point from which runs are out of date, by comparable form of a group's name, and country."""
    names: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The instant at which a name was first known, and its spelling, by comparable form."""

    def add(self, seen: Evidence, known: str, policy: Policy) -> None:
        form = comparable(seen.group)
        self.open[_key(seen)] = len(self.added)
        self.added.append([*evidence_values(seen), form, origin_of(seen), qualifies_alone(seen, policy), known, None])
        self._mark(form, seen, known)
        first = self.names.get(form)
        if first is None or known < first[0]:
            self.names[form] = known, seen.group

    def remove(self, seen: Evidence, known: str) -> None:
        place = self.open.pop(_key(seen), None)
        row = self.added[place] if place is not None else None
        if place is None or row is None:
            self.ended[_key(seen)] = known
        elif known > row[_KNOWN_FROM]:
            row[_KNOWN_UNTIL] = known
        else:  # it was never known
            self.added[place] = None
        self._mark(comparable(seen.group), seen, known)

    def write(self, connection: sqlite3.Connection) -> None:
        if self.added:
            connection.executemany(
                f"insert into sighting_version ({', '.join(_SIGHTING_COLUMNS)}) "  # noqa: S608 - constants
                f"values ({', '.join('?' * len(_SIGHTING_COLUMNS))})",
                (row for row in self.added if row is not None),
            )
        if self.ended:
            connection.executemany(
                "update sighting_version set known_until = ? where version = (select min(version) "
                "from sighting_version where source = ? and id = ? and revision = ? and known_until is null)",
                ((known, *key) for key, known in self.ended.items()),
            )
            connection.executemany(
                "delete from sighting_version "
                "where source = ? and id = ? and revision = ? and known_until <= known_from",  # it was never known
                self.ended,
            )
        connection.executemany(
            "insert into written_name values (?, ?, ?) on conflict do update "
            "set name = excluded.name, known_from = excluded.known_from where excluded.known_from < known_from",
            ((form, name, known) for form, (known, name) in self.names.items()),
        )

    def _mark(self, form: str, seen: Evidence, known: str) -> None:
        place = form, seen.country
        self.marks[place] = Mark(known, seen.first_day.isoformat()).with_other(self.marks.get(place))


def _key(seen: Evidence) -> _Key:
    return seen.source, seen.id, seen.revision


def _mark(connection: sqlite3.Connection, places: Mapping[Place, Mark]) -> None:
    marks = [(*place, *mark) for place, mark in sorted(places.items())]
    connection.executemany(
        "insert into pending_place values (?1, ?2, ?3) on conflict do update set since = min(since, excluded.since)",
        (row[:3] for row in marks),
    )
    connection.executemany(
        "update cut_place set settled = min(settled, ?4) where group_form = ?1 and country = ?2", marks
    )


def _put_group(connection: sqlite3.Connection, group: Group, at: str) -> bool:
    """Begin a version of a group; return False if it is known."""
    json = group.to_bytes().decode()
    known = connection.execute(
        "select version, json from group_version where group_id = ? and known_from = ?", (group.id, at)
    ).fetchone()
    if known:
        if known[1] == json:
            return False
        connection.execute("update group_version set json = ? where version = ?", (json, known[0]))
        return True
    _end_group(connection, group.id, at)
    connection.execute(
        "insert into group_version (group_id, group_form, json, known_from, known_until) values (?1, ?2, ?3, ?4, "
        "(select min(known_from) from group_version where group_id = ?1 and known_from > ?4))",
        (group.id, comparable(group.id), json, at),
    )
    return True


def _end_group(connection: sqlite3.Connection, group_id: str, at: str) -> bool:
    """End the version of a group that is current at an instant; return False if there is none."""
    ended = connection.execute(
        "update group_version set known_until = ?2 "
        "where group_id = ?1 and known_from < ?2 and (known_until is null or known_until > ?2)",
        (group_id, at),
    )
    return ended.rowcount > 0


_LATEST = "revision, kind, status, group_id, group_form, country, region, first_day, last_day"
"""Columns that ``alert`` has from the latest event."""


def number_alerts(connection: sqlite3.Connection) -> None:
    """Give numbers to the alert events without one, by arrival, and bring the alerts up to date."""
    (last,) = connection.execute("select coalesce(max(number), 0) from alert_event").fetchone()
    numbered = connection.execute(
        "update alert_event set number = ? + sorted.place from "
        "(select alert_id, revision, row_number() over (order by arrived, alert_id, revision) as place "
        "from alert_event where number is null) as sorted "
        "where alert_event.alert_id = sorted.alert_id and alert_event.revision = sorted.revision",
        (last,),
    )
    if not numbered.rowcount:
        return
    connection.execute(
        f"insert into alert select null, alert_id, arrived, null, {_LATEST} from (select *, "  # noqa: S608 - constants
        "row_number() over (partition by alert_id order by number) as place from alert_event where number > ?) "
        "where place = 1 order by number on conflict do nothing",
        (last,),
    )
    connection.execute(
        f"update alert set ({_LATEST}) = (select {_LATEST} from alert_event "  # noqa: S608 - constants
        "where alert_event.alert_id = alert.alert_id and number is not null order by revision desc limit 1), "
        "announced = (select kind from alert_event where alert_event.alert_id = alert.alert_id "
        "and status = 'confirmed' and number is not null order by revision limit 1) "
        "where alert_id in (select alert_id from alert_event where number > ?)",
        (last,),
    )


def _evidence_change(record: Incoming) -> EvidenceChange:
    return EvidenceChange.from_bytes(_value(record))


def _put_alerts(connection: sqlite3.Connection, events: Sequence[AlertEvent]) -> None:
    connection.executemany(
        "insert into alert_event values (?, ?, null, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing",
        map(_alert_row, events),
    )
    connection.executemany(
        "insert into alert_name values (?, ?) on conflict do nothing",
        ((comparable(name), event.alert_id) for event in events for name in (event.group, *event.names)),
    )


def _alert_event(record: Incoming) -> AlertEvent:
    event = AlertEvent.from_bytes(_value(record))
    return event.replace(arrived=event.arrived.astimezone(UTC))  # raises for instants outside UTC's range


def _alert_row(event: AlertEvent) -> Row:
    return (
        event.alert_id, event.revision, event.type, event.kind, event.status, event.group, comparable(event.group),
        event.country, event.region, event.first_day.isoformat(), event.last_day.isoformat(),
        instant_text(event.arrived), event.to_bytes().decode(),
    )  # fmt: skip


def _delivery_row(record: Incoming) -> Row:
    delivery = Delivery.from_bytes(_value(record))
    alert = delivery.alert
    return (
        record.partition, record.offset, delivery.delivery_id, delivery.destination, alert.alert_id, alert.revision,
        alert.group, alert.country, instant_text(record.arrived), _optional(delivery.due_at),
    )  # fmt: skip


def _ledger_row(record: Incoming) -> Row:
    entry = LedgerEntry.from_bytes(_value(record))
    return (
        entry.delivery_id, entry.destination, entry.alert_id, entry.alert_revision, entry.state, entry.via,
        entry.channel, entry.message_ts, entry.digest, entry.form, entry.error, entry.attempts, entry.ambiguous,
    )  # fmt: skip


def _outbox_row(record: Incoming) -> Row:
    delivery = Delivery.from_bytes(_value(record))
    return (record.key or b"").decode(), delivery.delivery_id, delivery.destination


def _rejection_row(record: Incoming) -> Row:
    rejection = Rejection.from_bytes(_value(record))
    return (
        record.partition, record.offset, rejection.source, rejection.id, rejection.reason,
        _optional(rejection.arrived), rejection.replace(original=b"").to_bytes().decode(),
    )  # fmt: skip


def _optional(instant: datetime | None) -> str | None:
    return instant_text(instant) if instant else None


def _value(record: Incoming) -> bytes:
    return record.value or b""


_TABLES: dict[Topic, tuple[str, str | None, Callable[[Incoming], Row]]] = {
    DELIVERIES: ("delivery", None, _delivery_row),
    LEDGER: ("ledger", "delivery_id", _ledger_row),
    OUTBOX: ("outbox", "key", _outbox_row),
    REJECTED: ("rejection", None, _rejection_row),
}
"""The table of each topic that has a row for each record, and the column of the key if the topic is compacted."""
