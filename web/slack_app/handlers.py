"""Slack's commands and clicks, over HTTP and over Socket Mode, from one set of handlers.

Each is acknowledged at once, for Slack waits three seconds, and answered when it is known what to say. Signatures and
their age are checked by slack-bolt before a handler runs; a request that comes twice is refused here.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from places.areas import Areas
from schemas.alert import AlertEvent
from schemas.subscription import Mute, Subscriber
from streams.io.clock import monotonic
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
from streams.notify.mrkdwn import escape
from streams.similar_names import Names
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

_log = logging.getLogger(__name__)

_SMALL = re.compile(r"[0-9]{1,6}")
_REMEMBERED_SECONDS = 600.0
"""Longer than the five minutes after which slack-bolt refuses a signature for its age."""

_UNKNOWN = "This alert is not known here yet: try again in a moment."
_BROKEN = "Firstseen cannot reach its data just now. Try again in a minute."


class SlackService(Protocol):
    """What the handlers need of the rest of Firstseen."""

    areas: Areas

    async def decide(
        self, channel: str, decide: Callable[[Subscriber | None], tuple[Subscriber | None, Reply]]
    ) -> Reply:
        """Change the row of a channel, with no other change between reading and writing it, and return the answer."""
        ...

    async def subscriber(self, channel: str) -> Subscriber | None:
        """Return the row of a channel."""
        ...

    async def group_names(self) -> Names:
        """Return every name of every group that is registered, and of those that sightings name."""
        ...

    async def alerts(self) -> Sequence[AlertEvent]:
        """Return the whole log of alerts, in the order of arrival."""
        ...

    def alert(self, beginning: str) -> Sequence[AlertEvent]:
        """Return the events of all alerts whose id begins so."""
        ...

    def now(self) -> datetime:
        """Return the time, UTC."""
        ...


def build_slack(access: SlackAppConfig, service: SlackService) -> AsyncApp:
    """Return the handlers. It needs no network before the first request."""
    client = AsyncWebClient(
        access.bot_token, base_url=access.base_url or AsyncWebClient.BASE_URL, retry_handlers=[], timeout=15
    )
    app = AsyncApp(client=client, signing_secret=access.signing_secret or "", process_before_response=False)
    seen = _Seen()

    @app.middleware
    async def once(request: Any, next_: Any) -> BoltResponse | None:
        signature = request.headers.get("x-slack-signature", [""])[0]
        if request.mode == "http" and seen.again(signature, monotonic()):
            return BoltResponse(status=401, body="")
        await next_()
        return None

    @app.command("/firstseen")
    async def command(ack: Any, respond: Any, command: Mapping[str, str]) -> None:
        await ack()
        asked = Command(command.get("text", ""), command["channel_id"], command["user_id"], service.now())
        await _answer(respond, _said(asked, service))

    _take_clicks(app, client, access, service)

    @app.error
    async def failed(error: Exception) -> None:  # a click must not show a trace to whoever clicked
        _log.error("Slack's request was not answered: %s: %s", type(error).__name__, error)

    return app


def _take_clicks(app: AsyncApp, client: AsyncWebClient, access: SlackAppConfig, service: SlackService) -> None:
    reported: set[tuple[str, str]] = set()

    @app.action(EVIDENCE)
    async def evidence(ack: Any, respond: Any, action: Mapping[str, Any]) -> None:
        await ack()
        alert_id, _, page = str(action.get("value", "")).partition("|")
        events = service.alert(alert_id) if alert_id else ()
        blocks = evidence_page(events[-1], int(page) if _SMALL.fullmatch(page) else 0) if events else None
        text = "The evidence" if events else _UNKNOWN
        await respond(text=text, blocks=blocks, response_type="ephemeral", replace_original=bool(page))

    @app.action(MUTE)
    async def mute(ack: Any, respond: Any, action: Mapping[str, Any], body: Mapping[str, Any]) -> None:
        await ack()
        at, user, channel = service.now(), body["user"]["id"], body["channel"]["id"]
        events = service.alert(str(action.get("value", "")))
        if not events:
            await respond(text=_UNKNOWN, response_type="ephemeral", replace_original=False)
            return
        last = events[-1]
        country = None if last.kind == "spread" else last.country
        quiet = Mute(group=last.group, country=country, until=at + timedelta(MUTE_DAYS))
        await _answer(respond, service.decide(channel, lambda before: mute_channel(before, quiet, user, at)))

    @app.action(REPORT_WRONG)
    async def wrong(ack: Any, respond: Any, action: Mapping[str, Any], body: Mapping[str, Any]) -> None:
        await ack()
        alert_id, user = str(action.get("value", "")), body["user"]["id"]
        events = service.alert(alert_id)
        if events and access.operators_channel and (alert_id, user) not in reported:
            told = operator_report(events[-1], user, body["channel"]["id"])
            await client.chat_postMessage(channel=access.operators_channel, text=told, unfurl_links=False, parse="none")
            reported.add((alert_id, user))
        thanks = "Thank you: the operators have been told." if access.operators_channel else (
            "Nobody is named to hear of it: ask whoever runs Firstseen to set FIRSTSEEN_OPERATORS_CHANNEL."
        )  # fmt: skip
        await respond(text=thanks, response_type="ephemeral", replace_original=False)

    @app.action(re.compile(f"^({TAKE_NEAR}|{KEEP})$"))
    async def answered(ack: Any, respond: Any, action: Mapping[str, Any], body: Mapping[str, Any]) -> None:
        await ack()
        asked = Command(str(action.get("value", "")), body["channel"]["id"], body["user"]["id"], service.now())
        if _begins_with(asked, "subscribe"):
            # The question goes with its buttons. Who clicks twice all the same has that subscription already.
            await respond(delete_original=True)
            await _answer(respond, _said(asked, service, keep=action["action_id"] == KEEP))

    @app.action(MAP)
    async def map_(ack: Any) -> None:
        await ack()  # the button is a link; Slack tells of the click all the same


class _Seen:
    """Signatures that were used: what was sent once is not to be sent again by whoever has seen it."""

    def __init__(self) -> None:
        self._at: OrderedDict[str, float] = OrderedDict()

    def again(self, signature: str, at: float) -> bool:
        """Whether a signature was used before; it is used from now on. ``at`` is in seconds."""
        while self._at and at - next(iter(self._at.values())) > _REMEMBERED_SECONDS:
            self._at.popitem(last=False)
        used = signature in self._at
        self._at.setdefault(signature, at)
        return used


def _begins_with(asked: Command, *verbs: str) -> bool:
    return asked.text.lstrip().lower().startswith(verbs)


async def _said(asked: Command, service: SlackService, *, keep: bool = False) -> Reply:
    """Carry a command out; ``keep``: with groups that nobody knows, for whoever wrote them was asked."""
    names = await service.group_names() if _begins_with(asked, "subscribe", "mute") and not keep else None
    match parse_command(asked, service.areas, names):
        case Reply() as reply:
            return reply
        case Change(decide, wanted):
            reply = await service.decide(asked.channel, decide)
            if wanted is None:
                return reply
            new = await asyncio.to_thread(current_alerts, wanted, await service.alerts(), service.areas, asked.at)
            return replace(reply, text=f"{reply.text}\n{new}")
        case ExplainAlert(alert):
            return explain_alert(service.alert(alert), alert)
        case Preview(subscriptions, days):
            if subscriptions is None:
                known = await service.subscriber(asked.channel)
                subscriptions = known.subscriptions if known else ()
            events = await service.alerts()
            return await asyncio.to_thread(preview_reply, subscriptions, days, events, service.areas, asked.at)


async def _answer(respond: Any, reply: Awaitable[Reply]) -> None:
    try:
        said = await reply
    except Exception as error:  # noqa: BLE001 - whatever is down, whoever asked is told so
        _log.error("A command could not be carried out: %s: %s", type(error).__name__, escape(str(error), 300))
        said = Reply(_BROKEN)
    await respond(
        text=said.text, blocks=said.blocks or None, response_type="in_channel" if said.in_channel else "ephemeral",
        replace_original=False, unfurl_links=False,
    )  # fmt: skip
