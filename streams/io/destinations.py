"""Sends deliveries to the terminal, to Slack or to webhooks, as :mod:`streams.notify` decides, and records the results.

Each destination has a queue of its own. The queues of a partition live as long as its worker owns it, and each sends
its rows of the outbox in order, one at a time. A channel that Slack delays does not delay the others.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.console import Console

from faust_batches.decoding import error_summary
from faust_batches.exits import is_fatal
from faust_batches.owned_partition import OwnedPartition
from faust_batches.step import Failed, Incoming, Step
from schemas.alert import AlertEvent
from schemas.delivery import CONSOLE, Delivery, Digest, LedgerEntry, Suspension, Via, is_webhook
from schemas.topics import DIGESTS, LEDGER, OUTBOX, SUSPENSIONS, Topic
from streams.io.clock import now
from streams.io.map_renderer import MapRenderer
from streams.io.quarantine import outgoing, quarantined
from streams.io.retry import Sleep
from streams.io.slack_client import SlackClient
from streams.io.slack_sender import SlackOptions, SlackSender
from streams.io.terminal import print_line, print_message
from streams.io.webhook_client import WebhookClient
from streams.notify.digest import build_digest, with_correction
from streams.notify.families import kinship
from streams.notify.ledger import (
    OVER,
    Done,
    PostCorrection,
    PostRoot,
    decide,
    ends_suspension,
    next_ledger_entry,
    suspension_after,
)
from streams.notify.outbox import complete, digest_id, mark_digest_started, release, released
from streams.notify.scheduling import (
    Action,
    QueuedDelivery,
    Release,
    SendDigest,
    SendOne,
    WaitUntil,
    next_action,
    possibly_sent,
)
from streams.notify.webhook import loggable

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]

_LONGEST_SLEEP_SECONDS = 600.0
"""A waiting queue reads the clock again after this time, because the clock may have been changed."""


@dataclass(frozen=True, slots=True)
class _Senders:
    """The senders of one partition."""

    slack: SlackSender | None
    webhooks: WebhookClient | None
    clock: Clock
    sleep: Sleep
    page: str | None
    """Address of the web page."""

    def serves(self, destination: str) -> bool:
        return (self.webhooks if is_webhook(destination) else self.slack) is not None


class Destinations:
    """All destinations: the terminal, the channels of one Slack workspace, and webhooks."""

    def __init__(
        self,
        slack: SlackClient | None,
        console: Console,
        *,
        webhooks: WebhookClient | None = None,
        options: SlackOptions | None = None,
        clock: Clock = now,
        sleep: Sleep = asyncio.sleep,
        brief: bool = False,
    ) -> None:
        """``slack`` None: no token; ``webhooks`` None: no secret to sign with; ``brief``: one line for a message."""
        self._slack, self._console, self._webhooks = slack, console, webhooks
        self._options, self._clock, self._sleep = options or SlackOptions(), clock, sleep
        self._print = print_line if brief else print_message
        self._renderer = MapRenderer()
        self._partitions: dict[int, _PartitionQueues] = {}

    def is_terminal(self, destination: str) -> bool:
        """Whether messages to a destination go to the terminal: also if its token or secret is not set."""
        client = self._webhooks if is_webhook(destination) else self._slack
        return client is None or destination == CONSOLE

    def print_messages(self, step: Step) -> None:
        """Print the messages of a step on the terminal. A message that cannot be printed is logged."""
        if self._console.quiet:
            return
        for message in step.shown:
            try:
                self._print(message, self._options.page, self._console)
            except Exception as error:  # noqa: BLE001 - a defect here must not stop the other deliveries
                alert_id = message.delivery.alert.alert_id
                log.error("Alert %s was not printed (%s)", alert_id, error_summary(error))  # noqa: TRY400 - in one line

    def open(self, partition: OwnedPartition) -> Coroutine[None, None, None]:
        """Return the coroutine that sends the outbox of a partition until it is cancelled."""
        slack = SlackSender(self._slack, self._renderer, self._options, self._sleep) if self._slack else None
        queues = _PartitionQueues(
            partition, _Senders(slack, self._webhooks, self._clock, self._sleep, self._options.page)
        )
        self._partitions[partition.partition] = queues
        return self._run(partition.partition, queues)

    async def _run(self, partition: int, queues: _PartitionQueues) -> None:
        try:
            async with self._renderer.running():
                await queues.run()
        finally:
            if self._partitions.get(partition) is queues:
                del self._partitions[partition]

    def enqueued(self, partition: int, step: Step) -> None:
        """Hand the committed new rows of the outbox to their queues."""
        if queues := self._partitions.get(partition):
            rows: Mapping[str, Any] = step.changes.get(OUTBOX, {})
            queues.add(rows.items())


class _PartitionQueues:
    """The outbox of one partition, by destination."""

    def __init__(self, owned: OwnedPartition, senders: _Senders) -> None:
        self._owned, self._senders = owned, senders
        self._queues: dict[str, dict[str, QueuedDelivery]] = {}
        self._changed: dict[str, asyncio.Event] = {}
        self._added = asyncio.Event()
        self._tasks = asyncio.TaskGroup()
        self._unreadable: list[tuple[str, Exception]] = []
        self._read_outbox()
        self._learn_channel_ids()
        digests: Iterable[Digest] = _readable(self._table(DIGESTS))
        self._started_digests = {digest.destination: digest for digest in digests if digest.keys}
        """Digests that the previous owner may have posted."""
        self._possibly_sent = {
            destination: possibly_sent(queue.values())
            for destination, queue in self._queues.items() if destination not in self._started_digests
        }  # fmt: skip
        """Key of the row of each queue that the previous owner may have sent. It sent one message at a time."""

    def _read_outbox(self) -> None:
        outbox = self._table(OUTBOX)
        for key in sorted(outbox):
            try:
                self.add([(key, outbox[key])])
            except (ValueError, AttributeError) as error:  # written by a newer version, or damaged
                self._unreadable.append((key, error))

    def _learn_channel_ids(self) -> None:
        named = {destination for destination in self._queues if destination.startswith("#")}
        if self._senders.slack and named:
            entries: Iterable[LedgerEntry] = _readable(self._table(LEDGER))
            self._senders.slack.learn_channel_ids(
                {entry.destination: entry.channel for entry in entries if entry.channel and entry.destination in named}
            )

    def add(self, rows: Iterable[tuple[str, Delivery]]) -> None:
        """Queue rows of the outbox."""
        for key, delivery in rows:
            queue = self._queues.setdefault(delivery.destination, {})
            queue[key] = QueuedDelivery(key, delivery.delivery_id, delivery.due_at, kinship(delivery.alert))
            if changed := self._changed.get(delivery.destination):
                changed.set()
        self._added.set()

    async def run(self) -> None:
        """Drain each queue in a task of its own, until this task is cancelled."""
        for key, error in self._unreadable:
            await self._quarantine([key], error)
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            while True:
                await self._added.wait()
                self._added.clear()
                for destination in self._queues.keys() - self._changed.keys():
                    if not self._senders.serves(destination):
                        continue  # the queue waits until its token or secret is set again
                    self._changed[destination] = asyncio.Event()
                    tasks.create_task(self._drain(destination))

    async def _drain(self, destination: str) -> None:
        queue = self._queues[destination]
        if started := self._started_digests.pop(destination, None):
            await self._send_digest(started, may_exist=True)
            for key in started.keys:
                queue.pop(key, None)
        if first := self._possibly_sent.pop(destination, None):
            await self._send_row(destination, first, may_exist=True)
            del queue[first]
        while queue:
            match self._next_action(queue, may_join=not is_webhook(destination)):
                case SendOne(key):
                    await self._send_row(destination, key)
                    del queue[key]
                case Release(keys):
                    await self._release(queue, keys)
                case SendDigest(keys):
                    await self._send_rows_as_digest(destination, keys)
                    for key in keys:
                        del queue[key]
                case WaitUntil(at):
                    await self._wait_until(at, self._changed[destination])
        del self._queues[destination], self._changed[destination]

    def _next_action(self, queue: Mapping[str, QueuedDelivery], *, may_join: bool) -> Action | None:
        try:
            is_sent = self._table(LEDGER).__contains__
            return next_action(queue.values(), is_sent, self._senders.clock(), may_join=may_join)
        except Exception as error:  # noqa: BLE001 - send the rows one by one, so that only the bad one goes to quarantine
            log.error("Sending the rows of a queue one by one (%s)", error_summary(error))  # noqa: TRY400 - in one line
            return SendOne(next(iter(queue)))

    async def _release(self, queue: dict[str, QueuedDelivery], keys: tuple[str, ...]) -> None:
        """Replace waiting rows by one that is sent at once. If a defect prevents that, each is sent alone."""
        name = queue[keys[-1]].delivery_id
        try:
            rows: dict[str, Delivery] = {key: self._table(OUTBOX)[key] for key in keys}
            delivery = released(rows, self._table(LEDGER).get(name))
        except Exception as error:  # noqa: BLE001 - a row is damaged: send each alone, so that only it goes to quarantine
            log.error("Sending the corrections of %s one by one (%s)", name, error_summary(error))  # noqa: TRY400 - in one line
            queue |= {key: QueuedDelivery(key, name) for key in keys}
            return
        await self._owned.commit_between_batches(release(keys, delivery))
        for key in keys[:-1]:
            del queue[key]
        queue[keys[-1]] = QueuedDelivery(keys[-1], name)

    async def _send_row(self, destination: str, key: str, *, may_exist: bool = False) -> None:
        """Send one row. If a defect prevents that, move it to quarantine."""
        try:
            await self._send_delivery(destination, key, may_exist=may_exist)
        except Exception as error:
            if is_fatal(error):
                raise
            await self._quarantine([key], error)

    async def _send_rows_as_digest(self, destination: str, keys: tuple[str, ...]) -> None:
        try:
            digest = build_digest(
                digest_id(destination, keys[0]), {key: self._table(OUTBOX)[key] for key in keys}, self._senders.page
            )
        except Exception as error:  # noqa: BLE001 - a row cannot be rendered: send the others one by one
            where = loggable(destination)
            log.error("No digest for %s (%s): sending its alerts one by one", where, error_summary(error))  # noqa: TRY400 - in one line
            for key in keys:
                await self._send_row(destination, key)
            return
        await self._owned.commit_between_batches(mark_digest_started(digest))
        await self._send_digest(digest)

    async def _send_digest(self, digest: Digest, *, may_exist: bool = False) -> None:
        """Send a digest. If a defect prevents that, move its rows to quarantine."""
        try:
            await self._post_digest(digest, may_exist=may_exist)
        except Exception as error:
            if is_fatal(error):
                raise
            await self._quarantine(digest.keys, error, digest)

    async def _quarantine(self, keys: Sequence[str], error: Exception, digest: Digest | None = None) -> None:
        """Move rows from the outbox to quarantine, so that the queue continues with the next row."""
        rows = [quarantined("slack", Failed(self._record_of(key), error)) for key in keys]
        step = complete(keys, [], digest=digest)
        step.outgoing += outgoing(rows, self._owned.partition)
        await self._owned.commit_between_batches(step)

    def _record_of(self, key: str) -> Incoming:
        """Return the record on ``deliveries`` that a row of the outbox came from: the key is its offset."""
        name, partition = self._owned.config.input_topic, self._owned.partition
        offset = int(key) if key.isdecimal() else 0
        try:
            delivery: Delivery = self._table(OUTBOX)[key]
            value, destination = delivery.to_bytes(), delivery.destination.encode()
        except Exception:  # noqa: BLE001 - whatever the fault, the topic keeps the record
            return Incoming(name, partition, offset, self._senders.clock(), None, None)
        return Incoming(name, partition, offset, self._senders.clock(), destination, value)

    async def _wait_until(self, at: datetime, changed: asyncio.Event) -> None:
        """Wait until a time, or until the queue gets another row."""
        changed.clear()
        seconds = min((at - self._senders.clock()).total_seconds(), _LONGEST_SLEEP_SECONDS)
        tasks = {asyncio.ensure_future(self._senders.sleep(seconds)), asyncio.ensure_future(changed.wait())}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()

    async def _send_delivery(self, destination: str, key: str, *, may_exist: bool) -> None:
        delivery: Delivery = self._table(OUTBOX)[key]
        entry: LedgerEntry | None = self._table(LEDGER).get(delivery.delivery_id)
        suspension: Suspension | None = self._table(SUSPENSIONS).get(destination)
        action = decide(delivery, entry, suspension)
        digest = None
        if isinstance(action, PostCorrection) and action.digest:
            digest = with_correction(self._table(DIGESTS)[action.digest], delivery, self._senders.page)
        via = _via(destination)
        if via == "webhook":
            assert self._senders.webhooks
            done = await self._senders.webhooks.send(delivery, action)
        else:
            assert self._senders.slack
            done = await self._senders.slack.send(delivery, action, digest, may_exist=may_exist)
        entry = next_ledger_entry(delivery, entry, done, via)
        ended = destination if suspension is not None and ends_suspension(delivery, suspension) else None
        new_suspension = await self._suspend(delivery, done)
        await self._owned.commit_between_batches(complete([key], [entry], new_suspension, ended=ended, digest=digest))
        if isinstance(action, PostRoot) and via == "slack" and entry.channel and entry.message_ts:
            self._tasks.create_task(self._attach_map(delivery.alert, entry.channel, entry.message_ts))

    async def _attach_map(self, alert: AlertEvent, channel: str, message_ts: str) -> None:
        assert self._senders.slack
        try:
            await self._senders.slack.attach_map(alert, channel, message_ts)
        except Exception as error:  # noqa: BLE001 - the message itself was sent
            log.error("Map for a message in %s not attached (%s)", channel, error_summary(error))  # noqa: TRY400 - in one line

    async def _post_digest(self, digest: Digest, *, may_exist: bool) -> None:
        outbox: Mapping[str, Any] = self._table(OUTBOX)
        destination, deliveries = digest.destination, [outbox[key] for key in digest.keys]
        suspension: Suspension | None = self._table(SUSPENSIONS).get(destination)
        last = {delivery.delivery_id: delivery for delivery in deliveries}
        resumes = suspension is not None and any(ends_suspension(delivery, suspension) for delivery in deliveries)
        over = Done("dead", error=OVER)
        if suspension is not None and not resumes:
            done = Done("dead", error=f"suspended: {suspension.error}")
        elif not digest.lines:
            done = over
        else:
            assert self._senders.slack
            done = await self._senders.slack.send_digest(destination, digest, may_exist=may_exist)
        listed = {line.delivery_id for line in digest.lines}
        entries = [
            next_ledger_entry(
                delivery, None, done if delivery.delivery_id in listed else over, "slack", digest.digest_id
            )
            for delivery in last.values()
        ]
        new_suspension = await self._suspend(deliveries[-1], done)
        ended = destination if resumes else None
        await self._owned.commit_between_batches(
            complete(digest.keys, entries, new_suspension, ended=ended, digest=digest)
        )
        if digest.full and done.channel and done.message_ts:
            self._tasks.create_task(self._attach_map(digest.full.alert, done.channel, done.message_ts))

    async def _suspend(self, delivery: Delivery, done: Done) -> Suspension | None:
        suspension = suspension_after(delivery, done, self._senders.clock())
        if suspension and self._senders.slack:
            await self._senders.slack.notify_suspension(suspension.error, delivery)
        return suspension

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
