"""A malformed request from Slack is answered with what is wrong, and changes nothing."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import quote_plus, urlencode

import httpx
import pytest
from slack_sdk.signature import SignatureVerifier

from streams.io.kafka_config import KafkaConfig
from streams.notify.buttons import EVIDENCE, MORE, MUTE
from tests.support.tables import each_row
from web.app import WebConfig, build_web
from web.slack_app.config import SlackAppConfig
from web.slack_app.forms import EDIT, Origin
from web.slack_app.home import HOME_EDIT
from web.slack_app.payloads import payload_problem

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
URL = "https://hooks.slack.com/actions/T1/1/x"
COMMAND = {"command": "/firstseen", "text": "list", "channel_id": "C1", "user_id": "U1", "response_url": URL}
CLICK = {
    "type": "block_actions", "user": {"id": "U1"}, "channel": {"id": "C1"}, "response_url": URL,
    "actions": [{"type": "button", "action_id": EVIDENCE, "block_id": "b", "value": "1a2b"}],
}  # fmt: skip


def action(**changes: object) -> dict[str, Any]:
    return {**CLICK, "actions": [{"type": "button", "action_id": EVIDENCE, **changes}]}


def submission(metadata: str, callback: str = MUTE, **values: object) -> dict[str, Any]:
    given = values or {"days": {"selected_option": {"value": "7"}}, "reason": {"value": None}}
    state = {"values": {name: {name: value} for name, value in given.items()}}
    view = {"callback_id": callback, "private_metadata": metadata, "state": state}
    return {"type": "view_submission", "user": {"id": "U1"}, "view": view}


@each_row(
    "payload",
    [
        COMMAND, CLICK, submission(Origin("C1", URL, "1a2b").to_text()), {"ssl_check": "1", "token": "x"},
        action(action_id=MORE, selected_option={"value": f"{MUTE}|1a2b"}), action(action_id="of a later version"),
        {"type": "url_verification", "challenge": "x"}, {"type": "view_closed"}, {"type": "shortcut", "later": 1},
        {"type": "event_callback", "event": {"type": "app_home_opened", "user": "U1"}},
        {"type": "event_callback", "event": {"type": "user_change", "user": {"id": "U1"}}},
        {**CLICK, "channel": None, "response_url": None, "actions": [
            {"type": "button", "action_id": HOME_EDIT, "value": '["C1", "in:Sahel"]'}
        ]},
        {**COMMAND, "response_url": "https://hooks.slack-gov.com/commands/1"},
    ],
)  # fmt: skip
def test_requests_that_slack_sends_are_accepted(payload: object) -> None:
    assert payload_problem(payload) is None


@each_row(
    ("payload", "why"),
    [
        ([], "not a JSON object"), (None, "not a JSON object"), ({}, "type: Field required"), ({"type": 1}, "type"),
        ({"type": ["block_actions"]}, "type"), ({"command": "/firstseen"}, "channel_id: Field required"),
        ({**COMMAND, "user_id": "../x"}, "user_id"), ({**COMMAND, "channel_id": ""}, "channel_id"),
        ({**COMMAND, "response_url": ["x"]}, "response_url"), ({**COMMAND, "text": "x" * 40_000}, "text"),
        ({**CLICK, "user": None}, "user"), ({**CLICK, "user": {"id": 1}}, "user.id"), ({**CLICK, "actions": []}, "actions"),
        ({**CLICK, "actions": [1]}, "actions.0"), ({**CLICK, "channel": None}, "channel"),
        (action(action_id=None), "actions.0.action_id"), (action(value={"x": 1}), "actions.0.value"),
        (action(selected_option={}), "selected_option.value"), (action(value="\ud800"), "actions.0.value"),
        (action(action_id=HOME_EDIT, value="no list"), "names no subscription"),
        (action(action_id=HOME_EDIT, value='["C1", 1]'), "names no subscription"),
        (action(action_id=HOME_EDIT, value="[" * 20_000), "names no subscription"),
        (submission(""), "Firstseen did not write it"), (submission("[1, 2, 3]"), "Firstseen did not write it"),
        (submission('["C1"]'), "Firstseen did not write it"), (submission("[" * 20_000), "Firstseen did not write it"),
        (submission('["C1", "http://169.254.169.254/", "1a2b"]'), "not an address of Slack"),
        (submission('["C1", "", "1a2b"]', days={"value": "1e9"}, reason={"value": ""}), "none of the choices"),
        (submission('["C1", "", "1a2b"]', reason={"value": ""}), "has the fields days, reason"),
        (submission('["C1", "", "1a2b"]', EDIT, filter={"selected_options": []}), "has the fields filter"),
        ({**submission('["C1", "", ""]'), "view": {"callback_id": MUTE}}, "view.state"),
        ({"type": "event_callback", "event": 1}, "event"), ({"type": "event_callback", "event": {"type": 1}}, "event.type"),
        ({"type": "event_callback", "event": {"type": "app_home_opened"}}, "user"),
        ({"type": "url_verification"}, "challenge"),
    ],
)  # fmt: skip
def test_a_malformed_payload_is_named(payload: object, why: str) -> None:
    assert why in str(payload_problem(payload))


@each_row(
    "url",
    [
        "http://hooks.slack.com/x", "https://hooks.slack.com.evil.example/x", "https://evil.example/hooks.slack.com",
        "https://hooks.slack.com@evil.example/", "https://hooks.slack.com:8443/", "file:///etc/passwd", "//hooks.slack.com",
        "http://127.0.0.1/", "https://[bad", "x", "https://hooks.slack.com:x/",
    ],
)  # fmt: skip
def test_an_answer_goes_to_slack_only(url: str) -> None:
    for payload in ({**COMMAND, "response_url": url}, {**CLICK, "response_urls": [{"response_url": url}]}):
        assert payload_problem(payload) == "response_url: it is not an address of Slack"
    assert "not an address of Slack" in str(payload_problem(submission(Origin("C1", url, "1a2b").to_text())))


def test_an_answer_goes_to_the_emulator_of_a_test() -> None:
    payload = {**COMMAND, "response_url": "http://127.0.0.1:9/"}
    assert payload_problem(payload, "127.0.0.1") is None
    assert payload_problem({**COMMAND, "response_url": "http://10.0.0.1/"}, "127.0.0.1") is not None


async def test_a_signed_malformed_body_is_a_400_with_the_reason(caplog: pytest.LogCaptureFixture) -> None:
    app = build_web(KafkaConfig("127.0.0.1:1"), "x", WebConfig(SlackAppConfig("xoxb-1", signing_secret=SECRET)))
    form, forms = "application/x-www-form-urlencoded", [
        b"payload=%7B", b"payload=1", b"payload=null", b"payload=" + b"[" * 50_000, b"payload=", b"x=1", b"",
        b"payload=" + quote_plus(json.dumps({**CLICK, "team": 5})).encode(),
        b"payload=" + quote_plus(json.dumps({**CLICK, "authorizations": 5})).encode(),
        urlencode({**COMMAND, "response_url": "http://169.254.169.254/"}).encode(),
    ]  # fmt: skip
    bodies = [(form, body) for body in forms]
    bodies += [("application/json", body) for body in (b"{", b"[]", b"1", b"[" * 50_000, b'{"type": NaN}', b"null")]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://firstseen") as client:
        for kind, body in bodies:
            at = str(int(time.time()))
            signature = SignatureVerifier(SECRET).generate_signature(timestamp=at, body=body) or ""
            headers = {"Content-Type": kind, "X-Slack-Request-Timestamp": at, "X-Slack-Signature": signature}
            answer = await client.post("/slack/events", content=body, headers=headers)
            assert (answer.status_code, answer.text[:25]) == (400, "The request is malformed:"), (kind, body[:60])
    assert len(caplog.records) == len(bodies)
    assert not any(record.exc_info for record in caplog.records)
