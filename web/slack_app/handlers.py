"""Answers Slack's commands and clicks, over HTTP and Socket Mode alike.

Each is acknowledged at once, because Slack waits three seconds, and answered when the reply is ready. slack-bolt checks
signatures and their age before a handler runs; a request that is sent again is rejected here.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from cachetools import TTLCache
from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp

from schemas.subscription import Mute
from streams.io.clock import monotonic
from streams.io.slack_client import SlackClient
from streams.notify.buttons import (
    EVIDENCE,
    KEEP,
    MAP,
    MUTE,
    MUTE_DAYS,
    REPORT_WRONG,
    TAKE_NEAR,
    evidence_page,
    operator_report,
)
from streams.notify.message import Message
from streams.notify.mrkdwn import escape
from streams.notify.outcomes import Sent
from web.slack_app.commands import (
    Change,
    Command,
    ExplainAlert,
    Preview,
    Reply,
    current_alerts,
    explain_alert,
    mute_channel,
    parse_command,
    preview_reply,
)
from web.slack_app.config import SlackAppConfig
from web.slack_app.service import SlackService

_log = logging.getLogger(__name__)

_PAGE_NUMBER = re.compile(r"[0-9]{1,6}")
_SIGNATURE_SECONDS = 600.0
"""Longer than the five minutes after which slack-bolt rejects a signature for its age."""

_UNKNOWN_ALERT = "Firstseen has not read this alert yet. Try again in a moment."
_FAILED = "Firstseen cannot reach its data at the moment. Try again in a minute."
_THANKS = "Thank you. The operators have been notified."
_NOT_FORWARDED = "The operators could not be notified. Try again later."
_NO_OPERATORS = (
    "Nobody receives these reports: ask the operators of Firstseen to set FIRSTSEEN_OPERATORS_CHANNEL."
)  # fmt: skip


def build_slack(config: SlackAppConfig, service: SlackService) -> AsyncApp:
    """Return the Slack app. It needs no network before the first request."""
    slack = SlackClient(config.bot_token, config.base_url)
    app = AsyncApp(client=slack.web_client, signing_secret=config.signing_secret or "", process_before_response=False)
    handlers = _Handlers(config, service, slack)
    app.middleware(handlers.reject_repeats)
    app.command("/firstseen")(handlers.run_command)
    app.action(EVIDENCE)(handlers.show_evidence)
    app.action(MUTE)(handlers.mute)
    app.action(REPORT_WRONG)(handlers.report_wrong)
    app.action(re.compile(f"^({TAKE_NEAR}|{KEEP})$"))(handlers.answer_group_question)
    app.action(MAP)(handlers.acknowledge)
    app.error(handlers.log_error)
    return app


class _Handlers:
    """slack-bolt passes arguments by their names: ``ack``, ``respond``, ``action``, ``body``, ``command``."""

    def __init__(self, config: SlackAppConfig, service: SlackService, slack: SlackClient) -> None:
        self._config, self._service, self._slack = config, service, slack
        self._signatures: TTLCache[str, None] = TTLCache(float("inf"), _SIGNATURE_SECONDS, timer=monotonic)
        self._reported: set[tuple[str, str]] = set()

    async def reject_repeats(self, request: Any, next_: Any) -> BoltResponse | None:
        signature = request.headers.get("x-slack-signature", [""])[0]
        if request.mode == "http":
            if signature in self._signatures:
                return BoltResponse(status=401, body="")
            self._signatures[signature] = None
        await next_()
        return None

    async def run_command(self, ack: Any, respond: Any, command: Mapping[str, str]) -> None:
        await ack()
        parsed = Command(command.get("text", ""), command["channel_id"], command["user_id"], self._service.now())
        await _respond(respond, _run(parsed, self._service))

    async def show_evidence(self, ack: Any, respond: Any, action: Mapping[str, Any]) -> None:
        await ack()
        alert_id, _, page = str(action.get("value", "")).partition("|")
        events = self._service.alerts_with_prefix(alert_id) if alert_id else ()
        blocks = evidence_page(events[-1], int(page) if _PAGE_NUMBER.fullmatch(page) else 0) if events else None
        text = "The evidence" if events else _UNKNOWN_ALERT
        await respond(text=text, blocks=blocks, response_type="ephemeral", replace_original=bool(page))

    async def mute(self, ack: Any, respond: Any, action: Mapping[str, Any], body: Mapping[str, Any]) -> None:
        await ack()
        at, user, channel = self._service.now(), body["user"]["id"], body["channel"]["id"]
        events = self._service.alerts_with_prefix(str(action.get("value", "")))
        if not events:
            await respond(text=_UNKNOWN_ALERT, response_type="ephemeral", replace_original=False)
            return
        alert = events[-1]
        country = None if alert.kind == "spread" else alert.country
        mute = Mute(group=alert.group, country=country, until=at + timedelta(MUTE_DAYS))
        await _respond(respond, self._service.decide(channel, lambda before: mute_channel(before, mute, user, at)))

    async def report_wrong(self, ack: Any, respond: Any, action: Mapping[str, Any], body: Mapping[str, Any]) -> None:
        await ack()
        text = await self._report(str(action.get("value", "")), body["user"]["id"], body["channel"]["id"])
        await respond(text=text, response_type="ephemeral", replace_original=False)

    async def _report(self, alert_id: str, user: str, channel: str) -> str:
        """Post a report to the operators, once for each alert and user, and return the reply to the user."""
        if not self._config.operators_channel:
            return _NO_OPERATORS
        events = self._service.alerts_with_prefix(alert_id)
        if events and (alert_id, user) not in self._reported:
            report = Message(operator_report(events[-1], user, channel), (), {})
            outcome = await self._slack.post(self._config.operators_channel, report)
            if not isinstance(outcome, Sent):
                _log.error("A report of a wrong alert was not posted: %s", outcome.error)
                return _NOT_FORWARDED
            self._reported.add((alert_id, user))
        return _THANKS

    async def answer_group_question(
        self, ack: Any, respond: Any, action: Mapping[str, Any], body: Mapping[str, Any]
    ) -> None:
        await ack()
        text, user, channel = str(action.get("value", "")), body["user"]["id"], body["channel"]["id"]
        command = Command(text, channel, user, self._service.now())
        if _starts_with(command, "subscribe"):
            # Deletes the question with its buttons. A second click in time finds the subscription already there.
            await respond(delete_original=True)
            await _respond(respond, _run(command, self._service, keep_groups=action["action_id"] == KEEP))

    async def acknowledge(self, ack: Any) -> None:
        await ack()  # the button is a link, and Slack reports its clicks as well

    async def log_error(self, error: Exception) -> None:
        _log.error("A request from Slack failed: %s: %s", type(error).__name__, error)


def _starts_with(command: Command, *verbs: str) -> bool:
    return command.text.lstrip().lower().startswith(verbs)


async def _run(command: Command, service: SlackService, *, keep_groups: bool = False) -> Reply:
    """Run a command; ``keep_groups``: accept unknown groups, because the user has confirmed them."""
    check_groups = _starts_with(command, "subscribe", "mute") and not keep_groups
    names = await service.group_names() if check_groups else None
    match parse_command(command, service.areas, names):
        case Reply() as reply:
            return reply
        case Change(decide, subscription):
            reply = await service.decide(command.channel, decide)
            if subscription is None:
                return reply
            events = await service.alerts()
            current = await asyncio.to_thread(current_alerts, subscription, events, service.areas, command.at)
            return replace(reply, text=f"{reply.text}\n{current}")
        case ExplainAlert(prefix):
            return explain_alert(service.alerts_with_prefix(prefix), prefix)
        case Preview(subscriptions, days):
            if subscriptions is None:
                subscriber = await service.subscriber(command.channel)
                subscriptions = subscriber.subscriptions if subscriber else ()
            events = await service.alerts()
            return await asyncio.to_thread(preview_reply, subscriptions, days, events, service.areas, command.at)


async def _respond(respond: Any, replying: Awaitable[Reply]) -> None:
    try:
        reply = await replying
    except Exception as error:  # noqa: BLE001 - the user gets an answer whatever fails
        _log.error("A command failed: %s: %s", type(error).__name__, escape(str(error), 300))
        reply = Reply(_FAILED)
    await respond(
        text=reply.text, blocks=reply.blocks or None, response_type="in_channel" if reply.in_channel else "ephemeral",
        replace_original=False, unfurl_links=False,
    )  # fmt: skip
