"""Slack commands and clicks over HTTP, signed as Slack signs them. Forged, stale and repeated ones are rejected."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from aiohttp import web
from slack_sdk.signature import SignatureVerifier

from firstseen.local_kafka import LocalKafka
from schemas.alert import AlertEvidence
from schemas.group import Group, GroupsChange
from streams.io.config_writer import read_subscribers, write_groups
from streams.io.kafka_config import KafkaConfig
from streams.io.topic_admin import TopicSettings, apply
from streams.notify.buttons import EVIDENCE, MAP, MUTE, REPORT_WRONG
from tests.support.builders import alert_event, evidence
from tests.support.slack import FakeSlack, fake_slack
from tests.support.slack_emulator.limits import problem
from web.app import WebConfig, build_web
from web.slack_app.config import SlackAppConfig

pytestmark = [pytest.mark.kafka, pytest.mark.slack]

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
ALERT = alert_event(
    alert_id="1a2b3c4d",
    why=AlertEvidence(sightings=tuple(evidence(id=str(n), title=f"Report {n}") for n in range(5)), origins=5),
)


@pytest.fixture(scope="module")
def slack() -> Iterator[FakeSlack]:
    with fake_slack() as workspace:
        yield workspace


class SlackSide:
    """Slack's side: signs and sends requests, and receives what is posted to the response_url."""

    def __init__(self, client: httpx.AsyncClient, response_url: str, responses: asyncio.Queue[dict[str, Any]]) -> None:
        self._client, self._response_url, self._heard = client, response_url, responses

    async def send(
        self, fields: dict[str, str], *, secret: str = SECRET, age_seconds: int = 0, **headers: str
    ) -> httpx.Response:
        body, at = urlencode(fields), str(int(time.time()) - age_seconds)
        signature = SignatureVerifier(secret).generate_signature(timestamp=at, body=body) or ""
        signed = {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": signature}
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return await self._client.post("/slack/events", content=body, headers={**kind, **signed, **headers})

    def command(self, text: str, channel: str = "C12345678") -> dict[str, str]:
        return {
            "command": "/firstseen", "text": text, "channel_id": channel, "user_id": "U12345678", "team_id": "T1",
            "response_url": self._response_url, "trigger_id": str(time.monotonic_ns()),
        }  # fmt: skip

    def click(self, action: str, value: str, channel: str = "C12345678") -> dict[str, str]:
        payload = {
            "type": "block_actions", "user": {"id": "U12345678"}, "team": {"id": "T1"}, "channel": {"id": channel},
            "response_url": self._response_url, "trigger_id": str(time.monotonic_ns()),
            "actions": [{"type": "button", "action_id": action, "block_id": "b", "value": value}],
        }  # fmt: skip
        return {"payload": json.dumps(payload)}

    async def response(self) -> dict[str, Any]:
        return await asyncio.wait_for(self._heard.get(), 20)

    async def ask(self, text: str) -> str:
        """Send a command and return the text of the response."""
        accepted = await self.send(self.command(text))
        assert (accepted.status_code, accepted.text) == (200, "")
        return str((await self.response())["text"])


@asynccontextmanager
async def running_app(
    kafka: LocalKafka, prefix: str, slack: FakeSlack, operators: str | None = None
) -> AsyncIterator[SlackSide]:
    responses: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def receive(request: web.Request) -> web.Response:
        await responses.put(await request.json())
        return web.Response(text="ok")

    listener = web.Application()
    listener.router.add_post("/respond", receive)
    runner = web.AppRunner(listener)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}/respond"
    apply(KafkaConfig(kafka.bootstrap), TopicSettings(prefix=prefix, partitions=2))
    access = SlackAppConfig(slack.token, signing_secret=SECRET, operators_channel=operators, base_url=slack.base_url)
    app = build_web(KafkaConfig(kafka.bootstrap), prefix, WebConfig(access))
    app.state.services.page.alerts.add([ALERT])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://firstseen") as client:
        yield SlackSide(client, address, responses)
    await runner.cleanup()


async def test_a_channel_subscribes_lists_previews_and_unsubscribes(
    kafka: LocalKafka, prefix: str, slack: FakeSlack
) -> None:
    async with running_app(kafka, prefix, slack) as slack_side:
        assert (
            await slack_side.ask("subscribe group:IS country:Mali")
            == "Subscribed this channel to `group:IS country:ML`."
        )
        assert "Try `/firstseen subscribe country:Niger`" in await slack_side.ask("subscribe Niger")
        assert await slack_side.ask("list") == "1. `group:IS country:ML`"
        row = (await read_subscribers(KafkaConfig(kafka.bootstrap), prefix))["C12345678"]
        assert (row.owner, row.subscriptions[0].clauses[0].groups) == ("U12345678", ("IS",))
        assert await slack_side.ask("preview 90d") == "Nothing in the last 90 days."
        assert "Report 3" in await slack_side.ask("why 1a2b")
        assert "Unsubscribed this channel from" in await slack_side.ask("unsubscribe 1")
        assert "no subscription" in await slack_side.ask("list")


