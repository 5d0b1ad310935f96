"""Deliveries to a Slack emulator: alone, and through the whole pipeline."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from firstseen.local_kafka import LocalKafka
from places.areas import packaged
from schemas.alert import AlertChange, AlertEvidence, Cause
from schemas.delivery import Delivery, LedgerEntry
from schemas.subscription import Subscriber, Subscription
from schemas.topics import ALERTS, DELIVERIES, LEDGER, OUTBOX, SUSPENSIONS
from streams.dispatch.fold import fold
from streams.io.slack_client import SlackClient
from streams.io.slack_sender import SlackOptions
from streams.preview import preview
from tests.support.builders import ARRIVED, alert_event, evidence, incoming, read, run, tables_of
from tests.support.partition import PlainPartition, channels_of, deliver_all
from tests.support.slack import FakeSlack, fake_slack
from tests.support.slack_emulator.gateway import Fault
from tests.support.system import system

pytestmark = pytest.mark.slack


@pytest.fixture(scope="module")
def slack() -> Iterator[FakeSlack]:
    with fake_slack() as workspace:
        yield workspace


def delivery(channel: str, number: int = 1, title: str | None = None, **alert: Any) -> Delivery:
    why = {"sightings": (evidence("2017-10-31", title=title),), "origins": 1, "previous_last_day": None}
    told = alert_event(alert_id=f"alert-{number}", **{"why": why, **alert})
    return Delivery(delivery_id=f"delivery-{number}", destination=channel, alert=told)


def withdrawn(channel: str, number: int = 1, revision: int = 2) -> Delivery:
    status = AlertChange(what="status", old="confirmed", new="retracted")
    cause = Cause(what="withdrawn", sighting=evidence("2017-10-31", title="Shots at the market"))
    return delivery(
        channel, number, revision=revision, type="retraction", status="retracted", changes=(status,), cause=cause,
        why=AlertEvidence(sightings=(), origins=0),
    )  # fmt: skip


def grown(channel: str, old: int, revision: int) -> Delivery:
    change = AlertChange(what="origins", old=str(old), new=str(old + 1))
    why = AlertEvidence(sightings=(evidence("2017-10-31"),), origins=old + 1)
    return delivery(channel, revision=revision, type="update", changes=(change,), why=why)


def deliver(slack: FakeSlack, *owed: Delivery, partition: PlainPartition | None = None, **options: Any) -> LedgerEntry:
    partition = partition or PlainPartition()
    deliver_all(partition, channels_of(slack, **options), *owed)
    entry: LedgerEntry = partition.tables[LEDGER][owed[-1].delivery_id]
    return entry


def test_a_delivery_lands_with_blocks_fallback_and_its_id(slack: FakeSlack) -> None:
    channel = slack.new_channel("lands")
    entry = deliver(slack, delivery(channel))
    [message] = slack.messages(channel)
    assert (entry.state, entry.via, entry.message_ts) == ("sent", "slack", message["ts"])
    assert "FIRST SEEN" in message["text"]
    assert message["blocks"][0]["type"] == "header"
    assert message["metadata"]["event_payload"]["delivery_id"] == "delivery-1"


def test_a_pause_that_slack_asks_for_is_kept_and_the_message_sent_once(slack: FakeSlack) -> None:
    channel = slack.new_channel("pause")
    slack.gateway.faults.append(Fault("ratelimited", times=2))
    entry = deliver(slack, delivery(channel))
    assert (entry.state, entry.attempts) == ("sent", 3)
    assert len(slack.messages(channel)) == 1


def test_a_channel_that_slack_holds_up_holds_up_no_other(slack: FakeSlack) -> None:
    held, free = slack.new_channel("held"), slack.new_channel("free")
    slack.gateway.faults.append(Fault("ratelimited", times=1, channel=held, retry_after_seconds=3_000))
    partition, channels = PlainPartition(), channels_of(slack)

    async def whole() -> None:
        lanes = partition.open(channels)
        await partition.take_in(channels, [delivery(held, 1), delivery(free, 2), delivery(free, 3)])
        async with asyncio.timeout(20):
            while len(partition.tables[LEDGER]) < 2:
                await asyncio.sleep(0.01)
        lanes.cancel()

    asyncio.run(whole())
    assert [one.destination for one in partition.tables[OUTBOX].values()] == [held]
    assert len(slack.messages(free)) == 2


@pytest.mark.parametrize("fault", [Fault("cut_before"), Fault("status", status=503), Fault("error")])
def test_a_failure_that_may_pass_is_tried_again(slack: FakeSlack, fault: Fault) -> None:
    channel = slack.new_channel(f"again-{fault.kind.replace('_', '-')}")
    slack.gateway.faults.append(fault)
    entry = deliver(slack, delivery(channel))
    assert (entry.state, entry.attempts, entry.ambiguous) == ("sent", 2, 1)
    assert len(slack.messages(channel)) == 1


def test_a_message_that_slack_took_without_saying_so_is_found_and_not_posted_again(slack: FakeSlack) -> None:
    channel = slack.new_channel("adopted")
    slack.gateway.faults.append(Fault("cut_after"))
    entry = deliver(slack, delivery(channel))
    [message] = slack.messages(channel)
    assert (entry.state, entry.message_ts, entry.ambiguous) == ("sent", message["ts"], 0)


def test_a_message_that_slack_takes_after_we_gave_up_may_be_there_twice_and_is_counted(slack: FakeSlack) -> None:
    channel = slack.new_channel("late")
    slack.gateway.faults.append(Fault("late", late_seconds=3.0, channel=channel))
    entry = deliver(slack, delivery(channel))
    assert (entry.state, entry.attempts, entry.ambiguous) == ("sent", 2, 1)
    deadline = time.monotonic() + 20
    while len(slack.messages(channel)) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_where_nobody_may_look_an_unclear_message_is_posted_again_and_counted(slack: FakeSlack) -> None:
    channel = slack.new_channel("unseen")
    slack.gateway.faults += [
        Fault("cut_after"),
        Fault("error", method="conversations.history", error="missing_scope", channel=channel),
    ]
    entry = deliver(slack, delivery(channel))
    assert (entry.state, entry.ambiguous) == ("sent", 1)
    assert len(slack.messages(channel)) == 2


def test_what_an_owner_before_may_have_posted_is_looked_for(slack: FakeSlack) -> None:
    channel = slack.new_channel("inherited")
    first, second = PlainPartition(), PlainPartition()
    deliver(slack, delivery(channel), partition=first)
    second.tables[OUTBOX] = {"0": delivery(channel)}  # the first posted, and died before it wrote that down
    deliver_all(second, channels_of(slack))
    [message] = slack.messages(channel)
    assert second.tables[LEDGER]["delivery-1"].message_ts == message["ts"]


def test_a_channel_that_goes_by_a_name_is_looked_into_by_the_id_that_the_ledger_has(slack: FakeSlack) -> None:
    channel = slack.new_channel("by-name")
    first, second = PlainPartition(), PlainPartition()
    deliver(slack, delivery(channel, 1), delivery(channel, 2), partition=first)
    told = first.tables[LEDGER]["delivery-1"].model_copy(update={"destination": "#by-name"})
    second.tables[LEDGER] = {"delivery-1": told}
    second.tables[OUTBOX] = {"0": delivery("#by-name", 2)}  # posted, and not written down
    deliver_all(second, channels_of(slack))
    assert len(slack.messages(channel)) == 2
    assert second.tables[LEDGER]["delivery-2"].message_ts == first.tables[LEDGER]["delivery-2"].message_ts


def test_a_withdrawal_edits_the_message_and_is_told_in_its_thread_and_in_the_channel(slack: FakeSlack) -> None:
    channel = slack.new_channel("withdrawn")
    entry = deliver(slack, delivery(channel), withdrawn(channel))
    root, reply = slack.messages_and_replies(channel)
    assert (entry.alert_revision, entry.message_ts) == (2, root["ts"])
    assert root["blocks"][0]["text"]["text"] == "WITHDRAWN · JNIM · Mali"
    told = str(root["blocks"])
    assert "~confirmed~ → withdrawn" in told
    assert "Shots at the market" in told
    assert reply["thread_ts"] == root["ts"]
    assert "WITHDRAWN" in reply["text"]
    assert reply["metadata"]["event_payload"] == {
        "part": "reply", "delivery_id": "delivery-1", "alert_id": "alert-1", "revision": 2,
    }  # fmt: skip


def test_a_second_origin_is_told_and_further_ones_only_counted(slack: FakeSlack) -> None:
    channel = slack.new_channel("origins")
    deliver(slack, delivery(channel), grown(channel, 1, 2), grown(channel, 2, 3), grown(channel, 3, 4))
    root, reply = slack.messages_and_replies(channel)
    assert "4 independent origins" in str(root["blocks"])
    assert "~1~ → 2" in str(reply["blocks"])


def test_a_reply_that_slack_took_without_saying_so_is_found_in_the_thread(slack: FakeSlack) -> None:
    channel = slack.new_channel("reply-adopted")
    partition = PlainPartition()
    deliver(slack, delivery(channel), partition=partition)
    slack.gateway.faults.append(Fault("cut_after"))
    entry = deliver(slack, withdrawn(channel), partition=partition)
    assert len(slack.messages_and_replies(channel)) == 2
    assert entry.ambiguous == 0


def test_blocks_that_slack_refuses_go_as_text_and_corrections_of_them_too(slack: FakeSlack) -> None:
    channel = slack.new_channel("plain")
    slack.gateway.faults.append(Fault("error", error="invalid_blocks"))
    partition = PlainPartition()
    entry = deliver(slack, delivery(channel), partition=partition)
    [message] = slack.messages(channel)
    assert (entry.state, entry.form) == ("sent", "plain")
    assert "No earlier sighting of JNIM in Mali" in message["text"]
    assert deliver(slack, withdrawn(channel), partition=partition).form == "plain"
    assert slack.messages(channel)[0]["text"].startswith("WITHDRAWN")


def test_a_channel_that_is_gone_is_suspended_its_owner_told_and_it_begins_again_when_somebody_subscribes(
    slack: FakeSlack,
) -> None:
    channel, owner, operators = (slack.new_channel(name) for name in ("gone", "owner", "operators"))
    slack.gateway.faults.append(Fault("error", error="is_archived", channel=channel))
    partition, long_ago = PlainPartition(), datetime(2020, 1, 1, tzinfo=UTC)
    owed = delivery(channel).model_copy(update={"owner": owner, "subscribed_at": long_ago})
    channels = channels_of(slack, options=SlackOptions(operators=operators))
    deliver_all(partition, channels, owed, delivery(channel, 2))
    assert [(one.state, one.error) for one in partition.tables[LEDGER].values()] == [
        ("dead", "is_archived"), ("dead", "suspended: is_archived"),
    ]  # fmt: skip
    for told in (owner, operators):
        [message] = slack.messages(told)
        assert "(is archived)" in message["text"]
    again = delivery(channel, 3).model_copy(update={"subscribed_at": datetime.now(UTC) + timedelta(1)})
    deliver_all(partition, channels, again)
    assert len(slack.messages(channel)) == 1
    assert partition.tables[SUSPENSIONS] == {}


def test_a_token_that_is_revoked_holds_everything_and_loses_nothing(slack: FakeSlack) -> None:
    channel = slack.new_channel("revoked")
    slack.gateway.faults.append(Fault("error", error="token_revoked", times=3))
    entry = deliver(slack, delivery(channel), withdrawn(channel))
    assert (entry.state, entry.alert_revision) == ("sent", 2)
    assert len(slack.messages_and_replies(channel)) == 2


def test_a_storm_becomes_one_digest_that_lists_everything_and_is_corrected_line_by_line(slack: FakeSlack) -> None:
    channel, partition = slack.new_channel("storm"), PlainPartition()
    entry = deliver(slack, *(delivery(channel, number) for number in range(25)), partition=partition)
    messages = slack.messages(channel)
    assert len(messages) == 1
    assert messages[0]["text"] == "25 alerts"
    deliver(slack, withdrawn(channel, 7), partition=partition)
    root, reply = slack.messages_and_replies(channel)
    told = "\n".join(block["text"]["text"] for block in root["blocks"])
    assert told.count("• ") == 25
    assert told.count("~FIRST SEEN~ *WITHDRAWN*") == 1
    assert (root["ts"], reply["thread_ts"]) == (entry.message_ts, entry.message_ts)


def test_a_digest_that_slack_took_without_saying_so_is_found(slack: FakeSlack) -> None:
    channel = slack.new_channel("digest-adopted")
    slack.gateway.faults.append(Fault("cut_after"))
    entry = deliver(slack, *(delivery(channel, number) for number in range(12)))
    assert len(slack.messages(channel)) == 1
    assert (entry.state, entry.ambiguous) == ("sent", 0)


def test_a_daily_digest_comes_at_its_time(slack: FakeSlack) -> None:
    channel, partition = slack.new_channel("daily"), PlainPartition()
    clock = [datetime(2026, 1, 1, 7, tzinfo=UTC)]
    due_at = datetime(2026, 1, 1, 8, tzinfo=UTC)
    owed = [delivery(channel, number).model_copy(update={"due_at": due_at}) for number in range(3)]
    channels = channels_of(slack, clock=lambda: clock[0])

    async def whole() -> None:
        lanes = partition.open(channels)
        await partition.take_in(channels, [*owed, delivery(channel, 9)])
        async with asyncio.timeout(20):
            while not partition.tables[LEDGER]:
                await asyncio.sleep(0.01)
        assert list(partition.tables[LEDGER]) == ["delivery-9"]
        clock[0] = due_at
        await partition.take_in(channels, [delivery(channel, 10)])
        await partition.until_empty()
        lanes.cancel()

    asyncio.run(whole())
    first, digest = slack.messages(channel)
    assert "FIRST SEEN" in first["text"]
    assert digest["text"] == "4 alerts"


@pytest.mark.parametrize("scope", [True, False])
def test_a_map_comes_into_the_thread_where_the_token_may_upload(slack: FakeSlack, scope: bool) -> None:
    channel, partition = slack.new_channel(f"map-{scope}".lower()), PlainPartition()
    channels = channels_of(slack)
    if not scope:
        slack.gateway.faults.append(Fault("error", "files.getUploadURLExternal", error="missing_scope", times=9))
    calls = slack.gateway.seen

    async def whole() -> None:
        before, lanes = calls["files.getUploadURLExternal"], partition.open(channels)
        done = calls["files.completeUploadExternal"]
        await partition.take_in(channels, [delivery(channel, 1), delivery(channel, 2)])
        async with asyncio.timeout(20):
            while calls["files.getUploadURLExternal"] == before or (
                scope and calls["files.completeUploadExternal"] < done + 2
            ):
                await asyncio.sleep(0.01)
            await partition.until_empty()
        lanes.cancel()

    asyncio.run(whole())
    slack.gateway.faults.clear()
    roots = [message["ts"] for message in slack.messages(channel)]
    assert len(roots) == 2
    assert [one["thread_ts"] for one in slack.pictures(channel)] == (roots if scope else [])


def test_a_preview_is_what_comes(slack: FakeSlack) -> None:
    channel, partition = slack.new_channel("previewed"), PlainPartition()
    events = [
        delivery(channel, 1).alert, grown(channel, 1, 2).alert, delivery(channel, 2, country="NE").alert,
        withdrawn(channel, 1, 3).alert, grown(channel, 2, 4).alert,
    ]  # fmt: skip
    events = [one.model_copy(update={"arrived": ARRIVED + timedelta(number)}) for number, one in enumerate(events)]
    subscriber = Subscriber(destination=channel, subscriptions=(Subscription(),), changed_at=ARRIVED)
    records = [incoming(one, topic=ALERTS) for one in events]
    dispatched = run(
        lambda tables, batch: fold(tables, batch, {channel: subscriber}, packaged()), tables_of("dispatch"), records
    )
    deliver_all(partition, channels_of(slack), *read(dispatched, DELIVERIES))

    said = list(preview([Subscription()], events, packaged(), ARRIVED, ARRIVED + timedelta(30)))

    roots = {}
    for one in said:
        if one.action != "reply in its thread":
            roots[one.message.metadata["event_payload"]["alert_id"]] = list(one.message.blocks)
    there = [one["blocks"] for one in slack.messages(channel) if one["metadata"]["event_payload"]["part"] == "root"]
    assert there == list(roots.values())
    replied = [list(one.message.blocks) for one in said if one.action == "reply in its thread"]
    posted = [one for one in slack.messages_and_replies(channel) if one["metadata"]["event_payload"]["part"] == "reply"]
    assert [one["blocks"] for one in sorted(posted, key=lambda one: one["ts"])] == replied


def test_a_hostile_title_does_no_harm(slack: FakeSlack) -> None:
    channel = slack.new_channel("hostile")
    title = "<!channel> <@U1> @here *b* _i_ ~s~ \u202e" + "x" * 40_000
    hostile = withdrawn(channel)
    seen = evidence(title=title)
    hostile = hostile.model_copy(
        update={"alert": hostile.alert.model_copy(update={"cause": Cause(what="withdrawn", sighting=seen)})}
    )
    assert deliver(slack, delivery(channel, title=title), hostile).form == "full"
    for message in slack.messages_and_replies(channel):
        told = str(message["blocks"]) + message["text"]
        for harm in ("<!", "<@", "@here", "\u202e", "*b*", "~s~"):
            assert harm not in told


def test_doctor_learns_who_the_token_is_and_what_it_lacks(slack: FakeSlack) -> None:
    good = asyncio.run(SlackClient(slack.token, slack.base_url).check())
    bad = asyncio.run(SlackClient("xoxb-unknown", slack.base_url).check())
    assert good.ok
    assert not bad.ok
    assert "xoxb-" in (bad.error or "")


@pytest.mark.kafka
def test_a_sighting_becomes_one_message_in_the_channel_that_asked(
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
            running.publish(
                {
                    "source": "desk",
                    "id": str(number),
                    "group": group,
                    "country": country,
                    "occurred": today,
                    "grade": "B2",
                }
            )
        running.settle()
        [message] = slack.messages(channel)
        [told] = running.export("deliveries")
    assert "Islamic State" in message["text"]
    assert (told["state"], told["via"], told["message_ts"]) == ("sent", "slack", message["ts"])
    assert message["metadata"]["event_payload"]["delivery_id"] == told["delivery_id"]
