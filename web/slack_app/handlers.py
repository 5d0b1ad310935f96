"""Answers Slack's commands and clicks, over HTTP and Socket Mode alike.

Each is acknowledged at once, because Slack waits three seconds, and answered when the reply is ready. Over HTTP,
:mod:`web.slack_app.signatures` accepts a request before slack-bolt reads it.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp
from slack_bolt.error import BoltUnhandledRequestError

from streams.io.slack_client import SlackClient
from streams.notify.buttons import EVIDENCE, KEEP, MAP, TAKE_NEAR, evidence_page
from streams.notify.untrusted_text import escape
from web.slack_app.alert_replies import current_alerts, explain_alert, preview_reply
from web.slack_app.commands import help_reply, parse_command
from web.slack_app.config import SlackAppConfig
from web.slack_app.form_handlers import FormHandlers
from web.slack_app.replies import Reply
from web.slack_app.requests import Change, Command, ExplainAlert, OpenReportForm, OpenSubscribeForm, Preview
from web.slack_app.response_url import UNKNOWN_ALERT, respond_with
from web.slack_app.service import SlackService

_log = logging.getLogger(__name__)

_UNKNOWN_REQUEST = "Firstseen does not know this button or command. `/firstseen help` shows what it can do."
_PAGE_NUMBER = re.compile(r"[0-9]{1,6}")


def build_slack(config: SlackAppConfig, service: SlackService) -> AsyncApp:
    """Return the Slack app. It needs no network before the first request."""
    slack = SlackClient(config.bot_token, config.base_url)
    # slack-bolt parses a body before it checks the signature, so the endpoint checks the signature.
    app = AsyncApp(client=slack.web_client, request_verification_enabled=False, raise_error_for_unhandled_request=True)
    forms = FormHandlers(config, service, slack, lambda command: _run(command, service))
    handlers = _Handlers(service, forms, config.page)
    forms.register(app)
    app.command("/firstseen")(handlers.run_command)
    app.action(EVIDENCE)(handlers.show_evidence)
    app.action(re.compile(f"^({TAKE_NEAR}|{KEEP})$"))(handlers.answer_group_question)
    app.action(MAP)(handlers.acknowledge)
    app.error(handlers.end_failed)
    return app


class _Handlers:
    """slack-bolt passes arguments by their names: ``ack``, ``respond``, ``action``, ``body``, ``command``."""

    def __init__(self, service: SlackService, forms: FormHandlers, page: str | None) -> None:
        self._service, self._forms, self._page = service, forms, page

    async def run_command(self, ack: Any, respond: Any, command: Mapping[str, str]) -> None:
        await ack()
        given, channel, user = command.get("text", ""), command["channel_id"], command["user_id"]
        parsed = Command(given, channel, user, self._service.now(), self._page)
        match parse_command(parsed, self._service.areas):
            case OpenSubscribeForm():
                failed = await self._forms.open_subscribe_form(command)
            case OpenReportForm(prefix):
                failed = await self._forms.open_report_form(command, prefix)
            case _:
                await respond_with(respond, _run(parsed, self._service))
                return
        if failed:
            await respond(text=failed.text, blocks=failed.blocks, response_type="ephemeral")

    async def show_evidence(self, ack: Any, respond: Any, action: Mapping[str, Any]) -> None:
        await ack()
        alert_id, _, page = str(action.get("value", "")).partition("|")
        events = await self._service.alerts_with_prefix(alert_id) if alert_id else ()
        blocks = evidence_page(events[-1], int(page) if _PAGE_NUMBER.fullmatch(page) else 0) if events else None
        text = "The evidence" if events else UNKNOWN_ALERT
        await respond(text=text, blocks=blocks, response_type="ephemeral", replace_original=bool(page))

    async def answer_group_question(
        self, ack: Any, respond: Any, action: Mapping[str, Any], body: Mapping[str, Any]
    ) -> None:
        await ack()
        text, user, channel = str(action.get("value", "")), body["user"]["id"], body["channel"]["id"]
        command = Command(text, channel, user, self._service.now(), self._page)
        if _starts_with(command, "subscribe"):
            # Deletes the question with its buttons. A second click in time finds the subscription already there.
            await respond(delete_original=True)
            await respond_with(respond, _run(command, self._service, keep_groups=action["action_id"] == KEEP))

    async def acknowledge(self, ack: Any) -> None:
        await ack()  # the button is a link, and Slack reports its clicks as well

    async def end_failed(self, error: Exception, respond: Any, body: Mapping[str, Any]) -> BoltResponse | None:
        if not isinstance(error, BoltUnhandledRequestError):
            _log.error("A request from Slack failed: %s: %s", type(error).__name__, escape(str(error), 300))
            return None
        if body.get("response_url"):
            await respond(text=_UNKNOWN_REQUEST, response_type="ephemeral", replace_original=False)
        return BoltResponse(status=200, body="")  # Slack would repeat the request


def _starts_with(command: Command, *verbs: str) -> bool:
    return command.text.lstrip().lower().startswith(verbs)


async def _run(command: Command, service: SlackService, *, keep_groups: bool = False) -> Reply:
    """Run a command; ``keep_groups``: accept unknown groups, because the user has confirmed them."""
    check_groups = _starts_with(command, "subscribe", "mute") and not keep_groups
    names, page = await service.group_names() if check_groups else None, command.page
    match parse_command(command, service.areas, names):
        case Reply() as answer:
            return answer
        case Change(decide, subscription):
            answer = await service.decide(command.channel, decide)
            if subscription is None:
                return answer
            events = await service.alerts()
            current = await asyncio.to_thread(current_alerts, subscription, events, service.areas, command.at, page)
            return replace(answer, lines=(*answer.lines, *current))
        case OpenSubscribeForm() | OpenReportForm():  # a form asks, and only a command opens it
            return help_reply(page)
        case ExplainAlert(prefix):
            return explain_alert(await service.alerts_with_prefix(prefix), prefix, page)
        case Preview(subscriptions, days):
            if subscriptions is None:
                subscriber = await service.subscriber(command.channel)
                subscriptions = subscriber.subscriptions if subscriber else ()
            events = await service.alerts()
            return await asyncio.to_thread(preview_reply, subscriptions, days, events, service.areas, command.at, page)
