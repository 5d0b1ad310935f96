"""The queues of one partition: sends the rows of its outbox, and commits the results with the ledger.

Each destination has a queue of its own, which sends its rows in order, one at a time. A channel that Slack delays does
not delay the others. :mod:`streams.notify` decides; :mod:`streams.io.senders` sends.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from faust_batches.decoding import error_summary
from faust_batches.exits import is_fatal
from faust_batches.owned_partition import OwnedPartition
from faust_batches.step import Failed, Incoming
from schemas.delivery import Delivery, Digest, LedgerEntry, Suspension, loggable, via_of
from schemas.topics import DIGESTS, LEDGER, OUTBOX, SUSPENSIONS, Topic
from streams.io.message_maps import MessageMaps
from streams.io.quarantine import outgoing, quarantined
from streams.io.retry import Ownership
from streams.io.senders import Sender, Senders
from streams.notify.digest import build_digest, with_correction
from streams.notify.families import kinship
from streams.notify.ledger import (
    OVER,
    UNWANTED,
    Done,
    PostCorrection,
    Skip,
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
    due_time,
    next_action,
    possibly_sent,
)

log = logging.getLogger(__name__)

_LONGEST_SLEEP_SECONDS = 600.0
"""A waiting queue reads the clock again after this time, because the clock may have been changed."""


class PartitionQueues:
    """The outbox of one partition, by destination."""

    def __init__(self, owned: OwnedPartition, senders: Senders) -> None:
        self._owned, self._senders = owned, senders
        self._maps = MessageMaps(owned, senders.slack, senders.sleep)
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
            due_at = due_time(delivery, self._senders.clock())
            queue[key] = QueuedDelivery(key, delivery.delivery_id, due_at, kinship(delivery.alert))
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
                    sender = self._senders.of(destination)
                    if sender is None:
                        continue  # the queue waits until its token, secret or address is set again
                    self._changed[destination] = asyncio.Event()
                    tasks.create_task(self._drain(destination, sender))

    async def _drain(self, destination: str, sender: Sender) -> None:
        queue = self._queues[destination]
        await self._finish_for_previous_owner(destination, sender, queue)
        while queue:
            match self._next_action(queue, may_join=sender.joins_alerts):
                case SendOne(key):
                    await self._send_row(sender, destination, key)
                    del queue[key]
                case Release(keys) | SendDigest(keys) if await self._drop_unwanted(queue, keys):
                    pass
                case Release(keys):
                    await self._release(queue, keys)
                case SendDigest(keys):
                    await self._send_rows_as_digest(sender, destination, keys)
                    for key in keys:
                        del queue[key]
                case WaitUntil(at):
                    await self._wait_until(at, self._changed[destination])
        del self._queues[destination], self._changed[destination]

    async def _finish_for_previous_owner(
        self, destination: str, sender: Sender, queue: dict[str, QueuedDelivery]
    ) -> None:
        if started := self._started_digests.pop(destination, None):
            await self._send_digest(sender, started, may_exist=True)
            for key in started.keys:
                queue.pop(key, None)
        if first := self._possibly_sent.pop(destination, None):
            await self._send_row(sender, destination, first, may_exist=True)
            del queue[first]

    def _next_action(self, queue: Mapping[str, QueuedDelivery], *, may_join: bool) -> Action | None:
        try:
            is_sent = self._table(LEDGER).__contains__
            return next_action(queue.values(), is_sent, self._senders.clock(), may_join=may_join)
        except Exception as error:  # noqa: BLE001 - send the rows one by one, so that only the bad one goes to quarantine
            log.error("Sending the rows of a queue one by one (%s)", error_summary(error))  # noqa: TRY400 - in one line
            return SendOne(next(iter(queue)))

    async def _drop_unwanted(self, queue: dict[str, QueuedDelivery], keys: Sequence[str]) -> bool:
        """Drop alerts that waited for their time and are no longer wanted. Return whether there were any."""
        ledger, rows = self._table(LEDGER), dict[str, list[str]]()
        for row in queue.values():
            if row.delivery_id not in ledger:
                rows.setdefault(row.delivery_id, []).append(row.key)
        due = {queue[key].delivery_id for key in keys}
        dropped = {
            name: mine for name, mine in rows.items() if name in due and not await self._is_wanted(queue[mine[0]])
        }
        for mine in dropped.values():
            delivery: Delivery = self._table(OUTBOX)[mine[0]]
            entry = next_ledger_entry(delivery, None, Done("dead", error=UNWANTED), via_of(delivery.destination))
            await self._owned.commit_between_batches(complete(mine, [entry]))
            for key in mine:
                del queue[key]
        return bool(dropped)

    async def _is_wanted(self, first: QueuedDelivery) -> bool:
        try:
            return first.due_at is None or await self._senders.is_wanted(self._table(OUTBOX)[first.key])
        except Exception as error:
            if is_fatal(error):
                raise
            # A row that is damaged goes to quarantine when it is sent.
            log.error("Not compared with the current subscriptions (%s)", error_summary(error))  # noqa: TRY400 - in one line
            return True

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

    async def _send_row(self, sender: Sender, destination: str, key: str, *, may_exist: bool = False) -> None:
        """Send one row. If a defect prevents that, move it to quarantine."""
        try:
            await self._send_delivery(sender, destination, key, may_exist=may_exist)
        except Exception as error:
            if is_fatal(error):
                raise
            await self._quarantine([key], error)

    async def _send_rows_as_digest(self, sender: Sender, destination: str, keys: tuple[str, ...]) -> None:
        try:
            rows: dict[str, Delivery] = {key: self._table(OUTBOX)[key] for key in keys}
            digest = build_digest(digest_id(keys[0], rows[keys[0]]), rows, self._senders.page)
        except Exception as error:  # noqa: BLE001 - a row cannot be rendered: send the others one by one
            where = loggable(destination)
            log.error("No digest for %s (%s): sending its alerts one by one", where, error_summary(error))  # noqa: TRY400 - in one line
            for key in keys:
                await self._send_row(sender, destination, key)
            return
        await self._owned.commit_between_batches(mark_digest_started(digest))
        await self._send_digest(sender, digest)

    async def _send_digest(self, sender: Sender, digest: Digest, *, may_exist: bool = False) -> None:
        """Send a digest. If a defect prevents that, move its rows to quarantine."""
        try:
            await self._post_digest(sender, digest, may_exist=may_exist)
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

    async def _send_delivery(self, sender: Sender, destination: str, key: str, *, may_exist: bool) -> None:
        delivery: Delivery = self._table(OUTBOX)[key]
        if sent := self._table(LEDGER).get(delivery.delivery_id):
            await self._maps.stop(sent)
        entry: LedgerEntry | None = self._table(LEDGER).get(delivery.delivery_id)
        suspension: Suspension | None = self._table(SUSPENSIONS).get(destination)
        action = decide(delivery, entry, suspension)
        digest: Digest | None = None
        if isinstance(action, PostCorrection) and action.digest:
            digest = with_correction(self._table(DIGESTS)[action.digest], delivery, self._senders.page)
        done = await sender.send(delivery, action, digest, self._ownership(may_exist))
        entry = next_ledger_entry(delivery, entry, done, via_of(destination))
        ended = destination if suspension is not None and ends_suspension(delivery, suspension) else None
        new_suspension = await self._suspend(delivery, done)
        digest = digest.replace(map_file=done.map_file) if digest else None
        await self._owned.commit_between_batches(complete([key], [entry], new_suspension, ended=ended, digest=digest))
        shown = digest.full if digest else delivery
        if shown and not isinstance(action, Skip):
            self._maps.start(self._tasks, shown)

    async def _post_digest(self, sender: Sender, digest: Digest, *, may_exist: bool) -> None:
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
            done = await sender.send_digest(destination, digest, self._ownership(may_exist))
        listed = {line.delivery_id for line in digest.lines}
        entries = [
            next_ledger_entry(
                delivery, None, done if delivery.delivery_id in listed else over, via_of(destination), digest.digest_id
            )
            for delivery in last.values()
        ]
        new_suspension = await self._suspend(deliveries[-1], done)
        ended = destination if resumes else None
        await self._owned.commit_between_batches(
            complete(digest.keys, entries, new_suspension, ended=ended, digest=digest)
        )
        if digest.full:
            self._maps.start(self._tasks, digest.full)

    async def _suspend(self, delivery: Delivery, done: Done) -> Suspension | None:
        suspension = suspension_after(delivery, done, self._senders.clock())
        if suspension:
            where = loggable(delivery.destination)
            log.warning("%s is suspended until it is subscribed again: %s", where, suspension.error)
        if suspension and self._senders.slack:
            await self._senders.slack.notify_suspension(suspension.error, delivery)
        return suspension

    def _ownership(self, may_exist: bool) -> Ownership:
        return Ownership(self._owned.confirm_ownership, may_exist)

    def _table(self, topic: Topic) -> Mapping[str, Any]:
        table: Mapping[str, Any] = self._owned.tables[topic]
        return table


def _readable(table: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the rows of a table that this version can read."""
    for key in table:
        with suppress(ValueError):
            yield table[key]
