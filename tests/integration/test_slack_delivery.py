"""Deliveries to the Slack emulator: alone, and through the whole pipeline."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from pathlib import Path

import pytest

from firstseen.local_kafka import LocalKafka
from places.areas import packaged
from schemas.alert import AlertChange, AlertEvidence, Cause
from schemas.delivery import Delivery
from schemas.subscription import Subscriber, Subscription
from schemas.topics import ALERTS, DELIVERIES, LEDGER, OUTBOX, SUSPENSIONS
from streams.dispatch.fold import fold
from streams.io.slack_client import SlackClient
from streams.io.slack_sender import SlackOptions
from streams.preview import preview
from tests.support.builders import ARRIVED, evidence, incoming, read, run, tables_of
from tests.support.messages import blocks_of
from tests.support.partition import PlainPartition, deliver_all, destinations_of
from tests.support.slack import FakeSlack, fake_slack
from tests.support.slack_deliveries import deliver, delivery, part_of, withdrawn
from tests.support.slack_emulator.gateway import Fault
from tests.support.system import system
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.slack


@pytest.fixture(scope="module")
def slack() -> Iterator[FakeSlack]:
    with fake_slack() as workspace:
        yield workspace


def grown(channel: str, old: int, revision: int) -> Delivery:
    change = AlertChange(what="origins", old=str(old), new=str(old + 1))
    why = AlertEvidence(sightings=(evidence("2017-10-31"),), origins=old + 1)
    return delivery(channel, revision=revision, type="update", changes=(change,), why=why)


def test_a_message_has_blocks_a_fallback_and_the_id_of_its_delivery(slack: FakeSlack) -> None:
    channel = slack.new_channel("lands")
    entry = deliver(slack, delivery(channel))
    [message] = slack.messages(channel)
    assert (entry.state, entry.via, entry.message_ts) == ("sent", "slack", message["ts"])
    assert message["text"].startswith("JNIM appeared in Mali for the first time")
    assert message["attachments"][0]["color"] == "#6a3fc4"
    assert message["metadata"]["event_payload"]["delivery_id"] == "delivery-1"


def test_a_rate_limit_delays_the_message_which_is_sent_once(slack: FakeSlack) -> None:
    channel = slack.new_channel("pause")
    slack.gateway.faults.append(Fault("ratelimited", times=2))
    entry = deliver(slack, delivery(channel))
    assert (entry.state, entry.attempts) == ("sent", 3)
    assert len(slack.messages(channel)) == 1


def test_a_delayed_channel_does_not_delay_the_others(slack: FakeSlack) -> None:
    held, free = slack.new_channel("held"), slack.new_channel("free")
    slack.gateway.faults.append(Fault("ratelimited", times=1, channel=held, retry_after_seconds=3_000))
    partition, destinations = PlainPartition(), destinations_of(slack)

    async def whole() -> None:
        sending = partition.open(destinations)
        await partition.take_in(destinations, [delivery(held, 1), delivery(free, 2), delivery(free, 3)])
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(partition.tables[LEDGER]) < 2:
                await asyncio.sleep(0.01)
        sending.cancel()

    asyncio.run(whole())
    assert [delivery.destination for delivery in partition.tables[OUTBOX].values()] == [held]
    assert len(slack.messages(free)) == 2


@pytest.mark.parametrize("fault", [Fault("cut_before"), Fault("status", status=503), Fault("error")])
def test_a_temporary_failure_is_retried(slack: FakeSlack, fault: Fault) -> None:
    channel = slack.new_channel(f"again-{fault.kind.replace('_', '-')}")
    slack.gateway.faults.append(fault)
    entry = deliver(slack, delivery(channel))
    assert (entry.state, entry.attempts, entry.ambiguous) == ("sent", 2, 1)
    assert len(slack.messages(channel)) == 1


def test_a_message_whose_response_was_lost_is_found_and_not_posted_again(slack: FakeSlack) -> None:
    channel = slack.new_channel("adopted")
    slack.gateway.faults.append(Fault("cut_after"))
    entry = deliver(slack, delivery(channel))
    [message] = slack.messages(channel)
    assert (entry.state, entry.message_ts, entry.ambiguous) == ("sent", message["ts"], 0)


def test_a_message_that_slack_posts_after_the_timeout_counts_as_ambiguous(slack: FakeSlack) -> None:
    channel = slack.new_channel("late")
    slack.gateway.faults.append(Fault("late", late_seconds=8.0, channel=channel))
    entry = deliver(slack, delivery(channel), timeout_seconds=5)
    assert (entry.state, entry.attempts, entry.ambiguous) == ("sent", 2, 1)
    until(lambda: len(slack.messages(channel)) == 2)


def test_without_the_right_to_look_up_an_unclear_message_is_posted_again_and_counted(slack: FakeSlack) -> None:
    channel = slack.new_channel("unseen")
    slack.gateway.faults += [
        Fault("cut_after"),
        Fault("error", method="conversations.history", error="missing_scope", channel=channel),
    ]
    entry = deliver(slack, delivery(channel))
    assert (entry.state, entry.ambiguous) == ("sent", 1)
    assert len(slack.messages(channel)) == 2


def test_the_message_that_a_previous_owner_may_have_posted_is_looked_up(slack: FakeSlack) -> None:
    channel = slack.new_channel("inherited")
    first, second = PlainPartition(), PlainPartition()
    deliver(slack, delivery(channel), partition=first)
    second.tables[OUTBOX] = {"0": delivery(channel)}  # the first owner died after the post, before it recorded it
    deliver_all(second, destinations_of(slack))
    [message] = slack.messages(channel)
    assert second.tables[LEDGER]["delivery-1"].message_ts == message["ts"]


def test_the_lookup_in_a_named_channel_uses_the_id_in_the_ledger(slack: FakeSlack) -> None:
    channel = slack.new_channel("by-name")
    first, second = PlainPartition(), PlainPartition()
    deliver(slack, delivery(channel, 1), delivery(channel, 2), partition=first)
    entry = first.tables[LEDGER]["delivery-1"].replace(destination="#by-name")
    second.tables[LEDGER] = {"delivery-1": entry}
    second.tables[OUTBOX] = {"0": delivery("#by-name", 2)}  # posted, but not recorded
    deliver_all(second, destinations_of(slack))
    assert len(slack.messages(channel)) == 2
    assert second.tables[LEDGER]["delivery-2"].message_ts == first.tables[LEDGER]["delivery-2"].message_ts


def test_a_withdrawal_edits_the_message_and_replies_in_its_thread(slack: FakeSlack) -> None:
    channel = slack.new_channel("withdrawn")
    entry = deliver(slack, delivery(channel), withdrawn(channel))
    root, reply = slack.messages_and_replies(channel)
    assert (entry.alert_revision, entry.message_ts) == (2, root["ts"])
    assert root["text"] == "Alert withdrawn: JNIM appeared in Mali for the first time"
    text = str(blocks_of(root))
    assert "→ withdrawn" in text
    assert "Shots at the market" in text
    assert reply["thread_ts"] == root["ts"]
    assert reply["text"] == "Alert withdrawn: JNIM in Mali"
    assert reply["metadata"]["event_payload"] == {
        "part": "reply", "delivery_id": "delivery-1", "alert_id": "alert-1", "revision": 2,
    }  # fmt: skip


def test_a_second_origin_gets_a_reply_and_further_ones_are_only_counted(slack: FakeSlack) -> None:
    channel = slack.new_channel("origins")
    deliver(slack, delivery(channel), grown(channel, 1, 2), grown(channel, 2, 3), grown(channel, 3, 4))
    root, reply = slack.messages_and_replies(channel)
    assert "4 independent origins" in str(blocks_of(root))
    assert "More certain, 2 independent origins" in str(blocks_of(reply))


def test_a_reply_whose_response_was_lost_is_found_in_the_thread(slack: FakeSlack) -> None:
    channel = slack.new_channel("reply-adopted")
    partition = PlainPartition()
    deliver(slack, delivery(channel), partition=partition)
    slack.gateway.faults.append(Fault("cut_after"))
    entry = deliver(slack, withdrawn(channel), partition=partition)
    assert len(slack.messages_and_replies(channel)) == 2
    assert entry.ambiguous == 0


def test_a_message_with_rejected_blocks_and_its_corrections_are_plain_text(slack: FakeSlack) -> None:
    channel = slack.new_channel("plain")
    slack.gateway.faults.append(Fault("error", error="invalid_blocks"))
    partition = PlainPartition()
    entry = deliver(slack, delivery(channel), partition=partition)
    [message] = slack.messages(channel)
    assert (entry.state, entry.form) == ("sent", "plain")
    assert "No earlier sighting in Mali" in message["text"]
    assert deliver(slack, withdrawn(channel), partition=partition).form == "plain"
    assert slack.messages(channel)[0]["text"].startswith("*Alert withdrawn:*")


def test_an_unavailable_channel_is_suspended_with_a_notice_and_resumes_with_a_new_subscription(
    slack: FakeSlack,
) -> None:
    channel, owner, operators = (slack.new_channel(name) for name in ("gone", "owner", "operators"))
    slack.gateway.faults.append(Fault("error", error="is_archived", channel=channel))
    partition, long_ago = PlainPartition(), datetime(2020, 1, 1, tzinfo=UTC)
    first = delivery(channel).replace(owner=owner, subscribed_at=long_ago)
    destinations = destinations_of(slack, options=SlackOptions(operators=operators))
    deliver_all(partition, destinations, first, delivery(channel, 2))
    assert [(entry.state, entry.error) for entry in partition.tables[LEDGER].values()] == [
        ("dead", "is_archived"), ("dead", "suspended: is_archived"),
    ]  # fmt: skip
    for notified in (owner, operators):
        [message] = slack.messages(notified)
        assert "(is archived)" in message["text"]
    again = delivery(channel, 3).replace(subscribed_at=datetime.now(UTC) + timedelta(1))
    deliver_all(partition, destinations, again)
    assert len(slack.messages(channel)) == 1
    assert partition.tables[SUSPENSIONS] == {}


def test_a_revoked_token_delays_deliveries_but_loses_none(slack: FakeSlack) -> None:
    channel = slack.new_channel("revoked")
    slack.gateway.faults.append(Fault("error", error="token_revoked", times=3))
    entry = deliver(slack, delivery(channel), withdrawn(channel))
    assert (entry.state, entry.alert_revision) == ("sent", 2)
    assert len(slack.messages_and_replies(channel)) == 2


def test_a_burst_becomes_one_digest_that_lists_all_alerts_and_is_corrected_by_line(slack: FakeSlack) -> None:
    channel, partition = slack.new_channel("storm"), PlainPartition()
    entry = deliver(slack, *(delivery(channel, number) for number in range(25)), partition=partition)
    messages = slack.messages(channel)
    assert len(messages) == 1
    assert messages[0]["text"] == "25 alerts: JNIM in Mali, JNIM in Mali, JNIM in Mali and 22 more"
    deliver(slack, withdrawn(channel, 7), partition=partition)
    root, reply = slack.messages_and_replies(channel)
    text = str(root["blocks"])
    assert text.count("appeared in Mali") == 25
    assert text.count("Alert withdrawn: ") == 1
    assert (root["ts"], reply["thread_ts"]) == (entry.message_ts, entry.message_ts)


def test_a_digest_whose_response_was_lost_is_found(slack: FakeSlack) -> None:
    channel = slack.new_channel("digest-adopted")
    slack.gateway.faults.append(Fault("cut_after"))
    entry = deliver(slack, *(delivery(channel, number) for number in range(12)))
    assert len(slack.messages(channel)) == 1
    assert (entry.state, entry.ambiguous) == ("sent", 0)


def test_a_daily_digest_is_sent_at_its_time(slack: FakeSlack) -> None:
    channel, partition = slack.new_channel("daily"), PlainPartition()
    clock = [datetime(2026, 1, 1, 7, tzinfo=UTC)]
    due_at = datetime(2026, 1, 1, 8, tzinfo=UTC)
    deliveries = [delivery(channel, number).replace(due_at=due_at) for number in range(3)]
    destinations = destinations_of(slack, clock=lambda: clock[0])

    async def whole() -> None:
        sending = partition.open(destinations)
        await partition.take_in(destinations, [*deliveries, delivery(channel, 9)])
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not partition.tables[LEDGER]:
                await asyncio.sleep(0.01)
        assert list(partition.tables[LEDGER]) == ["delivery-9"]
        clock[0] = due_at
        await partition.take_in(destinations, [delivery(channel, 10)])
        await partition.until_empty()
        sending.cancel()

    asyncio.run(whole())
    first, digest = slack.messages(channel)
    assert first["text"].startswith("JNIM appeared in Mali")
    assert digest["text"].startswith("4 alerts: ")


def test_a_preview_equals_the_messages_that_are_sent(slack: FakeSlack) -> None:
    channel, partition = slack.new_channel("previewed"), PlainPartition()
    events = [
        delivery(channel, 1).alert, grown(channel, 1, 2).alert, delivery(channel, 2, country="NE").alert,
        withdrawn(channel, 1, 3).alert, grown(channel, 2, 4).alert,
    ]  # fmt: skip
    events = [event.replace(arrived=ARRIVED + timedelta(number)) for number, event in enumerate(events)]
    subscriber = Subscriber(destination=channel, subscriptions=(Subscription(),), changed_at=ARRIVED)
    records = [incoming(event, topic=ALERTS) for event in events]
    dispatched = run(
        lambda tables, batch: fold(tables, batch, {channel: subscriber}, packaged()), tables_of("dispatch"), records
    )
    deliver_all(partition, destinations_of(slack), *read(dispatched, DELIVERIES))

    previews = list(preview([Subscription()], events, packaged(), ARRIVED, ARRIVED + timedelta(30)))

    roots = {}
    for previewed in previews:
        if previewed.action != "reply in its thread":
            roots[previewed.message.metadata["event_payload"]["alert_id"]] = previewed.message.all_blocks
    assert [blocks_of(message) for message in slack.messages(channel) if part_of(message) == "root"] == list(
        roots.values()
    )
    replies = [previewed.message.all_blocks for previewed in previews if previewed.action == "reply in its thread"]
    posted = [message for message in slack.messages_and_replies(channel) if part_of(message) == "reply"]
    assert [blocks_of(message) for message in sorted(posted, key=itemgetter("ts"))] == replies


def test_a_hostile_title_is_inert(slack: FakeSlack) -> None:
    channel = slack.new_channel("hostile")
    title = "<!channel> <@U1> @here *b* _i_ ~s~ \u202e" + "x" * 40_000
    hostile = withdrawn(channel)
    seen = evidence(title=title)
    hostile = hostile.replace(alert=hostile.alert.replace(cause=Cause(what="withdrawn", sighting=seen)))
    assert deliver(slack, delivery(channel, title=title), hostile).form == "full"
    for message in slack.messages_and_replies(channel):
        assert "\u202e" not in str(blocks_of(message))
        for harm in ("<!", "<@", "@here", "\u202e", "*b*", "~s~"):
            assert harm not in message["text"]


def test_the_token_check_names_the_workspace_and_missing_scopes(slack: FakeSlack) -> None:
    good = asyncio.run(SlackClient(slack.token, slack.base_url).check())
    bad = asyncio.run(SlackClient("xoxb-unknown", slack.base_url).check())
    assert good.ok
    assert not bad.ok
    assert "xoxb-" in (bad.error or "")


@pytest.mark.kafka
def test_a_sighting_becomes_one_message_in_the_subscribed_channel(
    kafka: LocalKafka, prefix: str, tmp_path: Path, slack: FakeSlack
) -> None:
    channel = slack.new_channel("whole-path")
    subscriptions = tmp_path / "subscriptions.yaml"
    subscriptions.write_text(f'- destination: {channel}\n  filter: group:isis country:"Republic of Mali"\n')
    groups = tmp_path / "groups.yaml"
    groups.write_text("- id: Islamic State\n  names: [IS, ISIS]\n")
    environment: dict[str, str | None] = {
        "SLACK_BOT_TOKEN": slack.token,
        "FIRSTSEEN_SLACK_URL": slack.base_url,
    }
    today = datetime.now(UTC).date().isoformat()
    with system(
        kafka, prefix, tmp_path, groups=groups, subscriptions=subscriptions, environment=environment
    ) as running:
        for number, (group, country) in enumerate(
            [("IS", "Mali"), ("IS", "Chad"), ("Other", "Mali"), ("ISIS", "Mali")]
        ):
            named = {"id": str(number), "group": group, "country": country}
            running.publish({"source": "desk", "occurred": today, "grade": "B2", **named})
        running.settle()
        [message] = slack.messages(channel)
        [row] = running.export("deliveries")
    assert "Islamic State" in message["text"]
    assert (row["state"], row["via"], row["message_ts"]) == ("sent", "slack", message["ts"])
    assert message["metadata"]["event_payload"]["delivery_id"] == row["delivery_id"]
