"""Thousands of deliveries to a Slack that fails at random, through lanes that die at random: nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from random import Random
from typing import Any

import pytest

from schemas.alert import AlertChange, AlertEvent, AlertEvidence, Cause
from schemas.delivery import Delivery
from schemas.topics import LEDGER, OUTBOX
from streams.io.destinations import Destinations
from streams.notify.changes import needs_reply
from streams.notify.ledger import OVER
from streams.notify.message import render, summary_line
from tests.support.builders import alert_event, evidence
from tests.support.partition import PlainPartition, channels_of
from tests.support.slack import FakeSlack, fake_slack
from tests.support.slack_emulator.gateway import Fault

pytestmark = pytest.mark.slack

CHANNELS, ALERTS, REVISIONS = 8, 40, 6
METHODS = ("chat.postMessage",) * 4 + ("chat.update", "conversations.history", "conversations.replies")


@pytest.fixture(scope="module")
def slack() -> Iterator[FakeSlack]:
    with fake_slack() as workspace:
        yield workspace


def lives(chance: Random) -> list[list[AlertEvent]]:
    """Return alerts, each with all its events: it grows, falls, stands again."""
    return [list(_life(f"alert-{number}", chance)) for number in range(ALERTS)]


def _life(alert_id: str, chance: Random) -> Iterator[AlertEvent]:
    seen, status, origins = evidence(title=f"Shots heard, {alert_id}"), "confirmed", 1
    yield alert_event(alert_id=alert_id)
    for revision in range(2, chance.randint(1, REVISIONS) + 1):
        was = status, origins
        if chance.random() < 0.5:
            origins += 1
            changes = (AlertChange(what="origins", old=str(was[1]), new=str(origins)),)
        else:
            status = chance.choice(
                [one for one in ("confirmed", "superseded", "retracted", "candidate") if one != status]
            )
            changes = (AlertChange(what="status", old=was[0], new=status),)
        yield alert_event(
            alert_id=alert_id, revision=revision, status=status, changes=changes,
            type="retraction" if status == "retracted" else "update", cause=Cause(what="corrected", sighting=seen),
            why=AlertEvidence(sightings=() if status == "retracted" else (seen,), origins=origins),
        )  # fmt: skip


def woven(chance: Random, told: list[list[AlertEvent]], channels: list[str]) -> list[Delivery]:
    """Return a delivery of each event to each of some channels: in the order of each alert, the alerts mixed."""
    rows = [
        [Delivery(delivery_id=f"{life[0].alert_id}|{channel}", destination=channel, alert=one) for one in life]
        for life in told for channel in chance.sample(channels, 4)
    ]  # fmt: skip
    mixed = []
    while rows:
        row = chance.choice(rows)
        mixed.append(row.pop(0))
        rows = [one for one in rows if one]
    return mixed


def fault(chance: Random) -> Fault:
    kind: Any = chance.choice(("ratelimited", "status", "error", "cut_before", "cut_after"))
    return Fault(
        kind, chance.choice(METHODS), times=chance.randint(1, 3), retry_after_seconds=chance.randint(0, 5),
        status=chance.choice((500, 502, 503, 200)), error=chance.choice(("internal_error", "token_revoked", "fatal_error")),
    )  # fmt: skip


async def delivered(slack: FakeSlack, owed: list[Delivery], chance: Random) -> tuple[PlainPartition, int]:
    """Deliver everything, with a fault now and then, and the lanes killed now and then; return how many times."""
    partition, deaths = PlainPartition(), 0
    channels: Destinations = channels_of(slack)
    lanes = partition.open(channels)
    waiting = list(owed)
    async with asyncio.timeout(240):
        while waiting or partition.tables[OUTBOX]:
            batch, waiting = waiting[:25], waiting[25:]
            await partition.take_in(channels, batch)
            slack.gateway.faults += [fault(chance) for _ in range(2)] if waiting else []
            await asyncio.sleep(chance.uniform(0, 0.2))
            if chance.random() < 0.2:
                lanes.cancel()
                with suppress(asyncio.CancelledError):
                    await lanes
                deaths += 1
                channels = channels_of(slack)
                lanes = partition.open(channels)
            if lanes.done():
                lanes.result()
    lanes.cancel()
    return partition, deaths


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.thorough)])
def test_every_message_comes_once_and_ends_up_to_date(slack: FakeSlack, seed: int) -> None:
    chance = Random(seed)
    channels = [slack.new_channel(f"storm-{seed}-{number}") for number in range(CHANNELS)]
    owed = woven(chance, lives(chance), channels)
    partition, deaths = asyncio.run(delivered(slack, owed, chance))
    slack.gateway.faults.clear()

    last = {one.delivery_id: one for one in owed}
    ledger = partition.tables[LEDGER]
    assert deaths > 2
    over = {key for key, one in ledger.items() if one.error == OVER}
    assert {key: (one.state, one.alert_revision) for key, one in ledger.items()} == {
        key: ("dead" if key in over else "sent", one.alert.revision) for key, one in last.items()
    }
    assert all(last[key].alert.status != "confirmed" for key in over)
    ledger = {key: one for key, one in ledger.items() if key not in over}
    shown = {channel: slack.messages_and_replies(channel) for channel in channels}
    posted = Counter(_mark(message) for messages in shown.values() for message in messages)
    wanted: set[Any] = {(one.digest or key, "root", None) for key, one in ledger.items()}
    wanted |= {
        (one.delivery_id, "reply", one.alert.revision) for one in owed
        if one.delivery_id in ledger and one.alert.revision > ledger[one.delivery_id].first_revision and needs_reply(one.alert)
    }  # fmt: skip
    assert posted.keys() == wanted
    assert posted.total() - len(wanted) <= sum(one.ambiguous for one in ledger.values())
    texts = {(channel, message["ts"]): message for channel, messages in shown.items() for message in messages}
    for key, one in ledger.items():
        told = str(texts[one.destination, one.message_ts]["blocks"])
        if one.digest:
            assert summary_line(last[key].alert) in told
        else:
            assert told == str(list(render(last[key], one.corrections).blocks))


def _mark(message: dict[str, Any]) -> tuple[str, str, int | None]:
    payload = message["metadata"]["event_payload"]
    return payload["delivery_id"], payload["part"], payload["revision"] if payload["part"] == "reply" else None
