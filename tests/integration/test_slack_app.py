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
from streams.notify.buttons import EVIDENCE, MAP, MORE, MUTE, REPORT_WRONG
from tests.support.builders import alert_event, evidence
from tests.support.pages import add_alerts
from tests.support.slack import FakeSlack, fake_slack
from tests.support.slack_emulator.gateway import Fault
from tests.support.slack_emulator.limits import problem
from tests.support.waiting import PATIENCE_SECONDS
from web.app import WebConfig, build_web
from web.slack_app.config import SlackAppConfig
from web.slack_app.response_url import UNKNOWN_ALERT

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

    def choose(self, value: str, channel: str = "C12345678") -> dict[str, str]:
        """Return a choice in the menu under an alert."""
        clicked = json.loads(self.click(MORE, "", channel)["payload"])
        clicked["actions"][0] = {
            "type": "overflow",
            "action_id": MORE,
            "block_id": "b",
            "selected_option": {"value": value},
        }
        return {"payload": json.dumps(clicked)}

    def submit(self, form: dict[str, Any], **answered: Any) -> dict[str, str]:
        """Return the submission of a form: a text, or a value or list of values that were chosen."""
        state = {
            name: {
                name: {"selected_options": [{"value": each} for each in answer]} if isinstance(answer, list) else answer
            }
            for name, answer in answered.items()
        }
        view = {"id": f"V{time.monotonic_ns()}", **form, "state": {"values": state}}
        user = {"id": "U12345678"}
        return {"payload": json.dumps({"type": "view_submission", "user": user, "team": {"id": "T1"}, "view": view})}

    async def open_home(self) -> None:
        event = {"type": "app_home_opened", "user": "U12345678", "channel": "D1", "tab": "home"}
        body = {"type": "event_callback", "team_id": "T1", "api_app_id": "A1", "event": event, "event_id": "E1"}
        await self.send_json(body)

    async def send_json(self, body: dict[str, Any]) -> httpx.Response:
        content, at = json.dumps(body), str(int(time.time()))
        signature = SignatureVerifier(SECRET).generate_signature(timestamp=at, body=content) or ""
        signed = {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": signature, "Content-Type": "application/json"}
        return await self._client.post("/slack/events", content=content, headers=signed)

    async def form(self, shown: list[dict[str, Any]]) -> dict[str, Any]:
        """Return the last form or home that Slack was asked to show."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not shown:
                await asyncio.sleep(0.01)
        return shown.pop()

    async def response(self) -> dict[str, Any]:
        return await asyncio.wait_for(self._heard.get(), PATIENCE_SECONDS)

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
    add_alerts(app, [ALERT])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://firstseen") as client:
        yield SlackSide(client, address, responses)
    await runner.cleanup()


async def test_a_channel_subscribes_lists_previews_and_unsubscribes(
    kafka: LocalKafka, prefix: str, slack: FakeSlack
) -> None:
    async with running_app(kafka, prefix, slack) as slack_side:
        assert (
            await slack_side.ask("subscribe group:IS country:Mali")
            == "Subscribed this channel to `group:IS country:ML`.\nUndo it: `/firstseen unsubscribe 1`"
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
        command = slack_side.command("subscribe all")
        assert (await slack_side.send(command, secret="another")).status_code == 401
        assert (await slack_side.send(command, age_seconds=400)).status_code == 401
        assert (await slack_side.send(command, age_seconds=-400)).status_code == 401
        assert (await slack_side.send({**command, "ssl_check": "1"}, secret="another")).status_code == 200
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


@pytest.mark.parametrize("content", [b"[]", b"null", b"[" * 100_000, b"payload=1", b"payload=" + b"[" * 100_000])
@pytest.mark.parametrize("at", ["1796089566", "NaN", ""])
async def test_a_request_without_a_signature_is_rejected_before_it_is_read(
    kafka: LocalKafka, prefix: str, slack: FakeSlack, content: bytes, at: str
) -> None:
    kind = "application/x-www-form-urlencoded" if content.startswith(b"payload") else "application/json"
    async with running_app(kafka, prefix, slack) as slack_side:
        for headers in ({}, {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": "v0=0"}):
            whole = {**headers, "Content-Type": kind}
            assert (await slack_side._client.post("/slack/events", content=content, headers=whole)).status_code == 401


async def test_a_form_about_an_alert_that_is_gone_says_so(kafka: LocalKafka, prefix: str, slack: FakeSlack) -> None:
    operators, shown = slack.new_channel("operators-of-gone-alerts"), slack.gateway.views
    async with running_app(kafka, prefix, slack, operators) as slack_side:
        answers = {MUTE: "days", REPORT_WRONG: "error"}
        for menu, name in answers.items():
            await slack_side.send(slack_side.choose(f"{menu}|{ALERT.alert_id}"))
            form = await slack_side.form(shown)
            form["private_metadata"] = form["private_metadata"].replace(ALERT.alert_id, "9" * 8)
            given = {"selected_option": {"value": "30" if menu == MUTE else "place"}}
            await slack_side.send(slack_side.submit(form, **{name: given}, reason={"value": "Gone"}))
            assert (await slack_side.response())["text"] == UNKNOWN_ALERT
        assert slack.messages(operators) == []


async def test_a_report_that_is_sent_twice_at_once_is_forwarded_once(
    kafka: LocalKafka, prefix: str, slack: FakeSlack
) -> None:
    operators, shown = slack.new_channel("operators-of-double-clicks"), slack.gateway.views
    async with running_app(kafka, prefix, slack, operators) as slack_side:
        await slack_side.send(slack_side.choose(f"{REPORT_WRONG}|{ALERT.alert_id}"))
        form, error = await slack_side.form(shown), {"selected_option": {"value": "place"}}
        sent = [slack_side.submit(form, error=error, reason={"value": "Twice"}) for _ in range(5)]
        await asyncio.gather(*map(slack_side.send, sent))
        for _ in sent:
            assert "operators have been notified" in (await slack_side.response())["text"]
        assert len(slack.messages(operators)) == 1


async def test_evidence_is_shown_page_by_page(kafka: LocalKafka, prefix: str, slack: FakeSlack) -> None:
    async with running_app(kafka, prefix, slack) as slack_side:
        await slack_side.send(slack_side.click(EVIDENCE, ALERT.alert_id))
        first = await slack_side.response()
        assert problem(first["text"], first["blocks"]) is None
        assert "1 to 3 of 5" in str(first["blocks"])
        more = first["blocks"][-1]["elements"][0]
        await slack_side.send(slack_side.click(more["action_id"], more["value"]))
        second = await slack_side.response()
        assert (second["replace_original"], "Report 4" in str(second["blocks"])) == (True, True)
        assert (await slack_side.send(slack_side.click(MAP, ALERT.alert_id))).status_code == 200


async def test_the_menu_opens_forms_that_mute_and_report(kafka: LocalKafka, prefix: str, slack: FakeSlack) -> None:
    operators, shown = slack.new_channel("operators-hear"), slack.gateway.views
    async with running_app(kafka, prefix, slack, operators) as slack_side:
        await slack_side.ask("subscribe all")
        await slack_side.send(slack_side.choose(f"{MUTE}|{ALERT.alert_id}"))
        form = await slack_side.form(shown)
        assert "no new alerts about JNIM in Mali" in str(form)
        days = {"selected_option": {"value": "30"}}
        await slack_side.send(slack_side.submit(form, days=days, reason={"value": "An exercise"}))
        muted = await slack_side.response()
        assert "JNIM in Mali. You still get corrections" in muted["text"]
        assert "Reason: An exercise" in muted["text"]
        assert muted["response_type"] == "in_channel"
        [mute] = (await read_subscribers(KafkaConfig(kafka.bootstrap), prefix))["C12345678"].mutes
        assert (mute.group, mute.country) == ("JNIM", "ML")
        for click in (
            slack_side.choose(f"{REPORT_WRONG}|{ALERT.alert_id}"),
            slack_side.click(REPORT_WRONG, ALERT.alert_id),
        ):
            await slack_side.send(click)
            form = await slack_side.form(shown)
            error = {"selected_option": {"value": "place"}}
            await slack_side.send(slack_side.submit(form, error=error, reason={"value": "It was *Niger*"}))
            assert "operators have been notified" in (await slack_side.response())["text"]
        await slack_side.send(slack_side.command("report 1a2b"))
        assert "the alert about JNIM in Mali is wrong" in str(await slack_side.form(shown))
        assert "No alert id starts with “zz”" in await slack_side.ask("report zz")
        [report] = slack.messages(operators)
        assert "1a2b3c4d" in report["text"]
        assert "“It was *Niger*”" in str(report["blocks"])


async def test_subscribe_without_words_opens_a_form_and_the_home_edits_it(
    kafka: LocalKafka, prefix: str, slack: FakeSlack
) -> None:
    channel, shown = slack.new_channel("asked"), slack.gateway.views
    async with running_app(kafka, prefix, slack) as slack_side:
        await slack_side.send(slack_side.command("subscribe", channel))
        form = await slack_side.form(shown)
        kinds, when = ["first_ever", "spread"], {"selected_option": {"value": "now"}}
        wrong = slack_side.submit(form, groups={"value": ""}, places={"value": "Narnia"}, kinds=kinds, when=when)
        refused = (await slack_side.send(wrong)).json()
        assert (refused["response_action"], [*refused["errors"]]) == ("errors", ["places"])
        right = slack_side.submit(form, groups={"value": "JNIM"}, places={"value": "Sahel"}, kinds=kinds, when=when)
        assert (await slack_side.send(right)).status_code == 200
        expected = "Subscribed this channel to `group:JNIM in:Sahel kind:first,spread`."
        assert (await slack_side.response())["text"].splitlines()[0] == expected

        await slack_side.open_home()
        home = await slack_side.form(shown)
        [buttons] = [block["elements"] for block in home["blocks"] if block["type"] == "actions"]
        edit, remove = buttons
        await slack_side.send(slack_side.click(edit["action_id"], edit["value"]))
        form = await slack_side.form(shown)
        refused = (await slack_side.send(slack_side.submit(form, filter={"value": "country:Narnia"}))).json()
        assert [*refused["errors"]] == ["filter"]
        await slack_side.send(slack_side.submit(form, filter={"value": "in:Sahel origins>=2"}))
        home = await slack_side.form(shown)
        assert "origins>=2" in str(home)
        [changed] = slack.messages(channel)
        assert (
            "Changed a subscription here from `group:JNIM in:Sahel kind:first,spread` to `in:Sahel origins&gt;=2`"
            in changed["text"]
        )

        [buttons] = [block["elements"] for block in home["blocks"] if block["type"] == "actions"]
        await slack_side.send(slack_side.click(buttons[1]["action_id"], buttons[1]["value"]))
        assert "None yet" in str(await slack_side.form(shown))
        assert await read_subscribers(KafkaConfig(kafka.bootstrap), prefix) == {}
        # The same button again, from a home that was not reloaded.
        await slack_side.send(slack_side.click(remove["action_id"], remove["value"]))
        await slack_side.form(shown)


async def test_a_mute_ends_by_a_command_or_in_the_home(kafka: LocalKafka, prefix: str, slack: FakeSlack) -> None:
    channel, shown = slack.new_channel("muted"), slack.gateway.views
    async with running_app(kafka, prefix, slack) as slack_side:
        for text in ("subscribe all", "mute group:JNIM 7d", "mute group:IS 7d"):
            await slack_side.send(slack_side.command(text, channel))
            await slack_side.response()
        await slack_side.send(slack_side.command("unmute 1", channel))
        assert (await slack_side.response())["text"].startswith("No longer muted: JNIM.")
        await slack_side.open_home()
        home = await slack_side.form(shown)
        [_, [unmute]] = [block["elements"] for block in home["blocks"] if block["type"] == "actions"]
        for _ in range(2):  # also from a home that was not reloaded
            await slack_side.send(slack_side.click(unmute["action_id"], unmute["value"]))
            home = await slack_side.form(shown)
            assert "muted until" not in str(home)
        [row] = (await read_subscribers(KafkaConfig(kafka.bootstrap), prefix)).values()
        assert row.mutes == ()
        [message] = slack.messages(channel)
        assert message["text"].startswith("No longer muted: IS.")


async def test_a_form_that_slack_does_not_open_is_answered_in_words(
    kafka: LocalKafka, prefix: str, slack: FakeSlack
) -> None:
    async with running_app(kafka, prefix, slack) as slack_side:
        slack.gateway.faults.append(Fault("error", method="views.open", error="expired_trigger_id", times=2))
        assert "`/firstseen subscribe in:Sahel`" in await slack_side.ask("subscribe")
        await slack_side.send(slack_side.choose(f"{MUTE}|{ALERT.alert_id}"))
        assert "did not open the form" in (await slack_side.response())["text"]


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
        subscribed = (await slack_side.response())["text"]
        assert subscribed.splitlines()[0] == "Subscribed this channel to `group:ISSI in:Sahel`."
        assert await slack_side.ask("list") == "1. `group:ISIS in:Sahel`\n2. `group:ISSI in:Sahel`"

        # The value of a button may only subscribe, and is parsed like any other command.
        await slack_side.send(slack_side.click(near["action_id"], "unsubscribe all"))
        await slack_side.send(slack_side.click(keep["action_id"], "subscribe group:x country:Narnia"))
        await slack_side.response()
        assert "Not understood" in (await slack_side.response())["text"]
        assert len((await read_subscribers(cluster, prefix))["C12345678"].subscriptions) == 2


async def test_a_command_on_an_unknown_alert_is_an_error(kafka: LocalKafka, prefix: str, slack: FakeSlack) -> None:
    async with running_app(kafka, prefix, slack) as slack_side:
        for unknown in (slack_side.click("of_a_later_version", ""), {**slack_side.command(""), "command": "/other"}):
            assert (await slack_side.send(unknown)).status_code == 200
            assert "does not know this button or command" in (await slack_side.response())["text"]
        for payload, status in (('{"type": "shortcut"}', 200), ("{", 400)):
            assert (await slack_side.send({"payload": payload})).status_code == status
        for action in (EVIDENCE, MUTE):
            await slack_side.send(slack_side.click(action, "unknown"))
            assert "not read this alert yet" in (await slack_side.response())["text"]
