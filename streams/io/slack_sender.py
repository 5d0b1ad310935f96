"""Posts one thing to Slack and keeps at it until it is settled, as :mod:`streams.notify.ledger` decides."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial

from schemas.alert import AlertEvent
from schemas.delivery import Delivery, Digest
from streams.io.log_once import SparingLog
from streams.io.map_renderer import MapRenderer, MapRendererError
from streams.io.slack_client import SlackClient
from streams.notify.changes import contradicts, needs_reply
from streams.notify.digest import render_digest
from streams.notify.ledger import (
    SHORTEST_WAIT_SECONDS,
    Done,
    Form,
    PostCorrection,
    PostRoot,
    Retry,
    RetryAsPlainText,
    Skip,
    next_step,
    wait_seconds,
)
from streams.notify.map_svg import alt_text
from streams.notify.message import Message, as_plain_text, header, render, render_reply, suspension_notice
from streams.notify.outcomes import TOKEN_PROBLEMS, LookupDenied, NotSent, Outcome, Rejected, Sent
from streams.notify.webhook import loggable

log = logging.getLogger(__name__)

Sleep = Callable[[float], Awaitable[None]]


class SlackSender:
    """Says one thing in one channel, and keeps at it until it is settled."""

    def __init__(
        self,
        slack: SlackClient,
        renderer: MapRenderer,
        operators: str | None,
        sleep: Sleep,
        *,
        interactive: bool,
        page: str | None,
    ) -> None:
        self._slack, self._renderer, self._operators, self._sleep = slack, renderer, operators, sleep
        self._render = partial(render, interactive=interactive, page=page)
        self._draws = True
        self._lasting = SparingLog(log)
        self._free_at: dict[str, float] = {}
        self._ids: dict[str, str] = {}
        """Slack's ids of channels that go by a name."""

    def learn_channel_ids(self, ids: Mapping[str, str]) -> None:
        """Learn Slack's ids of channels that go by a name: only by its id can one be looked into."""
        self._ids |= ids

    async def send(
        self, delivery: Delivery, what: PostRoot | PostCorrection | Skip, digest: Digest | None, *, look: bool
    ) -> Done:
        """``digest``: the one that the root message is, as it is to be shown now."""
        match what:
            case Skip(state, error):
                return Done(state, error=error)
            case PostRoot():
                message = self._render(delivery)
                return await self._post(delivery.destination, message, "full", None, look=look)
            case PostCorrection(corrections, channel, message_ts, form, _):
                if channel is None or message_ts is None:
                    return Done("dead", error="shown on the console before there was a token")
                root = self._render(delivery, corrections)
                message = render_digest(digest) if digest else root
                edited = await self._edit(channel, message_ts, message, form)
                if edited.state == "dead":
                    log.warning("Slack does not let a message in %s be edited: %s", channel, edited.error)
                if not needs_reply(delivery.alert):
                    return edited
                reply, broadcast = render_reply(delivery), contradicts(delivery.alert.changes)
                replied = await self._post(channel, reply, "full", message_ts, look=look, broadcast=broadcast)
                return replace(replied, form=edited.form)

    async def send_digest(self, destination: str, digest: Digest, *, look: bool) -> Done:
        """Post a digest. ``look``: it may be there already."""
        return await self._post(destination, render_digest(digest), "full", None, look=look)

    async def attach_map(self, alert: AlertEvent, channel: str, message_ts: str) -> None:
        """Put a map into the thread of a message. It is tried once: the message says all that there is to say."""
        if not self._draws:
            return
        try:
            png = await self._renderer.render(alert)
        except MapRendererError as problem:
            log.warning("No map beside a message in %s: %s", channel, problem)
            return
        if png is None:
            return
        error = await self._slack.upload(channel, message_ts, png, header(alert), alt_text(alert))
        if error in TOKEN_PROBLEMS:
            self._draws = False
            log.warning("No maps: the token may not upload them (%s). The scope files:write would let it.", error)
        elif error:
            log.warning("No map beside a message in %s: %s", channel, error)

    async def notify_suspension(self, error: str, delivery: Delivery) -> None:
        """Tell the owner and the operators, once, that a channel cannot be reached any more."""
        for whom in filter(None, (delivery.owner, self._operators)):
            outcome = await self._slack.post(whom, suspension_notice(delivery.destination, error))
            if not isinstance(outcome, Sent):
                gone = loggable(delivery.destination)
                log.warning("%s could not be told that %s is suspended: %s", whom, gone, outcome.error)

    async def _edit(self, channel: str, ts: str, message: Message, form: Form) -> Done:
        return await self._until_settled(channel, form, lambda said: self._slack.edit(channel, ts, said), message)

    async def _post(
        self, channel: str, message: Message, form: Form, thread_ts: str | None, *, look: bool, broadcast: bool = False
    ) -> Done:
        async def post(said: Message) -> Outcome:
            await self._pause(channel)
            return await self._slack.post(channel, said, thread_ts, broadcast=broadcast)

        async def find() -> Sent | LookupDenied | None:
            looks = 0
            while True:
                sight = await self._slack.find(self._ids.get(channel, channel), message, thread_ts)
                match sight:
                    case NotSent(error):
                        looks += 1
                        seconds = wait_seconds(sight, looks)
                        self._lasting.warning(
                            f"look {channel}",
                            "Cannot look into %s yet (try %d, next in %g s): %s", channel, looks, seconds, error,
                        )  # fmt: skip
                        await self._sleep(seconds)
                    case Sent() | LookupDenied():
                        return sight
                    case _:
                        return None

        settled = await self._until_settled(channel, form, post, message, find, look=look)
        if settled.channel:
            self._ids[channel] = settled.channel
        return settled

    async def _until_settled(
        self,
        channel: str,
        form: Form,
        act: Callable[[Message], Awaitable[Outcome]],
        message: Message,
        find: Callable[[], Awaitable[Sent | LookupDenied | None]] | None = None,
        *,
        look: bool = False,
    ) -> Done:
        attempts, ambiguous = 0, 0
        while True:
            if look and find:
                match await find():
                    case Sent(ts, there):
                        return Done("sent", there, ts, form, attempts=attempts, ambiguous=ambiguous)
                    case None:
                        ambiguous += 1  # it may still be on its way
                    case LookupDenied(error):
                        ambiguous += 1
                        self._lasting.warning(
                            f"unable {channel}",
                            "A message to %s may be there already, and nobody can look (%s)", channel, error,
                        )  # fmt: skip
            attempts += 1
            outcome = await act(message if form == "full" else as_plain_text(message))
            match next_step(outcome, attempts, form):
                case Done() as settled:
                    if isinstance(outcome, Rejected):
                        log.warning("Slack refused a message to %s for good: %s", channel, settled.error)
                    return replace(settled, ambiguous=ambiguous)
                case RetryAsPlainText(error):
                    log.warning("Slack refused the blocks of a message to %s (%s): it goes as text", channel, error)
                    form = "plain"
                case Retry(seconds, error, look):
                    self._lasting.warning(
                        f"post {channel}",
                        "No message to %s yet (try %d, next in %g s): %s", channel, attempts, seconds, error,
                    )  # fmt: skip
                    await self._sleep(seconds)

    async def _pause(self, channel: str) -> None:
        """Wait until the channel takes another post, and count this one."""
        loop, channel = asyncio.get_running_loop(), self._ids.get(channel, channel)
        at = max(self._free_at.get(channel, 0.0), loop.time())
        self._free_at[channel] = at + SHORTEST_WAIT_SECONDS
        if (wait := at - loop.time()) > 0:
            await self._sleep(wait)