async def test_forged_stale_and_repeated_requests_are_rejected(
    kafka: LocalKafka, prefix: str, slack: FakeSlack
) -> None:
    async with running_app(kafka, prefix, slack) as slack_side:
        command = slack_side.command("subscribe")
        assert (await slack_side.send(command, secret="another")).status_code == 401
        assert (await slack_side.send(command, age_seconds=400)).status_code == 401
        assert (await slack_side.send(command, age_seconds=-400)).status_code == 401
        assert (await slack_side.send({**command, "ssl_check": "1"}, secret="another")).status_code in {200, 401}
        first = await slack_side.send(command)
        assert first.status_code == 200
        await slack_side.response()
        repeated = first.request
        again = await slack_side._client.post("/slack/events", content=repeated.content, headers=dict(repeated.headers))
        assert again.status_code == 401
        assert slack_side._heard.empty()
        row = await read_subscribers(KafkaConfig(kafka.bootstrap), prefix)
        assert len(row["C12345678"].subscriptions) == 1
        assert (await slack_side.send({"text": "x" * 300_000})).status_code == 413


async def test_buttons_show_evidence_page_by_page_mute_and_report(
    kafka: LocalKafka, prefix: str, slack: FakeSlack
) -> None:
    operators = slack.new_channel("operators-hear")
    async with running_app(kafka, prefix, slack, operators) as slack_side:
        await slack_side.ask("subscribe")
        await slack_side.send(slack_side.click(EVIDENCE, ALERT.alert_id))
        first = await slack_side.response()
        assert problem(first["text"], first["blocks"]) is None
        assert "1 to 3 of 5" in str(first["blocks"])
        more = first["blocks"][-1]["elements"][0]
        await slack_side.send(slack_side.click(more["action_id"], more["value"]))
        second = await slack_side.response()
        assert (second["replace_original"], "Report 4" in str(second["blocks"])) == (True, True)
        assert (await slack_side.send(slack_side.click(MAP, ALERT.alert_id))).status_code == 200
        await slack_side.send(slack_side.click(MUTE, ALERT.alert_id))
        assert "JNIM in Mali" in (await slack_side.response())["text"]
        [mute] = (await read_subscribers(KafkaConfig(kafka.bootstrap), prefix))["C12345678"].mutes
        assert (mute.group, mute.country) == ("JNIM", "ML")
        for _ in range(2):
            await slack_side.send(slack_side.click(REPORT_WRONG, ALERT.alert_id))
            assert "operators have been notified" in (await slack_side.response())["text"]
        [report] = slack.messages(operators)
        assert "1a2b3c4d" in report["text"]


async def test_an_unknown_group_is_asked_about_and_a_click_answers(
    kafka: LocalKafka, prefix: str, slack: FakeSlack
) -> None:
    async with running_app(kafka, prefix, slack) as slack_side:
        cluster = KafkaConfig(kafka.bootstrap)
        known = GroupsChange(put=(Group(id="Islamic State", names=["ISIS"]),))
        await write_groups(cluster, prefix, lambda _: known)

        await slack_side.send(slack_side.command("subscribe group:ISSI in:Sahel"))
        question = await slack_side.response()
        assert (question["response_type"], problem(question["text"], question["blocks"])) == ("ephemeral", None)
        assert "No group is called ISSI yet. Did you mean ISIS?" in question["text"]
        assert await read_subscribers(cluster, prefix) == {}, "nothing is subscribed before the answer"
        near, keep = question["blocks"][-1]["elements"]
        assert (near["text"]["text"], keep["text"]["text"]) == ("ISIS", 'Keep "ISSI"')

        for expected in ("Subscribed this channel to `group:ISIS in:Sahel`.", "already has this subscription"):
            await slack_side.send(slack_side.click(near["action_id"], near["value"]))
            assert (await slack_side.response())["delete_original"] is True
            answered = await slack_side.response()
            assert expected in answered["text"]
            assert answered["response_type"] == "in_channel"
        [subscription] = (await read_subscribers(cluster, prefix))["C12345678"].subscriptions
        assert subscription.clauses[0].groups == ("ISIS",)

        await slack_side.send(slack_side.click(keep["action_id"], keep["value"]))
        await slack_side.response()
        assert (await slack_side.response())["text"] == "Subscribed this channel to `group:ISSI in:Sahel`."
        assert await slack_side.ask("list") == "1. `group:ISIS in:Sahel`\n2. `group:ISSI in:Sahel`"

        # The value of a button may only subscribe, and is parsed like any other command.
        await slack_side.send(slack_side.click(near["action_id"], "unsubscribe all"))
        await slack_side.send(slack_side.click(keep["action_id"], "subscribe group:x country:Narnia"))
        await slack_side.response()
        assert "Not understood" in (await slack_side.response())["text"]
        assert len((await read_subscribers(cluster, prefix))["C12345678"].subscriptions) == 2


async def test_a_command_on_an_unknown_alert_is_an_error(kafka: LocalKafka, prefix: str, slack: FakeSlack) -> None:
    async with running_app(kafka, prefix, slack) as slack_side:
        await slack_side.send(slack_side.click(EVIDENCE, "unknown"))
        assert "not read this alert yet" in (await slack_side.response())["text"]
        await slack_side.send(slack_side.click(MUTE, "unknown"))
        assert "not read this alert yet" in (await slack_side.response())["text"]
