"""Deliver: show on the console, post to Slack, or call a webhook, as :mod:`streams.notify` decides.

Each channel and each webhook has a lane. The lanes of a partition live as long as its worker owns it. Each works off
its rows of the outbox in order, one at a time, and a channel that Slack holds up holds up no other.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from rich.console import Console

from faust_batches.decoding import error_summary
from faust_batches.exits import is_fatal
from faust_batches.partition import OwnedPartition
from faust_batches.step import Failed, Incoming, Step
from schemas.alert import AlertEvent
from schemas.delivery import CONSOLE, Delivery, Digest, LedgerEntry, Suspension, Via
from schemas.topics import DELIVERIES, DIGESTS, LEDGER, OUTBOX, SUSPENSIONS, Topic
from streams.io.clock import now
from streams.io.map_renderer import MapRenderer
from streams.io.quarantine import outgoing, passed_over
from streams.io.slack_client import SlackClient
from streams.io.slack_sender import SlackSender, Sleep
from streams.io.terminal import print_message
from streams.io.webhook_client import WebhookClient
from streams.notify.changes import needs_reply
from streams.notify.digest import build_digest, with_correction
from streams.notify.ledger import (
    Done,
    PostCorrection,
    PostRoot,
    decide,
    ends_suspension,
    next_ledger_entry,
    suspension_after,
)
from streams.notify.message import render, render_reply
from streams.notify.outbox import TerminalMessage, complete, digest_id, mark_digest_started
from streams.notify.scheduling import QueuedDelivery, SendDigest, SendOne, WaitUntil, next_action
from streams.notify.webhook import is_webhook
from streams.notify.webhook import loggable as shown_name

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]

_LONGEST_SLEEP_SECONDS = 600.0
"""After which a lane looks at the clock again, for that may have been set meanwhile."""


class Destinations:
    """All destinations: the terminal, with a token the channels of one workspace, with a secret webhooks."""

    def __init__(
        self,
        slack: SlackClient | None,
        console: Console,
        *,
        webhooks: WebhookClient | None = None,
        operators: str | None = None,
        interactive: bool = False,
        page: str | None = None,
        clock: Clock = now,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Take the ways there are.

        ``operators`` is the channel that hears of others that cannot be reached; ``interactive``: messages have
        buttons; ``page`` is where the one for the map leads.
        """
        self._slack, self._console, self._webhooks = slack, console, webhooks
        self._page, self._renderer = page, MapRenderer()
        self._operators, self._interactive, self._clock, self._sleep = operators, interactive, clock, sleep
        self._lanes: dict[int, PartitionQueues] = {}

    def is_terminal(self, destination: str) -> bool:
        """Whether it is shown on the terminal: what has no other way is, so that a first run needs no Slack."""
        way = self._webhooks if is_webhook(destination) else self._slack
        return way is None or destination == CONSOLE

    def print_messages(self, step: Step) -> None:
        """Show on the terminal what Slack would show. A message that cannot be shown is logged."""
        if self._console.quiet:
            return
        for message in step.shown:
            try:
                self._print(message)
            except Exception as error:  # noqa: BLE001 - the terminal must not hold up what is delivered
                alert = message.delivery.alert
                log.error("No message on the terminal for alert %s (%s)", alert.alert_id, error_summary(error))  # noqa: TRY400 - in one line

    def _print(self, message: TerminalMessage) -> None:
        if isinstance(message.action, PostRoot):
            print_message(render(message.delivery), self._console)
        elif needs_reply(message.delivery.alert):
            print_message(render_reply(message.delivery), self._console)

    def open(self, owned: OwnedPartition) -> Coroutine[None, None, None]:
        """Return what posts the outbox of a partition from now on, until it is cancelled."""
        sender = None
        if self._slack:
            sender = SlackSender(
                self._slack,
                self._renderer,
                self._operators,
                self._sleep,
                interactive=self._interactive,
                page=self._page,
            )
        lanes = PartitionQueues(owned, sender, self._webhooks, self._clock, self._sleep)
        self._lanes[owned.partition] = lanes
        return self._attend(owned.partition, lanes)

    async def _attend(self, partition: int, lanes: PartitionQueues) -> None:
        try:
            async with self._renderer.running():
                await lanes.run()
        finally:
            if self._lanes.get(partition) is lanes:
                del self._lanes[partition]

    def enqueued(self, partition: int, step: Step) -> None:
        """Let the lanes know of new rows of the outbox, once they are committed."""
        if lanes := self._lanes.get(partition):
            rows: Mapping[str, Any] = step.changes.get(OUTBOX, {})
            lanes.add(rows.items())


