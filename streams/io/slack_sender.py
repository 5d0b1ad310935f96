"""Sends one message to Slack and repeats it until done. :mod:`streams.io.destinations` records the result."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from schemas.alert import AlertEvent
from schemas.delivery import Delivery, Digest
from streams.io.map_renderer import MapRenderer, MapRendererError
from streams.io.pace import Pace
from streams.io.retry import Retrier, Sleep
from streams.io.slack_client import SlackClient
from streams.notify.changes import contradicts, needs_reply
from streams.notify.digest import render_digest
from streams.notify.ledger import SHOWN_IN_TERMINAL, Action, Done, Form, PostCorrection, PostRoot, Skip
from streams.notify.map_svg import alt_text
from streams.notify.message import Message, as_plain_text, picture_title, render, render_reply, suspension_notice
from streams.notify.outcomes import TOKEN_PROBLEMS, LookupResult, Outcome, Sent
from streams.notify.webhook import loggable

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SlackOptions:
    """What an installation chooses for its Slack messages."""

    operators: str | None = None
    """Channel that is notified when another channel is suspended."""
    interactive: bool = False
    """True: messages have buttons, because a Slack app handles them."""
    page: str | None = None
    """Address of the web page, for links to it."""


class SlackSender:
    """Sends the messages of one partition. Each call returns once the message is sent or rejected."""

    def __init__(self, slack: SlackClient, renderer: MapRenderer, options: SlackOptions, sleep: Sleep) -> None:
        self._slack, self._renderer, self._operators, self._sleep = slack, renderer, options.operators, sleep
        self._page = options.page
        self._render = partial(render, interactive=options.interactive, page=options.page)
        self._render_digest = partial(render_digest, interactive=options.interactive, page=options.page)
        self._retrier = Retrier(sleep)
        self._may_upload = True
        self._pace = Pace(sleep)
        self._ids: dict[str, str] = {}
        """Slack's ids of channels that subscriptions name."""

    @property
    def joins_alerts(self) -> bool:
        """Yes: a digest, or a faction's alert with its parents'."""
        return True

    def serves(self, _: str) -> bool:
        """Yes: one token serves all channels of the workspace."""
        return True

    def learn_channel_ids(self, ids: Mapping[str, str]) -> None:
        """Add Slack's ids of channels by name. Slack looks up messages by channel id only."""
        self._ids |= ids

    async def send(self, delivery: Delivery, action: Action, digest: Digest | None, *, may_exist: bool) -> Done:
        """Perform an action. ``digest``: the digest that is the root message, with its lines as they are to be."""
        match action:
            case Skip(state, error):
                return Done(state, error=error)
            case PostRoot():
                return await self._post(delivery.destination, self._render(delivery), may_exist=may_exist)
            case PostCorrection(channel=str(channel), message_ts=str(message_ts)):
                root = self._render_digest(digest) if digest else self._render(delivery, action.corrections)
                edited = await self._edit(channel, message_ts, root, action.form)
                if not needs_reply(delivery.alert):
                    return edited
                broadcast = contradicts(delivery.alert.changes)
                reply = render_reply(delivery, self._page)
                replied = await self._post(channel, reply, message_ts, may_exist=may_exist, broadcast=broadcast)
                return replace(replied, form=edited.form)
            case _:
                return Done("dead", error=SHOWN_IN_TERMINAL)

    async def send_digest(self, destination: str, digest: Digest, *, may_exist: bool) -> Done:
        """Post a digest."""
        return await self._post(destination, self._render_digest(digest), may_exist=may_exist)

    async def attach_map(self, alert: AlertEvent, channel: str, message_ts: str) -> None:
        """Upload a map into the thread of a message, without retries: the message is complete without it."""
        if not self._may_upload:
            return
        try:
            png = await self._renderer.render(alert)
        except MapRendererError as problem:
            log.warning("Map for a message in %s not rendered: %s", channel, problem)
            return
        if png is None:
            return
        error = await self._slack.upload(channel, message_ts, png, picture_title(alert), alt_text(alert))
        if error in TOKEN_PROBLEMS:
            self._may_upload = False
            log.warning("Maps are off: the token may not upload files (%s). Add the scope files:write.", error)
        elif error:
            log.warning("Map for a message in %s not uploaded: %s", channel, error)

    async def notify_suspension(self, error: str, delivery: Delivery) -> None:
        """Notify the owner and the operators that a channel is no longer available, without retries."""
        for recipient in filter(None, (delivery.owner, self._operators)):
            outcome = await self._slack.post(recipient, suspension_notice(delivery.destination, error))
            if not isinstance(outcome, Sent):
                suspended = loggable(delivery.destination)
                log.warning("%s was not notified that %s is suspended: %s", recipient, suspended, outcome.error)

    async def _edit(self, channel: str, ts: str, message: Message, form: Form) -> Done:
        async def edit(form: Form) -> Outcome:
            return await self._slack.edit(channel, ts, message if form == "full" else as_plain_text(message))

        return await self._retrier.until_done(channel, edit, form)

    async def _post(
        self,
        channel: str,
        message: Message,
        thread_ts: str | None = None,
        *,
        may_exist: bool,
        broadcast: bool = False,
    ) -> Done:
        async def post(form: Form) -> Outcome:
            await self._pace.wait_for_turn(self._ids.get(channel, channel))
            shown = message if form == "full" else as_plain_text(message)
            return await self._slack.post(channel, shown, thread_ts, broadcast=broadcast)

        async def find() -> LookupResult:
            return await self._slack.find(self._ids.get(channel, channel), message, thread_ts)

        done = await self._retrier.until_done(channel, post, "full", find, may_exist=may_exist)
        if done.channel:
            self._ids[channel] = done.channel
        return done
