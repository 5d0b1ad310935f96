"""The state of a running system as JSON: what ``export`` prints and ``replay --export`` writes."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_args

from schemas.alert import AlertEvent, Cause
from schemas.delivery import Delivery, LedgerEntry
from schemas.presence import Activity, Presence, Spread
from schemas.rejection import Rejection
from schemas.topics import ACCOUNTING, ACTIVITY, ALERTS, DELIVERIES, LEDGER, PRESENCE, REJECTED, SPREAD
from schemas.version import Accounting
from streams.presence.appearances import Appearance, appearances
from streams.presence.policy import Policy
from streams.presence.spread import spreads
from streams.runtime.cluster import Cluster
from streams.runtime.reader import read_all, read_table
from streams.slack.message import render
from streams.steps import Incoming

Kind = Literal[
    "presence", "candidates", "activity", "spread", "alerts", "deliveries", "rejected", "accounting",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)


async def export(cluster: Cluster, prefix: str, kind: Kind, policy: Policy) -> list[dict[str, Any]]:
    """Return the rows of one kind, in an order that depends only on the records; ``accounting`` is one row."""
    match kind:
        case "presence":
            rows = [Presence.from_bytes(_value(r)) for r in await read_table(cluster, prefix, PRESENCE)]
            return [_presence(row) for row in rows if row.episodes]
        case "candidates":
            rows = [Presence.from_bytes(_value(r)) for r in await read_table(cluster, prefix, PRESENCE)]
            return [
                _candidate(row, one) for row in rows for one in appearances(row, policy) if one.status == "candidate"
            ]
        case "activity":
            return [_activity(Activity.from_bytes(_value(r))) for r in await read_table(cluster, prefix, ACTIVITY)]
        case "spread":
            rows_of = [Spread.from_bytes(_value(r)) for r in await read_table(cluster, prefix, SPREAD)]
            return [_spread(row, one) for row in rows_of for one in spreads(row.first_days, policy)]
        case "alerts":
            records = _in_stream_time(await read_all(cluster, prefix, ALERTS))
            return [_alert(AlertEvent.from_bytes(_value(r))) for r in records]
        case "deliveries":
            ledger = await read_table(cluster, prefix, LEDGER)
            settled = {e.delivery_id: e for e in (LedgerEntry.from_bytes(_value(r)) for r in ledger)}
            owed = _in_stream_time(await read_all(cluster, prefix, DELIVERIES))
            return [_delivery(Delivery.from_bytes(_value(r)), settled) for r in owed]
        case "rejected":
            return [_rejection(Rejection.from_bytes(_value(r))) for r in await read_all(cluster, prefix, REJECTED)]
        case "accounting":
            counts = [Accounting.from_bytes(_value(r)) for r in await read_table(cluster, prefix, ACCOUNTING)]
            return [account(counts)]


def account(rows: list[Accounting]) -> dict[str, Any]:
    """Add up the partitions: every record in exactly one place."""
    rejected: Counter[str] = Counter()
    for row in rows:
        rejected.update({str(reason): count for reason, count in row.rejected.items()})
    return {
        "records": sum(row.records for row in rows),
        **{
            name: sum(getattr(row, name) for row in rows)
            for name in ("accepted", "retracted", "test", "duplicate", "stale")
        },
        "rejected": dict(sorted(rejected.items())),
    }


def _presence(row: Presence) -> dict[str, Any]:
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
                "trigger": episode.trigger.id,
            }
            for episode in row.episodes
        ],
    }


def _candidate(row: Presence, candidate: Appearance) -> dict[str, Any]:
    return {
        "group": row.group,
        "country": row.country,
        "region": row.region,
        "kind": candidate.kind,
        "start": candidate.first_day.isoformat(),
        "end": candidate.last_day.isoformat(),
    }


def _spread(row: Spread, spread: Appearance) -> dict[str, Any]:
    """Return a spread: ``day`` is that of the third country, ``country`` which one that is."""
    days = {one.country: one.day.isoformat() for one in row.first_days}
    return {
        "group": row.group,
        "region": row.region,
        "day": spread.first_day.isoformat(),
        "country": spread.country,
        "countries": [{"country": country, "first_seen": days[country]} for country in spread.countries],
    }


def _activity(row: Activity) -> dict[str, Any]:
    return {
        "group": row.group,
        "region": row.region,
        "country": row.country,
        "day": row.day.isoformat(),
        "count": len(row.sightings),
        "qualifying": sum(one.qualifies for one in row.sightings),
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
        "doubts": list(event.doubts),
        "origins": event.why.origins,
        "changes": [change.model_dump() for change in event.changes],
        "cause": _cause(event.cause),
        "evidence": [sighting.id for sighting in event.why.sightings],
    }


def _cause(cause: Cause) -> dict[str, Any]:
    if cause.sighting is None:
        return {"what": cause.what, "groups": list(cause.groups)}
    sighting = cause.sighting
    return {"what": cause.what, "source": sighting.source, "id": sighting.id, "revision": sighting.revision}


def _delivery(delivery: Delivery, settled: Mapping[str, LedgerEntry]) -> dict[str, Any]:
    entry = settled.get(delivery.delivery_id)
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
        "topic": row.topic,
        "partition": row.partition,
        "offset": row.offset,
        "arrived": row.arrived.isoformat() if row.arrived else None,
        "original": base64.b64encode(row.original).decode(),
        "original_bytes": row.original_bytes,
        "sha256": row.sha256,
    }


def _in_stream_time(records: list[Incoming]) -> Iterator[Incoming]:
    """Put partitions together by the highest arrival so far on each; within a partition the order stays."""
    highest: dict[int, Any] = {}
    keyed = []
    for record in records:
        now = highest[record.partition] = max(record.arrived, highest.get(record.partition, record.arrived))
        keyed.append(((now, record.partition, record.offset), record))
    return (record for _, record in sorted(keyed, key=lambda pair: pair[0]))


def _value(record: Incoming) -> bytes:
    return record.value or b""
