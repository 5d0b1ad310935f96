"""Thousands of deliveries, a Slack that fails at random, queues that are killed at random: nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from schemas.alert import AlertChange, AlertEvent, AlertEvidence, Cause
from schemas.delivery import Delivery
from schemas.topics import LEDGER, OUTBOX
from streams.io.destinations import Destinations
from streams.notify.ledger import OVER
from tests.support.builders import alert_event, evidence
from tests.support.messages import is_up_to_date, map_of, replies_are_complete
from tests.support.partition import PlainPartition, destinations_of
from tests.support.slack import FakeSlack, fake_slack
from tests.support.slack_deliveries import draw_no_maps
from tests.support.slack_emulator.gateway import Fault

pytestmark = pytest.mark.slack

CHANNELS, ALERTS, REVISIONS = 8, 40, 6
METHODS = ("chat.postMessage",) * 4 + ("chat.update",) * 2 + (
    "conversations.history", "conversations.replies", "files.getUploadURLExternal", "files.completeUploadExternal",
)  # fmt: skip


@pytest.fixture(scope="module")
def slack() -> Iterator[FakeSlack]:
    with fake_slack() as workspace:
        yield workspace


def alert_histories(random: Random) -> list[list[AlertEvent]]:
    """Return alerts with all their events: they grow, are withdrawn, are confirmed again."""
    return [list(_life(f"alert-{number}", random)) for number in range(ALERTS)]


def _life(alert_id: str, random: Random) -> Iterator[AlertEvent]:
    seen, status, origins = evidence(title=f"Shots heard, {alert_id}"), "confirmed", 1
    yield alert_event(alert_id=alert_id)
    for revision in range(2, random.randint(1, REVISIONS) + 1):
        before = status, origins
        if random.random() < 0.5:
            origins += 1
            changes = (AlertChange(what="origins", old=str(before[1]), new=str(origins)),)
        else:
            status = random.choice(
                [other for other in ("confirmed", "superseded", "retracted", "candidate") if other != status]
            )
            changes = (AlertChange(what="status", old=before[0], new=status),)
        yield alert_event(
            alert_id=alert_id, revision=revision, status=status, changes=changes,
            type="retraction" if status == "retracted" else "update", cause=Cause(what="corrected", sighting=seen),
            why=AlertEvidence(sightings=() if status == "retracted" else (seen,), origins=origins),
        )  # fmt: skip


def interleaved(random: Random, histories: list[list[AlertEvent]], channels: list[str]) -> list[Delivery]:
    """Return deliveries of all events to some channels, in order within each alert, the alerts interleaved."""
    now = datetime.now(UTC)

    def due_at(event: AlertEvent) -> datetime | None:
        return now + timedelta(seconds=random.uniform(0, 3)) if event.revision > 1 else None

    rows = [
        [
            Delivery(
                delivery_id=f"{life[0].alert_id}|{channel}", destination=channel, alert=event, due_at=due_at(event)
            )
            for event in life
        ]
        for life in histories for channel in random.sample(channels, 4)
    ]  # fmt: skip
    mixed = []
    while rows:
        row = random.choice(rows)
        mixed.append(row.pop(0))
        rows = [row for row in rows if row]
    return mixed


def fault(random: Random) -> Fault:
    kind: Any = random.choice(("ratelimited", "status", "error", "cut_before", "cut_after"))
    return Fault(
        kind, random.choice(METHODS), times=random.randint(1, 3), retry_after_seconds=random.randint(0, 5),
        status=random.choice((500, 502, 503, 200)), error=random.choice(("internal_error", "token_revoked", "fatal_error")),
    )  # fmt: skip


async def delivered(slack: FakeSlack, deliveries: list[Delivery], random: Random) -> tuple[PlainPartition, int]:
    """Deliver everything, with occasional faults and killed queues; return the partition and the number of kills."""
    partition, deaths = PlainPartition(), 0
    channels: Destinations = destinations_of(slack)
    sending = partition.open(channels)
    waiting = list(deliveries)
    async with asyncio.timeout(240):
        while waiting or partition.tables[OUTBOX]:
            batch, waiting = waiting[:25], waiting[25:]
            await partition.take_in(channels, batch)
            slack.gateway.faults += [fault(random) for _ in range(2)] if waiting else []
            await asyncio.sleep(random.uniform(0, 0.2))
            if random.random() < 0.2:
                sending.cancel()
                with suppress(asyncio.CancelledError):
                    await sending
                deaths += 1
                channels = destinations_of(slack)
                sending = partition.open(channels)
            if sending.done():
                sending.result()
    sending.cancel()
    return partition, deaths


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.thorough)])
def test_every_message_is_posted_once_and_ends_up_to_date(
    slack: FakeSlack, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_no_maps(monkeypatch)
    random = Random(seed)
    channels = [slack.new_channel(f"storm-{seed}-{number}") for number in range(CHANNELS)]
    deliveries = interleaved(random, alert_histories(random), channels)
    partition, deaths = asyncio.run(delivered(slack, deliveries, random))
    slack.gateway.faults.clear()

    last = {delivery.delivery_id: delivery for delivery in deliveries}
    ledger = partition.tables[LEDGER]
    assert deaths > 2
    over = {key for key, entry in ledger.items() if entry.error == OVER}
    assert {key: (entry.state, entry.alert_revision) for key, entry in ledger.items()} == {
        key: ("dead" if key in over else "sent", delivery.alert.revision) for key, delivery in last.items()
    }
    assert all(last[key].alert.status != "confirmed" for key in over)
    ledger = {key: entry for key, entry in ledger.items() if key not in over}
    shown = {channel: slack.messages_and_replies(channel) for channel in channels}
    posted = Counter(_mark(message) for messages in shown.values() for message in messages)
    roots = {(entry.digest or key, "root", None) for key, entry in ledger.items()}
    assert {mark for mark in posted if mark[1] == "root"} == roots
    assert {mark[0] for mark in posted if mark[1] == "reply"} <= ledger.keys()
    assert posted.total() - len(posted) <= sum(entry.ambiguous for entry in ledger.values())
    texts = {(channel, message["ts"]): message for channel, messages in shown.items() for message in messages}
    for key, entry in ledger.items():
        events = [delivery for delivery in deliveries if delivery.delivery_id == key]
        assert is_up_to_date(texts[entry.destination, entry.message_ts], events, entry)
        replies = {
            mark[2]: message for message in shown[entry.destination]
            if (mark := _mark(message))[:2] == (key, "reply") and mark[2]
        }  # fmt: skip
        assert replies_are_complete(replies, events, entry), key
    shown_maps = sum(map_of(message) is not None for message in texts.values())
    # How many show one depends on how many corrections arrive before the message is sent.
    assert shown_maps <= slack.gateway.seen["files.completeUploadExternal"]


def _mark(message: dict[str, Any]) -> tuple[str, str, int | None]:
    payload = message["metadata"]["event_payload"]
    return payload["delivery_id"], payload["part"], payload["revision"] if payload["part"] == "reply" else None
