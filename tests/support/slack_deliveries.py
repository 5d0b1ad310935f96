"""Deliveries to a channel of the Slack emulator, for tests."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.alert import AlertChange, AlertEvent, AlertEvidence, Cause
from schemas.delivery import Delivery, LedgerEntry
from schemas.topics import LEDGER
from streams.io.map_renderer import MapRenderer
from tests.support.builders import alert_event, evidence
from tests.support.partition import PlainPartition, deliver_all, destinations_of
from tests.support.slack import FakeSlack


def delivery(channel: str, number: int = 1, title: str | None = None, **alert: Any) -> Delivery:
    why = AlertEvidence(sightings=(evidence("2017-10-31", title=title),), origins=1)
    event = alert_event(alert_id=f"alert-{number}", **{"why": why, **alert})
    return Delivery(delivery_id=f"delivery-{number}", destination=channel, alert=event)


def withdrawn(channel: str, number: int = 1, revision: int = 2) -> Delivery:
    status = AlertChange(what="status", old="confirmed", new="retracted")
    cause = Cause(what="withdrawn", sighting=evidence("2017-10-31", title="Shots at the market"))
    return delivery(
        channel, number, revision=revision, type="retraction", status="retracted", changes=(status,), cause=cause,
        why=AlertEvidence(sightings=(), origins=0),
    )  # fmt: skip


def part_of(message: dict[str, Any]) -> str:
    return str(message["metadata"]["event_payload"]["part"])


def deliver(
    slack: FakeSlack, *deliveries: Delivery, partition: PlainPartition | None = None, **options: Any
) -> LedgerEntry:
    partition = partition or PlainPartition()
    deliver_all(partition, destinations_of(slack, **options), *deliveries)
    entry: LedgerEntry = partition.tables[LEDGER][deliveries[-1].delivery_id]
    return entry


def draw_no_maps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each map be a few bytes: to draw one takes seconds on a busy machine."""

    async def drawn(_: MapRenderer, __: AlertEvent) -> bytes:
        return b"\x89PNG"

    monkeypatch.setattr(MapRenderer, "render", drawn)
