"""Sends one message to Slack and repeats it until done. :mod:`streams.io.partition_queues` records the result."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from schemas.alert import AlertEvent
from schemas.delivery import Correction, Delivery, Digest, LedgerEntry, MapFile, loggable
from streams.io.map_renderer import MapRenderer
from streams.io.rate_limit import RateLimit
from streams.io.retry import Ownership, Retrier, Sleep
from streams.io.slack_client import SlackClient
from streams.notify.changes import contradicts, needs_reply
from streams.notify.digest import render_digest
from streams.notify.ledger import SHOWN_IN_TERMINAL, Action, Done, Form, PostCorrection, PostRoot, Skip
from streams.notify.message import (
    Message,
    as_plain_text,
    map_title,
    render,
    render_reply,
    suspension_notice,
    without_map,
)
from streams.notify.outcomes import (
    CONTENT_PROBLEMS,
    TOKEN_PROBLEMS,
    Ambiguous,
    LookupResult,
    NotSent,
    Outcome,
    Rejected,
    Sent,
    Uploaded,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SlackOptions:
    """Settings of an installation for its Slack messages."""

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
        self._rate_limit = RateLimit(sleep)
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

    async def send(self, delivery: Delivery, action: Action, digest: Digest | None, ownership: Ownership) -> Done:
        """Perform an action. ``digest``: the digest that is the root message, with its lines as they will be."""
        match action:
            case Skip(state, error):
                return Done(state, error=error)
            case PostRoot():
                return await self._post(delivery.destination, self._render(delivery), ownership)
            case PostCorrection(channel=str(channel), message_ts=str(message_ts)):
                map_file = digest.map_file if digest else action.map_file
                root = self._root(delivery, action.corrections, digest, map_file)
                edited = await self._edit(channel, message_ts, root, action.form, map_file, ownership)
                if not needs_reply(delivery.alert):
                    return edited
                broadcast = contradicts(delivery.alert.changes)
                reply = render_reply(delivery, self._page)
                replied = await self._post(channel, reply, ownership, message_ts, broadcast=broadcast)
                return replace(replied, form=edited.form, map_file=edited.map_file)
            case _:
                return Done("dead", error=SHOWN_IN_TERMINAL)

    async def send_digest(self, destination: str, digest: Digest, ownership: Ownership) -> Done:
        """Post a digest."""
        return await self._post(destination, self._render_digest(digest), ownership)

    async def draw_map(self, alert: AlertEvent) -> bytes | None:
        """Return the map of an alert; None: it has none, or the token may not upload it. Raises MapRendererError."""
        return await self._renderer.render(alert) if self._may_upload else None

    async def upload_map(self, png: bytes, alert: AlertEvent) -> Uploaded | NotSent | Ambiguous | Rejected:
        """Upload the map of an alert, once. After a response that the token may not, no further map is drawn."""
        outcome = await self._slack.upload(png, map_title(alert))
        if not isinstance(outcome, Uploaded) and outcome.error in TOKEN_PROBLEMS:
            self._may_upload = False
            log.warning("Maps are off: the token may not upload files (%s). Add the scope files:write.", outcome.error)
        return outcome

    async def show_map(self, delivery: Delivery, entry: LedgerEntry, digest: Digest | None) -> Outcome:
        """Edit a root message to show the map that the ledger or the digest names, once."""
        assert entry.channel
        assert entry.message_ts
        map_file = digest.map_file if digest else entry.map_file
        root = self._root(delivery, entry.corrections, digest, map_file)
        return await self._slack.edit(entry.channel, entry.message_ts, root)

    async def notify_suspension(self, error: str, delivery: Delivery) -> None:
        """Notify the owner and the operators that a channel is no longer available, without retries."""
        for recipient in filter(None, (delivery.owner, self._operators)):
            outcome = await self._slack.post(recipient, suspension_notice(delivery.destination, error))
            if not isinstance(outcome, Sent):
                suspended = loggable(delivery.destination)
                log.warning("%s was not notified that %s is suspended: %s", recipient, suspended, outcome.error)

    def _root(
        self,
        delivery: Delivery,
        corrections: Sequence[Correction],
        digest: Digest | None,
        map_file: MapFile | None,
    ) -> Message:
        return self._render_digest(digest) if digest else self._render(delivery, corrections, map_file=map_file)

    async def _edit(
        self, channel: str, ts: str, message: Message, form: Form, map_file: MapFile | None, ownership: Ownership
    ) -> Done:
        """Edit a message. If Slack rejects it with its map, for example because that was deleted, edit it without."""
        shown = map_file

        async def edit(form: Form) -> Outcome:
            nonlocal shown
            if form == "plain":
                return await self._slack.edit(channel, ts, as_plain_text(message))
            outcome = await self._slack.edit(channel, ts, message if shown else without_map(message))
            if shown and isinstance(outcome, Rejected) and outcome.error in CONTENT_PROBLEMS:
                shown = None
                outcome = await self._slack.edit(channel, ts, without_map(message))
            return outcome

        done = await self._retrier.until_done(channel, edit, form, ownership)
        return replace(done, map_file=shown if done.form == "full" else None)

    async def _post(
        self,
        channel: str,
        message: Message,
        ownership: Ownership,
        thread_ts: str | None = None,
        *,
        broadcast: bool = False,
    ) -> Done:
        async def wait_for_turn() -> None:
            await self._rate_limit.wait_for_turn(self._ids.get(channel, channel))

        async def post(form: Form) -> Outcome:
            shown = message if form == "full" else as_plain_text(message)
            return await self._slack.post(channel, shown, thread_ts, broadcast=broadcast)

        async def find() -> LookupResult:
            return await self._slack.find(self._ids.get(channel, channel), message, thread_ts)

        done = await self._retrier.until_done(channel, post, "full", ownership, find, wait_for_turn)
        if done.channel:
            self._ids[channel] = done.channel
        return done
