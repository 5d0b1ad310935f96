"""Corrections of one alert within half a minute become their net change, and a crash posts none twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.alert import AlertChange, Cause
from schemas.delivery import HOLD_CORRECTIONS, Delivery
from schemas.topics import LEDGER, OUTBOX
from streams.notify.outbox import outbox_key, released
from tests.support.builders import ARRIVED, evidence
from tests.support.messages import blocks_of
from tests.support.partition import PlainPartition, deliver_all, destinations_of
from tests.support.slack import FakeSlack, fake_slack
from tests.support.slack_deliveries import deliver, delivery, part_of, withdrawn
from tests.support.slack_emulator.gateway import Fault
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.slack


@pytest.fixture(scope="module")
def slack() -> Iterator[FakeSlack]:
    with fake_slack() as workspace:
        yield workspace


LATER = datetime(2026, 1, 1, 8, tzinfo=UTC)


def superseded(channel: str, revision: int = 2, **fields: Any) -> Delivery:
    status = AlertChange(what="status", old="confirmed", new="superseded")
    return delivery(channel, revision=revision, type="update", status="superseded", changes=(status,), **fields)


def confirmed_again(channel: str, revision: int = 3, *more: AlertChange) -> Delivery:
    status = AlertChange(what="status", old="superseded", new="confirmed")
    return delivery(channel, revision=revision, type="update", changes=(status, *more))


async def held(slack: FakeSlack, partition: PlainPartition, first: Delivery, *corrections: Delivery) -> None:
    """Send an alert, and its corrections when they have waited half a minute."""
    clock = [LATER]
    destinations = destinations_of(slack, clock=lambda: clock[0])
    sending = partition.open(destinations)
    due_at = LATER + HOLD_CORRECTIONS
    await partition.take_in(destinations, [first, *(each.replace(due_at=due_at) for each in corrections)])
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(partition.tables[OUTBOX]) > len(corrections):
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    assert len(slack.messages_and_replies(first.destination)) == 1, "the corrections wait"
    clock[0] = due_at
    await partition.take_in(destinations, [delivery(first.destination, 2)])  # wakes the queue
    await partition.until_empty()
    sending.cancel()


def test_corrections_within_half_a_minute_are_one_reply(slack: FakeSlack) -> None:
    channel, partition = slack.new_channel("net"), PlainPartition()
    moved = AlertChange(what="first_day", old="2017-10-31", new="2017-10-28")
    asyncio.run(held(slack, partition, delivery(channel), superseded(channel), confirmed_again(channel, 3, moved)))
    root, reply, _ = slack.messages_and_replies(channel)
    assert reply["text"] == "Still news, but it began on 28 Oct 2017, not on 31 Oct 2017: JNIM in Mali"
    assert "superseded" not in str(blocks_of(root)) + str(blocks_of(reply))
    assert partition.tables[LEDGER]["delivery-1"].alert_revision == 3


def test_corrections_that_cancel_out_are_not_said(slack: FakeSlack) -> None:
    channel, partition = slack.new_channel("zero"), PlainPartition()
    asyncio.run(held(slack, partition, delivery(channel), superseded(channel), confirmed_again(channel)))
    root, other = slack.messages_and_replies(channel)
    assert [part_of(root), part_of(other)] == ["root", "root"]
    assert "Corrected" not in str(blocks_of(root))
    assert partition.tables[LEDGER]["delivery-1"].alert_revision == 3


def test_a_net_change_that_a_previous_owner_posted_is_found(slack: FakeSlack) -> None:
    channel, first, second = slack.new_channel("net-adopted"), PlainPartition(), PlainPartition()
    deliver(slack, delivery(channel), partition=first)
    entry = first.tables[LEDGER]["delivery-1"]
    net = released({"1": superseded(channel), "2": withdrawn(channel, revision=3)}, entry)
    second.tables[LEDGER] = dict(first.tables[LEDGER])
    deliver(slack, net, partition=first)
    # The first owner died after it posted the net change, and a further correction has arrived since.
    late = confirmed_again(channel, 4).replace(due_at=ARRIVED)
    second.tables[OUTBOX] = {outbox_key(2): net, outbox_key(3): late}
    deliver_all(second, destinations_of(slack))
    texts = [message["text"] for message in slack.messages_and_replies(channel)]
    assert texts[1:] == ["Alert withdrawn: JNIM in Mali", "News again: JNIM in Mali"]
    assert second.tables[LEDGER]["delivery-1"].ambiguous == 0


def test_a_correction_that_waits_was_not_sent_before(slack: FakeSlack) -> None:
    channel, partition = slack.new_channel("not-sent"), PlainPartition()
    deliver(slack, delivery(channel), partition=partition)
    waiting = withdrawn(channel).replace(due_at=ARRIVED)
    partition.tables[OUTBOX] = {outbox_key(1): waiting, outbox_key(2): delivery(channel, 2)}
    looked = slack.gateway.seen["conversations.history"], slack.gateway.seen["conversations.replies"]
    deliver_all(partition, destinations_of(slack))
    assert slack.gateway.seen["conversations.history"] == looked[0] + 1, "only the other alert may have been sent"
    assert slack.gateway.seen["conversations.replies"] == looked[1]
    assert len(slack.messages_and_replies(channel)) == 3


def test_the_alerts_of_a_faction_and_its_parent_are_one_message(slack: FakeSlack) -> None:
    channel, partition = slack.new_channel("family"), PlainPartition()
    seen = Cause(what="reported", sighting=evidence(group="ISCA"))
    faction = delivery(channel, 1, group="ISCA", cause=seen)
    parent = delivery(channel, 2, group="IS", by_affiliation=("ISCA",), cause=seen)
    slack.gateway.faults.append(Fault("cut_after"))  # and it is found again, as any other message
    deliver(slack, faction, parent, partition=partition)
    [message] = slack.messages(channel)
    assert message["text"].startswith("ISCA appeared in Mali for the first time")
    assert "IS appeared in Mali for the first time" in str(blocks_of(message))
    entries = partition.tables[LEDGER]
    assert {entry.message_ts for entry in entries.values()} == {message["ts"]}
    gone = withdrawn(channel, 2)
    deliver(slack, gone.replace(alert=gone.alert.replace(group="IS")), partition=partition)
    root, reply = slack.messages_and_replies(channel)
    assert root["text"].startswith("ISCA appeared in Mali for the first time")
    assert "Alert withdrawn: " in str(blocks_of(root))
    assert (reply["text"], reply["thread_ts"]) == ("Alert withdrawn: IS in Mali", root["ts"])
