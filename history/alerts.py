"""The alerts: as they are now or were at the end of a day, and the events of one alert."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from history.database import end_of_day, instant_of
from schemas.alert import AlertEvent, AlertStatus
from schemas.codes import OF_REGIONS, AlertKind
from schemas.labels import OF_COUNTRIES
from schemas.names import comparable


@dataclass(frozen=True, slots=True)
class AlertEntry:
    """One alert."""

    number: int
    """Its place in the order of first events, counted from 1."""
    published: datetime
    """Arrival of the alert's first event, UTC."""
    latest: AlertEvent
    announced: AlertKind | None
    """Kind with which the alert was first confirmed; None: it never was, and nobody was notified."""


@dataclass(frozen=True, slots=True)
class AlertQuery:
    """Which alerts to return. The values concern the latest event of an alert; None or empty selects all."""

    as_of: date | None = None
    """Only what had arrived by the end of this day (UTC); each alert is then as it was at that time."""
    before: int | None = None
    """Only alerts with a lower number."""
    statuses: Sequence[AlertStatus] = ()
    kinds: Sequence[AlertKind] = ()
    """Kinds of its latest event; also what was announced as one of them."""
    first: date | None = None
    """Earliest first day, inclusive."""
    last: date | None = None
    """Latest first day, inclusive."""
    names: Collection[str] | None = None
    """Only alerts of which any event had one of these names of its group, in any spelling; None: all."""
    country: str | None = None
    """Its country; of a spread, one of its countries. Alerts of areas are about no country."""


_NO_NUMBER = 2**62


@dataclass(slots=True)
class _Condition:
    parts: list[str] = field(default_factory=list)
    values: list[object] = field(default_factory=list)

    def require(self, part: str, *values: object) -> None:
        self.parts.append(part)
        self.values += values

    def require_one_of(self, column: str, values: Sequence[str]) -> None:
        if values:
            self.require(f"{column} in ({', '.join('?' * len(values))})", *values)


def alert_entries(connection: sqlite3.Connection, query: AlertQuery) -> Iterator[AlertEntry]:
    """Yield the alerts that a query selects, the newest first."""
    condition = _Condition()
    condition.require("alert.number < ?", min(query.before or _NO_NUMBER, _NO_NUMBER))
    state = "alert" if query.as_of is None else "latest"  # has the columns of the event that counts
    condition.require_one_of(f"{state}.status", query.statuses)
    if query.kinds:
        kinds = json.dumps(query.kinds)
        of_kinds = "in (select value from json_each(?))"
        condition.require(f"({state}.kind {of_kinds} or alert.announced {of_kinds})", kinds, kinds)
    if query.first:
        condition.require(f"{state}.first_day >= ?", str(query.first))
    if query.last:
        condition.require(f"{state}.first_day <= ?", str(query.last))
    if query.names is not None:
        forms = json.dumps(sorted(set(map(comparable, query.names))))
        of_name = "select alert_id from alert_name where name_form in (select value from json_each(?))"
        condition.require(f"alert.alert_id in ({of_name})", forms)
    if query.country:
        of_country = f"({state}.country = ? or {state}.kind in (select value from json_each(?)))"  # noqa: S608
        condition.require(of_country, query.country, json.dumps(OF_REGIONS))
        condition.require_one_of(f"{state}.kind", OF_COUNTRIES)
    # With a cross join SQLite begins with the newest alert; it would read every event and sort them otherwise.
    if query.as_of is None:
        selected = (
            "select alert.number, published, announced, latest.event from alert "
            "cross join alert_event as latest on latest.alert_id = alert.alert_id and latest.revision = alert.revision"
        )
        values = condition.values
    else:
        selected, end = _AS_OF, end_of_day(query.as_of)
        values = [end, end, *condition.values]
    rows = connection.execute(f"{selected} where {' and '.join(condition.parts)} order by alert.number desc", values)
    for number, published, announced, event in rows:
        latest = AlertEvent.from_bytes(event.encode())
        if query.country is None or query.country in {latest.country, *latest.countries}:
            yield AlertEntry(number, instant_of(published), latest, announced)


_AS_OF = (
    "select alert.number, published, (select kind from alert_event where alert_event.alert_id = alert.alert_id "
    "and status = 'confirmed' and arrived < ? order by revision limit 1), latest.event "
    "from alert cross join alert_event as latest on latest.alert_id = alert.alert_id and latest.revision = "
    "(select max(revision) from alert_event where alert_event.alert_id = alert.alert_id and arrived < ? "
    "and number is not null)"
)


def events_with_prefix(connection: sqlite3.Connection, prefix: str) -> list[AlertEvent]:
    """Return the events of all alerts whose id starts with a prefix; of one alert only when the id is complete."""
    ids = [
        alert_id for (alert_id,) in connection.execute(
            "select alert_id from alert where substr(alert_id, 1, length(?1)) = ?1 and alert_id >= ?1 order by number",
            (prefix,),
        )
    ]  # fmt: skip
    return [event for alert_id in ([prefix] if prefix in ids else ids) for event in _events(connection, alert_id)]


def _events(connection: sqlite3.Connection, alert_id: str) -> Iterator[AlertEvent]:
    selected = "select event from alert_event where alert_id = ? and number is not null order by revision"
    return (AlertEvent.from_bytes(event.encode()) for (event,) in connection.execute(selected, (alert_id,)))


def events_since(connection: sqlite3.Connection, instant: str = "") -> list[AlertEvent]:
    """Return the alert events that arrived at an instant, given as text, or later; by arrival."""
    rows = connection.execute("select event from alert_event where arrived >= ? order by arrived, number", (instant,))
    return [AlertEvent.from_bytes(event.encode()) for (event,) in rows]


@dataclass(frozen=True, slots=True)
class LogEnd:
    """Where the log of alert events ends."""

    fill: str
    """Changes when the database is filled from the beginning: events have other numbers then."""
    number: int
    """Number of the last event."""
    alerts: int
    """Number of alerts."""
    arrived: datetime | None
    """Arrival of the last event."""
    offsets: int = 0
    """Sum of the positions in all topics: it changes with the rows of the database."""


def log_end(connection: sqlite3.Connection) -> LogEnd:
    """Return where the log of alert events ends."""
    (fill,) = connection.execute("select value from identity where key = 'fill'").fetchone()
    (alerts,) = connection.execute("select coalesce(max(number), 0) from alert").fetchone()
    (offsets,) = connection.execute("select coalesce(sum(next_offset), 0) from input_position").fetchone()
    last = connection.execute(
        "select number, arrived from alert_event where number is not null order by number desc limit 1"
    ).fetchone()
    number, arrived = (last[0], instant_of(last[1])) if last else (0, None)
    return LogEnd(fill, number, alerts, arrived, offsets)


def events_after(connection: sqlite3.Connection, number: int, limit: int) -> list[tuple[int, AlertEvent]]:
    """Return the numbered events after a number, at most ``limit``."""
    rows = connection.execute(
        "select number, event from alert_event where number > ? order by number limit ?", (number, limit)
    )
    return [(found, AlertEvent.from_bytes(event.encode())) for found, event in rows]


def number_before(connection: sqlite3.Connection, instant: str) -> int:
    """Return a number below those of all events that arrived at an instant, given as text, or later."""
    (number,) = connection.execute("select max(number) from alert_event where arrived < ?", (instant,)).fetchone()
    return number or 0
