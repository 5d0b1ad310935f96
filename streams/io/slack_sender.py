"""Posts one thing to Slack and keeps at it until it is settled, as :mod:`streams.notify.ledger` decides."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial

from faust_batches.log_once import SparingLog
from schemas.alert import AlertEvent
from schemas.delivery import Delivery, Digest
from streams.io.map_renderer import Artist, ArtistError
from streams.io.slack_client import SlackApi
from streams.notify.digest import render_digest
from streams.notify.labels import replies, takes_back
from streams.notify.ledger import (
    SHORTEST_WAIT_SECONDS,
    Again,
    Correct,
    Form,
    Nothing,
    Plainer,
    Root,
    Settled,
    next_step,
    wait_seconds,
)
from streams.notify.map_svg import description
from streams.notify.message import Message, headline, in_plain_form, render, render_reply, suspended
from streams.notify.outcomes import TOKEN_PROBLEMS, NotSent, Outcome, Refused, Sent, Unable
from streams.notify.webhook import shown

log = logging.getLogger(__name__)

Sleep = Callable[[float], Awaitable[None]]


class Poster:
    """Says one thing in one channel, and keeps at it until it is settled."""

    def __init__(
        self,
        slack: SlackApi,
        artist: Artist,
        operators: str | None,
        sleep: Sleep,
        *,
        interactive: bool,
        page: str | None,
    ) -> None:
        self._slack, self._artist, self._operators, self._sleep = slack, artist, operators, sleep
        self._render = partial(render, interactive=interactive, page=page)
        self._draws = True
        self._lasting = SparingLog(log)
        self._free_at: dict[str, float] = {}
        self._ids: dict[str, str] = {}
        """Slack's ids of channels that go by a name."""

    def know(self, ids: Mapping[str, str]) -> None:
        """Learn Slack's ids of channels that go by a name: only by its id can one be looked into."""
        self._ids |= ids

    async def say(
        self, delivery: Delivery, what: Root | Correct | Nothing, digest: Digest | None, *, look: bool
    ) -> Settled:
        """``digest``: the one that the root message is, as it is to be shown now."""
        match what:
            case Nothing(state, error):
                return Settled(state, error=error)
            case Root():
                message = self._render(delivery)
                return await self._post(delivery.destination, message, "full", None, look=look)
            case Correct(corrections, channel, message_ts, form, _):
                if channel is None or message_ts is None:
                    return Settled("dead", error="shown on the console before there was a token")
                root = self._render(delivery, corrections)
                message = render_digest(digest) if digest else root
                edited = await self._edit(channel, message_ts, message, form)
                if edited.state == "dead":
                    log.warning("Slack does not let a message in %s be edited: %s", channel, edited.error)
                if not replies(delivery.alert):
                    return edited
                reply, broadcast = render_reply(delivery), takes_back(delivery.alert.changes)
                replied = await self._post(channel, reply, "full", message_ts, look=look, broadcast=broadcast)
                return replace(replied, form=edited.form)

    async def say_digest(self, destination: str, digest: Digest, *, look: bool) -> Settled:
        """Post a digest. ``look``: it may be there already."""
        return await self._post(destination, render_digest(digest), "full", None, look=look)

    async def illustrate(self, alert: AlertEvent, channel: str, message_ts: str) -> None:
        """Put a map into the thread of a message. It is tried once: the message says all that there is to say."""
        if not self._draws:
            return
        try:
            png = await self._artist.draw(alert)
        except ArtistError as problem:
            log.warning("No map beside a message in %s: %s", channel, problem)
            return
        if png is None:
            return
        error = await self._slack.upload(channel, message_ts, png, headline(alert), description(alert))
        if error in TOKEN_PROBLEMS:
            self._draws = False
            log.warning("No maps: the token may not upload them (%s). The scope files:write would let it.", error)
        elif error:
            log.warning("No map beside a message in %s: %s", channel, error)

    async def tell_of(self, error: str, delivery: Delivery) -> None:
        """Tell the owner and the operators, once, that a channel cannot be reached any more."""
        for whom in filter(None, (delivery.owner, self._operators)):
            outcome = await self._slack.post(whom, suspended(delivery.destination, error))
            if not isinstance(outcome, Sent):
                gone = shown(delivery.destination)
                log.warning("%s could not be told that %s is suspended: %s", whom, gone, outcome.error)

    async def _edit(self, channel: str, ts: str, message: Message, form: Form) -> Settled:
        return await self._until_settled(channel, form, lambda said: self._slack.edit(channel, ts, said), message)

    async def _post(
        self, channel: str, message: Message, form: Form, thread_ts: str | None, *, look: bool, broadcast: bool = False
    ) -> Settled:
        async def post(said: Message) -> Outcome:
            await self._pause(channel)
            return await self._slack.post(channel, said, thread_ts, broadcast=broadcast)

        async def find() -> Sent | Unable | None:
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
                    case Sent() | Unable():
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
        find: Callable[[], Awaitable[Sent | Unable | None]] | None = None,
        *,
        look: bool = False,
    ) -> Settled:
        attempts, ambiguous = 0, 0
        while True:
            if look and find:
                match await find():
                    case Sent(ts, there):
                        return Settled("sent", there, ts, form, attempts=attempts, ambiguous=ambiguous)
                    case None:
                        ambiguous += 1  # it may still be on its way
                    case Unable(error):
                        ambiguous += 1
                        self._lasting.warning(
                            f"unable {channel}",
                            "A message to %s may be there already, and nobody can look (%s)", channel, error,
                        )  # fmt: skip
            attempts += 1
            outcome = await act(message if form == "full" else in_plain_form(message))
            match next_step(outcome, attempts, form):
                case Settled() as settled:
                    if isinstance(outcome, Refused):
                        log.warning("Slack refused a message to %s for good: %s", channel, settled.error)
                    return replace(settled, ambiguous=ambiguous)
                case Plainer(error):
                    log.warning("Slack refused the blocks of a message to %s (%s): it goes as text", channel, error)
                    form = "plain"
                case Again(seconds, error, look):
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
