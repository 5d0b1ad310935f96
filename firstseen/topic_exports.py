"""The state of a running system as its topics hold it, for ``firstseen topics export`` and ``replay --export``.

Every key here is a promise to programs that read the exports.
"""

from __future__ import annotations

import base64
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any, Literal, TypeVar, get_args

from faust_batches.decoding import LogUnreadable, decoded, rows
from faust_batches.step import Incoming
from schemas.alert import AlertEvent, Cause
from schemas.delivery import Delivery, LedgerEntry
from schemas.intake_tables import Accounting
from schemas.presence import Day, Episode, Presence, Run, Spread
from schemas.rejection import Rejection
from schemas.topics import (
    ACCOUNTING,
    ALERTS,
    CANDIDATES,
    DAYS,
    DELIVERIES,
    EPISODES,
    LEDGER,
    PRESENCE,
    REJECTED,
    SPREAD,
    Topic,
)
from streams.io.kafka_config import KafkaConfig
from streams.io.reader import read_all
from streams.notify.message import render
from streams.on_record import OnRecord, display_names, on_record, with_display_name
from streams.presence.appearances import Appearance, find_spreads
from streams.presence.policy import Policy
from streams.presence.rows import count_of, presence_key, tallies

log = logging.getLogger(__name__)

Value = TypeVar("Value")

Kind = Literal[
    "presence", "candidates", "activity", "spread", "alerts", "deliveries", "rejected", "accounting",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)


async def export(cluster: KafkaConfig, prefix: str, kind: Kind, policy: Policy) -> list[dict[str, Any]]:
    """Return the rows of one kind, in an order that depends only on the records. ``accounting`` is a single row.

    An unreadable record is skipped and logged. Raises UnreachableError or MissingTopicError.
    """
    read = _Reader(cluster, prefix)
    match kind:
        case "presence":
            return [exported for row in await read.on_record() if (exported := _presence(row))]
        case "candidates":
            return [exported for row in await read.on_record() for exported in _candidates(row, policy)]
        case "activity":
            places = {presence_key(row.group, row.country): row for row in await read.on_record()}
            days = await read.table(DAYS, Day.from_bytes)
            return [exported for key in sorted(days, key=_with_bars) if (exported := _activity(places, key, days[key]))]
        case "spread":
            names = display_names(await read.on_record())
            spreads = (await read.table(SPREAD, Spread.from_bytes)).values()
            return list(chain.from_iterable(_spreads(with_display_name(row, names), policy) for row in spreads))
        case "alerts":
            return await read.log(ALERTS, lambda value: _alert(AlertEvent.from_bytes(value)))
        case "deliveries":
            ledger = {entry.delivery_id: entry for entry in (await read.table(LEDGER, LedgerEntry.from_bytes)).values()}
            return await read.log(DELIVERIES, lambda value: _delivery(Delivery.from_bytes(value), ledger))
        case "rejected":
            return await read.log(REJECTED, lambda value: _rejection(Rejection.from_bytes(value)), in_time=False)
        case "accounting":
            return [asdict(account(list((await read.table(ACCOUNTING, Accounting.from_bytes)).values())))]


