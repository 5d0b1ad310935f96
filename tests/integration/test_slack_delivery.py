"""Deliveries to a Slack emulator: alone, and through the whole pipeline."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from firstseen.local_kafka import LocalKafka
from schemas.delivery import Delivery, LedgerEntry
from streams.runtime.channels import Channels
from streams.runtime.slack_api import SlackApi
from tests.support.builders import alert_event, evidence
from tests.support.slack import FakeSlack, fake_slack
from tests.support.slack_emulator.gateway import Fault
from tests.support.system import system

pytestmark = pytest.mark.slack


@pytest.fixture(scope="module")
def slack() -> Iterator[FakeSlack]:
    with fake_slack() as workspace:
        yield workspace


def delivery(channel: str, number: int = 1, title: str | None = None) -> Delivery:
    why = {"sightings": (evidence("2017-10-31", title=title),), "origins": 1, "previous_last_day": None}
    return Delivery(delivery_id=f"delivery-{number}", destination=channel, alert=alert_event(why=why))


def deliver(slack: FakeSlack, owed: Delivery, token: str | None = None) -> LedgerEntry:
    channels = Channels(SlackApi(token or slack.token, slack.base_url), Console(file=io.StringIO()))
    return asyncio.run(asyncio.wait_for(channels.deliver(owed), 60))


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


@pytest.mark.parametrize("fault", [Fault("cut_before"), Fault("status", status=503), Fault("error")])
def test_a_failure_that_may_pass_is_tried_again(slack: FakeSlack, fault: Fault) -> None:
    channel = slack.new_channel(f"again-{fault.kind.replace('_', '-')}")
    slack.gateway.faults.append(fault)
    entry = deliver(slack, delivery(channel))
    assert (entry.state, entry.attempts) == ("sent", 2)
    assert len(slack.messages(channel)) == 1


def test_a_channel_that_is_not_there_ends_dead_with_slacks_word_for_it(slack: FakeSlack) -> None:
    slack.gateway.faults.append(Fault("error", error="channel_not_found"))
    entry = deliver(slack, delivery("C0000000000"))
    assert (entry.state, entry.error) == ("dead", "channel_not_found")


def test_a_hostile_title_does_no_harm(slack: FakeSlack) -> None:
    channel = slack.new_channel("hostile")
    title = "<!channel> <@U1> @here *b* _i_ \u202e" + "x" * 40_000
    assert deliver(slack, delivery(channel, title=title)).state == "sent"
    [message] = slack.messages(channel)
    told = str(message["blocks"]) + message["text"]
    for harm in ("<!", "<@", "@here", "\u202e", "*b*"):
        assert harm not in told


def test_doctor_learns_who_the_token_is_and_what_it_lacks(slack: FakeSlack) -> None:
    good = asyncio.run(SlackApi(slack.token, slack.base_url).check())
    bad = asyncio.run(SlackApi("xoxb-unknown", slack.base_url).check())
    assert good.ok
    assert not bad.ok
    assert "xoxb-" in (bad.error or "")


@pytest.mark.kafka
def test_a_sighting_becomes_one_message_in_the_channel_that_asked(
    kafka: LocalKafka, prefix: str, tmp_path: Path, slack: FakeSlack
) -> None:
    channel = slack.new_channel("whole-path")
    subscriptions = tmp_path / "subscriptions.yaml"
    subscriptions.write_text(f"- destination: {channel}\n  groups: [isis]\n  countries: [Republic of Mali]\n")
    groups = tmp_path / "groups.yaml"
    groups.write_text("- id: Islamic State\n  names: [IS, ISIS]\n")
    environment: dict[str, str | None] = {
        "SLACK_BOT_TOKEN": slack.token,
        "FIRSTSEEN_SLACK_URL": slack.base_url,
        "FIRSTSEEN_SUBSCRIPTIONS": str(subscriptions),
    }
    today = datetime.now(UTC).date().isoformat()
    with system(kafka, prefix, tmp_path, groups=groups, environment=environment) as running:
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
