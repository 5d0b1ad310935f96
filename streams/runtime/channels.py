"""Deliver: show on the console, or post to Slack, one lane for each channel, as :mod:`streams.slack` decides.

The lanes of a partition live as long as its worker owns it. Each works off its rows of the outbox in order, one at a
time, and a channel that Slack holds up holds up no other.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import replace
from typing import Any

from rich.console import Console

from schemas.delivery import CONSOLE, Delivery, LedgerEntry
from schemas.topics import LEDGER, OUTBOX, SUSPENSIONS, Topic
from streams.runtime.clock import now
from streams.runtime.console import show
from streams.runtime.ownership import OwnedPartition
from streams.runtime.slack_api import SlackApi
from streams.slack.fold import Shown, settle
from streams.slack.ledger import (
    SHORTEST_WAIT_SECONDS,
    Again,
    Correct,
    Form,
    Nothing,
    Plainer,
    Root,
    Settled,
    due,
    entry_after,
    lifts,
    next_step,
    suspends,
)
from streams.slack.message import Message, in_plain_form, render, render_reply, suspended
from streams.slack.outcomes import NotSent, Outcome, Refused, Sent, Unable
from streams.slack.words import replies, takes_back

log = logging.getLogger(__name__)

Sleep = Callable[[float], Awaitable[None]]


class Channels:
    """All destinations: the terminal, and with a token the channels of one workspace."""

    def __init__(
        self,
        slack: SlackApi | None,
        console: Console,
        *,
        operators: str | None = None,
        interactive: bool = False,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """``operators``: the channel that hears of others that cannot be reached. ``interactive``: with buttons."""
        self._slack, self._console = slack, console
        self._operators, self._interactive, self._sleep = operators, interactive, sleep
        self._lanes: dict[int, _Lanes] = {}

    def on_console(self, destination: str) -> bool:
        """Whether it is shown on the terminal: without a token everything is, so that a first run needs no Slack."""
        return self._slack is None or destination == CONSOLE

    def show(self, shown: Iterable[Shown]) -> None:
        """Show on the terminal what Slack would show."""
        if not self._console.quiet:
            for one in shown:
                if isinstance(one.due, Root):
                    show(render(one.delivery), self._console)
                elif replies(one.delivery.alert):
                    show(render_reply(one.delivery), self._console)

    def open(self, owned: OwnedPartition) -> Coroutine[None, None, None]:
        """Return what posts the outbox of a partition from now on, until it is cancelled."""
        if self._slack is None:
            return _nothing()
        lanes = _Lanes(owned, _Poster(self._slack, self._operators, self._sleep, interactive=self._interactive))
        self._lanes[owned.partition] = lanes
        return lanes.run()

    def accepted(self, partition: int, outbox: Mapping[str, Any]) -> None:
        """Let the lanes know of new rows of the outbox, once they are committed."""
        if lanes := self._lanes.get(partition):
            lanes.add(outbox.items())


async def _nothing() -> None:
    pass


class _Lanes:
    """The outbox of one partition, shared out among its destinations."""

    def __init__(self, owned: OwnedPartition, poster: _Poster) -> None:
        self._owned, self._poster = owned, poster
        self._waiting: dict[str, deque[str]] = {}
        self._busy: set[str] = set()
        self._more = asyncio.Event()
        outbox: Mapping[str, Any] = owned.tables[OUTBOX]
        self.add((key, outbox[key]) for key in sorted(outbox))
        self._inherited = set(self._waiting)
        """Lanes whose first delivery the owner before may have posted."""

    def add(self, rows: Iterable[tuple[str, Delivery]]) -> None:
        for key, delivery in rows:
            self._waiting.setdefault(delivery.destination, deque()).append(key)
        self._more.set()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as lanes:
            while True:
                await self._more.wait()
                self._more.clear()
                for destination in self._waiting.keys() - self._busy:
                    self._busy.add(destination)
                    lanes.create_task(self._lane(destination))

    async def _lane(self, destination: str) -> None:
        keys = self._waiting[destination]
        tables: Mapping[Topic, Mapping[str, Any]] = self._owned.tables
        while keys:
            delivery: Delivery = tables[OUTBOX][keys[0]]
            entry: LedgerEntry | None = tables[LEDGER].get(delivery.delivery_id)
            suspension = tables[SUSPENSIONS].get(destination)
            what = due(delivery, entry, suspension)
            inherited = destination in self._inherited
            self._inherited.discard(destination)
            settled = await self._poster.say(delivery, what, look=inherited)
            suspends_now = suspends(delivery, settled, now())
            if suspends_now:
                await self._poster.tell_of(suspends_now.error, delivery)
            row = entry_after(delivery, entry, settled, "slack")
            lift = suspension is not None and lifts(delivery, suspension)
            await self._owned.record(settle(keys[0], row, suspends_now, lift=lift))
            keys.popleft()
        del self._waiting[destination]
        self._busy.discard(destination)


class _Poster:
    """Says one thing in one channel, and keeps at it until it is settled."""

    def __init__(self, slack: SlackApi, operators: str | None, sleep: Sleep, *, interactive: bool) -> None:
        self._slack, self._operators, self._sleep, self._interactive = slack, operators, sleep, interactive
        self._free_at: dict[str, float] = {}
        self._ids: dict[str, str] = {}
        """Slack's ids of channels that go by a name."""

    async def say(self, delivery: Delivery, what: Root | Correct | Nothing, *, look: bool) -> Settled:
        match what:
            case Nothing(state, error):
                return Settled(state, error=error)
            case Root():
                message = render(delivery, interactive=self._interactive)
                return await self._post(delivery.destination, message, "full", None, look=look)
            case Correct(corrections, channel, message_ts, form):
                if channel is None or message_ts is None:
                    return Settled("dead", error="shown on the console before there was a token")
                message = render(delivery, corrections, interactive=self._interactive)
                edited = await self._edit(channel, message_ts, message, form)
                if edited.state == "dead":
                    log.warning("Slack does not let a message in %s be edited: %s", channel, edited.error)
                if not replies(delivery.alert):
                    return edited
                reply, broadcast = render_reply(delivery), takes_back(delivery.alert)
                replied = await self._post(channel, reply, "full", message_ts, look=look, broadcast=broadcast)
                return replace(replied, form=edited.form)

    async def tell_of(self, error: str, delivery: Delivery) -> None:
        """Tell the owner and the operators, once, that a channel cannot be reached any more."""
        for whom in filter(None, (delivery.owner, self._operators)):
            outcome = await self._slack.post(whom, suspended(delivery.destination, error))
            if not isinstance(outcome, Sent):
                log.warning("%s could not be told that %s is suspended: %s", whom, delivery.destination, outcome.error)

    async def _edit(self, channel: str, ts: str, message: Message, form: Form) -> Settled:
        return await self._until_settled(channel, form, lambda said: self._slack.edit(channel, ts, said), message)

    async def _post(
        self, channel: str, message: Message, form: Form, thread_ts: str | None, *, look: bool, broadcast: bool = False
    ) -> Settled:
        async def post(said: Message) -> Outcome:
            await self._pause(channel)
            return await self._slack.post(channel, said, thread_ts, broadcast=broadcast)

        async def find() -> Sent | Unable | None:
            while True:
                sight = await self._slack.find(self._ids.get(channel, channel), message, thread_ts)
                match sight:
                    case NotSent(error, retry_after_seconds):
                        log.warning("Cannot look into %s yet: %s", channel, error)
                        await self._sleep(retry_after_seconds or SHORTEST_WAIT_SECONDS)
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
                    case Unable(error):
                        ambiguous += 1
                        log.warning("A message to %s may be there already, and nobody can look (%s)", channel, error)
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
                    log.warning("No message to %s yet (try %d, next in %g s): %s", channel, attempts, seconds, error)
                    await self._sleep(seconds)

    async def _pause(self, channel: str) -> None:
        """Wait until the channel takes another post, and count this one."""
        loop = asyncio.get_running_loop()
        if (wait := self._free_at.get(channel, 0.0) - loop.time()) > 0:
            await self._sleep(wait)
        self._free_at[channel] = loop.time() + SHORTEST_WAIT_SECONDS