class PartitionQueues:
    """The outbox of one partition, shared out among its destinations."""

    def __init__(
        self,
        owned: OwnedPartition,
        sender: SlackSender | None,
        webhooks: WebhookClient | None,
        clock: Clock,
        sleep: Sleep,
    ) -> None:
        self._owned, self._sender, self._webhooks, self._clock, self._sleep = owned, sender, webhooks, clock, sleep
        self._waiting: dict[str, dict[str, QueuedDelivery]] = {}
        self._changed: dict[str, asyncio.Event] = {}
        self._new = asyncio.Event()
        self._tasks = asyncio.TaskGroup()
        self._unreadable: list[tuple[str, Exception]] = []
        self._read_outbox()
        self._inherited = set(self._waiting)
        """Lanes whose first post the owner before may have made."""
        if sender and (named := {one for one in self._inherited if one.startswith("#")}):
            entries: Iterable[LedgerEntry] = _readable(self._table(LEDGER))
            sender.learn_channel_ids(
                {one.destination: one.channel for one in entries if one.channel and one.destination in named}
            )
        digests: Iterable[Digest] = _readable(self._table(DIGESTS))
        self._intended = {digest.destination: digest for digest in digests if digest.keys}
        """Digests that the owner before was about to post, or has."""

    def _read_outbox(self) -> None:
        outbox = self._table(OUTBOX)
        for key in sorted(outbox):
            try:
                self.add([(key, outbox[key])])
            except ValueError as error:  # a newer version wrote it, or it is no row
                self._unreadable.append((key, error))

    def add(self, rows: Iterable[tuple[str, Delivery]]) -> None:
        """Queue rows of the outbox."""
        for key, delivery in rows:
            lane = self._waiting.setdefault(delivery.destination, {})
            lane[key] = QueuedDelivery(key, delivery.delivery_id, delivery.due_at)
            if changed := self._changed.get(delivery.destination):
                changed.set()
        self._new.set()

    async def run(self) -> None:
        """Drain each queue in its own task, until this task is cancelled."""
        for key, error in self._unreadable:
            await self._pass_over([key], error)
        async with asyncio.TaskGroup() as lanes:
            self._tasks = lanes
            while True:
                await self._new.wait()
                self._new.clear()
                for destination in self._waiting.keys() - self._changed.keys():
                    if (self._webhooks if is_webhook(destination) else self._sender) is None:
                        continue  # a token that was taken away holds everything until it is back
                    self._changed[destination] = asyncio.Event()
                    lanes.create_task(self._lane(destination))

    async def _lane(self, destination: str) -> None:
        waiting = self._waiting[destination]
        if intended := self._intended.pop(destination, None):
            await self._say_digest(intended)
            for key in intended.keys:
                waiting.pop(key, None)
        while waiting:
            # What the owner before may have posted was one message: digests are written down before they are posted.
            joins = not is_webhook(destination) and destination not in self._inherited
            match self._next(waiting, joins=joins):
                case SendOne(key):
                    await self._say(destination, key)
                    del waiting[key]
                case SendDigest(keys):
                    await self._say_together(destination, keys)
                    for key in keys:
                        del waiting[key]
                case WaitUntil(at):
                    await self._until(at, self._changed[destination])
        del self._waiting[destination], self._changed[destination]

    def _next(self, waiting: Mapping[str, QueuedDelivery], *, joins: bool) -> SendOne | SendDigest | WaitUntil | None:
        try:
            return next_action(waiting.values(), self._table(LEDGER).__contains__, self._clock(), joins=joins)
        except Exception as error:  # noqa: BLE001 - one of the rows is odd: each is looked at alone
            log.error("A lane goes on one row at a time (%s)", error_summary(error))  # noqa: TRY400 - in one line
            return SendOne(next(iter(waiting)))

    async def _say(self, destination: str, key: str) -> None:
        """Say one thing; what cannot be rendered or sent because of a defect goes to quarantine."""
        try:
            await self._one(destination, key)
        except Exception as error:
            if is_fatal(error):
                raise
            await self._pass_over([key], error)

    async def _say_together(self, destination: str, keys: tuple[str, ...]) -> None:
        try:
            digest = build_digest(digest_id(destination, keys[0]), {key: self._table(OUTBOX)[key] for key in keys})
        except Exception as error:  # noqa: BLE001 - one of them cannot be rendered: the others are said one by one
            log.error("No digest for %s (%s): its alerts go one by one", shown_name(destination), error_summary(error))  # noqa: TRY400 - in one line
            for key in keys:
                await self._say(destination, key)
            return
        await self._owned.record(mark_digest_started(digest))
        await self._say_digest(digest)

    async def _say_digest(self, digest: Digest) -> None:
        try:
            await self._many(digest)
        except Exception as error:
            if is_fatal(error):
                raise
            await self._pass_over(digest.keys, error, digest)

    async def _pass_over(self, keys: Sequence[str], error: Exception, digest: Digest | None = None) -> None:
        """Take rows out of the outbox into quarantine: what is behind them in the lane goes on."""
        rows = [passed_over("slack", Failed(self._delivered(key), error)) for key in keys]
        step = complete(keys, [], digest=digest)
        step.outgoing += outgoing(rows, self._owned.partition)
        await self._owned.record(step)

    def _delivered(self, key: str) -> Incoming:
        """Return the delivery of a row as it lies on its topic: the key is its offset there."""
        name, partition = DELIVERIES.full_name(self._owned.config.prefix), self._owned.partition
        offset = int(key) if key.isdecimal() else 0
        try:
            delivery: Delivery = self._table(OUTBOX)[key]
            value, destination = delivery.to_bytes(), delivery.destination.encode()
        except Exception:  # noqa: BLE001 - whatever is wrong with it, the record itself lies on its topic
            return Incoming(name, partition, offset, self._clock(), None, None)
        return Incoming(name, partition, offset, self._clock(), destination, value)

    async def _illustrate(self, alert: AlertEvent, channel: str, message_ts: str) -> None:
        assert self._sender
        try:
            await self._sender.attach_map(alert, channel, message_ts)
        except Exception as error:  # noqa: BLE001 - the message itself is there
            log.error("No map beside a message in %s (%s)", channel, error_summary(error))  # noqa: TRY400 - in one line

    async def _until(self, at: datetime, changed: asyncio.Event) -> None:
        """Wait until it is so late, or something more came into the lane."""
        changed.clear()
        seconds = min((at - self._clock()).total_seconds(), _LONGEST_SLEEP_SECONDS)
        tasks = {asyncio.ensure_future(self._sleep(seconds)), asyncio.ensure_future(changed.wait())}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()

    async def _one(self, destination: str, key: str) -> None:
        delivery: Delivery = self._table(OUTBOX)[key]
        entry: LedgerEntry | None = self._table(LEDGER).get(delivery.delivery_id)
        suspension: Suspension | None = self._table(SUSPENSIONS).get(destination)
        what = decide(delivery, entry, suspension)
        digest = None
        if isinstance(what, PostCorrection) and what.digest:
            digest = with_correction(self._table(DIGESTS)[what.digest], delivery)
        look, via = self._was_inherited(destination), _via(destination)
        if is_webhook(destination):
            assert self._webhooks
            settled = await self._webhooks.send(delivery, what)
        else:
            assert self._sender
            settled = await self._sender.send(delivery, what, digest, look=look)
        row = next_ledger_entry(delivery, entry, settled, via)
        lifted = destination if suspension is not None and ends_suspension(delivery, suspension) else None
        suspended_now = await self._suspended(delivery, settled)
        await self._owned.record(complete([key], [row], suspended_now, lifted=lifted, digest=digest))
        if isinstance(what, PostRoot) and self._sender and via == "slack" and row.channel and row.message_ts:
            self._tasks.create_task(self._illustrate(delivery.alert, row.channel, row.message_ts))

    async def _many(self, digest: Digest) -> None:
        outbox: Mapping[str, Any] = self._table(OUTBOX)
        destination, deliveries = digest.destination, [outbox[key] for key in digest.keys]
        suspension: Suspension | None = self._table(SUSPENSIONS).get(destination)
        last = {one.delivery_id: one for one in deliveries}
        held = suspension is not None and not any(ends_suspension(one, suspension) for one in deliveries)
        look = self._was_inherited(destination)
        if held and suspension:
            settled = Done("dead", error=f"suspended: {suspension.error}")
        elif not digest.lines:
            settled = Done("dead", error="over before it was told")
        else:
            assert self._sender
            settled = await self._sender.send_digest(destination, digest, look=look)
        told = {one.delivery_id for one in digest.lines}
        over = Done("dead", error="over before it was told")
        rows = [
            next_ledger_entry(one, None, settled if one.delivery_id in told else over, "slack", digest.digest_id)
            for one in last.values()
        ]
        suspended_now = await self._suspended(deliveries[-1], settled)
        lifted = destination if suspension is not None and not held else None
        await self._owned.record(complete(digest.keys, rows, suspended_now, lifted=lifted, digest=digest))

    async def _suspended(self, delivery: Delivery, settled: Done) -> Suspension | None:
        suspension = suspension_after(delivery, settled, self._clock())
        if suspension and self._sender:
            await self._sender.notify_suspension(suspension.error, delivery)
        return suspension

    def _was_inherited(self, destination: str) -> bool:
        if destination not in self._inherited:
            return False
        self._inherited.discard(destination)
        return True

    def _table(self, topic: Topic) -> Mapping[str, Any]:
        table: Mapping[str, Any] = self._owned.tables[topic]
        return table


def _readable(table: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the rows of a table that this version can read."""
    for key in table:
        with suppress(ValueError):
            yield table[key]


def _via(destination: str) -> Via:
    return "webhook" if is_webhook(destination) else "slack"