class _Reader:
    """Reads topics and skips unreadable records."""

    def __init__(self, cluster: KafkaConfig, prefix: str) -> None:
        self._cluster, self._prefix, self._unreadable = cluster, prefix, LogUnreadable(log)

    async def table(self, topic: Topic, read: Callable[[bytes], Value]) -> dict[str, Value]:
        """Return the rows of a table, sorted by key."""
        return rows(await read_all(self._cluster, self._prefix, topic), read, self._unreadable)

    async def on_record(self) -> list[OnRecord]:
        """Return each group in each country, sorted; a group has the same display name in all regions."""
        return on_record(
            await self.table(PRESENCE, Presence.from_bytes),
            await self.table(EPISODES, Episode.from_bytes),
            await self.table(CANDIDATES, Run.from_bytes),
        )

    async def log(self, topic: Topic, read: Callable[[bytes], Value], *, in_time: bool = True) -> list[Value]:
        """Return all records of a topic: merged by arrival if ``in_time``, otherwise by partition."""
        records = await read_all(self._cluster, self._prefix, topic)
        ordered = _in_stream_time(records) if in_time else records
        return [value for _, value in decoded(ordered, read, self._unreadable)]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How records on ``sightings`` ended: each in exactly one way."""

    records: int
    accepted: int
    retracted: int
    test: int
    duplicate: int
    stale: int
    quarantined: int
    rejected: dict[str, int]
    """By reason."""


def account(rows: list[Accounting]) -> Outcomes:
    """Add up the partitions; the counts show that every record ended in exactly one way."""
    rejected: Counter[str] = Counter()
    for row in rows:
        rejected.update({str(reason): count for reason, count in row.rejected.items()})

    def total(name: str) -> int:
        return sum(getattr(row, name) for row in rows)

    return Outcomes(
        records=total("records"), accepted=total("accepted"), retracted=total("retracted"), test=total("test"),
        duplicate=total("duplicate"), stale=total("stale"), quarantined=total("quarantined"),
        rejected=dict(sorted(rejected.items())),
    )  # fmt: skip


def _presence(row: OnRecord) -> dict[str, Any] | None:
    if not row.episodes:
        return None
    return {
        "group": row.group,
        "country": row.country,
        "region": row.region,
        "first_seen": row.episodes[0].first_day.isoformat(),
        "last_seen": row.episodes[-1].last_day.isoformat(),
        "episodes": [
            {
                "kind": episode.kind,
                "start": episode.first_day.isoformat(),
                "end": episode.last_day.isoformat(),
                "begins_by": (episode.begins_by or episode.first_day).isoformat(),
                "ends_from": (episode.ends_from or episode.last_day).isoformat(),
                "trigger": episode.trigger.id,
            }
            for episode in row.episodes
        ],
    }


def _candidates(row: OnRecord, policy: Policy) -> list[dict[str, Any]]:
    return [_candidate(row, found) for found in row.appearances(policy) if found.status == "candidate"]


def _candidate(row: OnRecord, candidate: Appearance) -> dict[str, Any]:
    return {
        "group": row.group,
        "country": row.country,
        "region": row.region,
        "kind": candidate.kind,
        "start": candidate.first_day.isoformat(),
        "end": candidate.last_day.isoformat(),
    }


def _spreads(row: Spread, policy: Policy) -> list[dict[str, Any]]:
    return [_spread(row, spread) for spread in find_spreads(row.first_days, policy)]


def _spread(row: Spread, spread: Appearance) -> dict[str, Any]:
    """Return a spread. ``country`` is the third country and ``day`` the first day there."""
    days = {first.country: first.day.isoformat() for first in row.first_days}
    return {
        "group": row.group,
        "region": row.region,
        "day": spread.first_day.isoformat(),
        "country": spread.country,
        "countries": [{"country": country, "first_seen": days[country]} for country in spread.countries],
    }


def _with_bars(key: str) -> str:
    return key.replace("\0", "|")


def _activity(places: Mapping[str, OnRecord], key: str, day: Day) -> dict[str, Any] | None:
    group, country, first_day = key.split("\0")
    place = places.get(presence_key(group, country))
    if place is None:  # the tables were read one after the other, and it was withdrawn in between
        return None
    return {
        "group": place.group,
        "region": place.region,
        "country": place.country,
        "day": first_day,
        "count": sum(count_of(tally) for tally in (day.alone, day.weak) if tally),
        "qualifying": sum(map(count_of, tallies(day, confirmed=True))),
    }


def _alert(event: AlertEvent) -> dict[str, Any]:
    return {
        "alert_id": event.alert_id,
        "revision": event.revision,
        "type": event.type,
        "kind": event.kind,
        "status": event.status,
        "group": event.group,
        "country": event.country,
        "region": event.region,
        "episode_start": event.first_day.isoformat(),
        "arrived": event.arrived.isoformat(),
        "by_affiliation": list(event.by_affiliation),
        "countries": list(event.countries),
        **({"area": event.area} if event.area else {}),
        "doubts": list(event.doubts),
        "origins": event.why.origins,
        "changes": [change.to_json() for change in event.changes],
        "cause": _cause(event.cause),
        "evidence": [sighting.id for sighting in event.why.sightings],
    }


def _cause(cause: Cause) -> dict[str, Any]:
    if cause.sighting is None:
        return {"what": cause.what, "groups": list(cause.groups)}
    sighting = cause.sighting
    return {"what": cause.what, "source": sighting.source, "id": sighting.id, "revision": sighting.revision}


def _delivery(delivery: Delivery, ledger: Mapping[str, LedgerEntry]) -> dict[str, Any]:
    entry = ledger.get(delivery.delivery_id)
    if entry and entry.alert_revision < delivery.alert.revision:
        entry = None
    return {
        "delivery_id": delivery.delivery_id,
        "destination": delivery.destination,
        "alert_id": delivery.alert.alert_id,
        "revision": delivery.alert.revision,
        "kind": delivery.alert.kind,
        "group": delivery.alert.group,
        "country": delivery.alert.country,
        "state": entry.state if entry else "pending",
        "via": entry.via if entry else None,
        "message_ts": entry.message_ts if entry else None,
        "error": entry.error if entry else None,
        "attempts": entry.attempts if entry else 0,
        "text": render(delivery).text,
    }


def _rejection(row: Rejection) -> dict[str, Any]:
    return {
        "reason": row.reason,
        "detail": row.detail,
        "remedy": row.remedy,
        "suggestions": list(row.suggestions),
        "source": row.source,
        "id": row.id,
        "topic": row.topic,
        "partition": row.partition,
        "offset": row.offset,
        "arrived": row.arrived.isoformat() if row.arrived else None,
        "original": base64.b64encode(row.original).decode(),
        "original_bytes": row.original_bytes,
        "sha256": row.sha256,
    }


def _in_stream_time(records: list[Incoming]) -> Iterator[Incoming]:
    """Merge partitions by the highest arrival so far on each; the order within a partition stays."""
    highest: dict[int, Any] = {}
    keyed = []
    for record in records:
        now = highest[record.partition] = max(record.arrived, highest.get(record.partition, record.arrived))
        keyed.append(((now, record.partition, record.offset), record))
    return (record for _, record in sorted(keyed, key=lambda pair: pair[0]))
