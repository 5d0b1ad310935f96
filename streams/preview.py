"""Previews a subscription: which messages it would have sent. Runs the rules of dispatch and notify over the alert log.

Pure. Each alert is sent when its record arrived, so alerts that a burst or an outage would have joined into a digest
appear one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any, Literal

from faust_batches.folding import fold_whole
from faust_batches.step import Incoming
from places.areas import Areas
from schemas.alert import AlertEvent
from schemas.delivery import Delivery, Digest, LedgerEntry
from schemas.subscription import Subscriber, Subscription
from schemas.topics import ALERTS, AUDIENCES, DELIVERIES
from streams.dispatch.fold import fold
from streams.notify.changes import needs_reply
from streams.notify.digest import build_digest, render_digest, with_correction
from streams.notify.families import kinship
from streams.notify.ledger import Done, PostCorrection, Skip, decide, next_ledger_entry
from streams.notify.message import Message, render, render_reply
from streams.notify.outbox import released
from streams.notify.scheduling import QueuedDelivery, Release, SendDigest, SendOne, WaitUntil, next_action

_CHANNEL = "C0000000000"
_EARLIEST = datetime.fromisoformat("0001-01-02T00:00:00Z")
"""Before the time of every digest, so that only deliveries without a time are due."""


@dataclass(frozen=True, slots=True)
class PreviewedMessage:
    """A message that would have been posted, or an edit."""

    at: datetime
    """When, UTC."""
    action: Literal["message", "digest", "edit of the message", "reply in its thread"]
    message: Message
    alert: AlertEvent | None
    """What it is about; None: several alerts."""


def preview(
    subscriptions: Sequence[Subscription], events: Iterable[AlertEvent], areas: Areas, since: datetime, until: datetime
) -> Iterator[PreviewedMessage]:
    """Yield what a channel that subscribed at ``since`` would have received up to ``until``, in the order of sending.

    Events are in the order of arrival.
    """
    subscriber = Subscriber(destination=_CHANNEL, subscriptions=tuple(subscriptions), changed_at=since)
    rules = partial(fold, subscribers={_CHANNEL: subscriber}, areas=areas)
    audiences: dict[str, Any] = {}
    channel = _Channel()
    within = (event for event in events if since <= event.arrived <= until)
    # Events of one record arrive together, so that a faction's alert and its parents' become one message.
    for (arrived, _), together in groupby(within, lambda event: (event.arrived, event.cause.sighting)):
        yield from channel.send_due(arrived)
        records = [Incoming(ALERTS.name, 0, 0, arrived, None, event.to_bytes()) for event in together]
        step = fold_whole(rules, {AUDIENCES: audiences}, records)
        audiences |= step.changes.get(AUDIENCES, {})
        channel.enqueue(Delivery.from_bytes(output.value) for output in step.outgoing if output.topic is DELIVERIES)
        yield from channel.send_due(arrived)
    yield from channel.send_due(until)


class _Channel:
    """A channel in which every post succeeds."""

    def __init__(self) -> None:
        self._ledger: dict[str, LedgerEntry] = {}
        self._digests: dict[str, Digest] = {}
        self._outbox: dict[str, Delivery] = {}
        self._count = 0

    def enqueue(self, deliveries: Iterable[Delivery]) -> None:
        for delivery in deliveries:
            self._outbox[f"{self._count:09d}"] = delivery
            self._count += 1

    def send_due(self, until: datetime) -> Iterator[PreviewedMessage]:
        """Send all deliveries that are due by a time, digests at their own times."""
        at = None
        while True:
            queue = [
                QueuedDelivery(key, delivery.delivery_id, delivery.due_at, kinship(delivery.alert))
                for key, delivery in self._outbox.items()
            ]
            match next_action(queue, self._ledger.__contains__, at or _EARLIEST):
                case SendOne(key):
                    yield from self._send(self._outbox.pop(key), at)
                case Release(keys):
                    rows = {key: self._outbox.pop(key) for key in keys}
                    entry = self._ledger.get(rows[keys[-1]].delivery_id)
                    self._outbox = dict(sorted({**self._outbox, keys[-1]: released(rows, entry)}.items()))
                case SendDigest(keys):
                    yield from self._send_digest({key: self._outbox.pop(key) for key in keys}, at)
                case WaitUntil(due_at) if due_at <= until:
                    at = due_at
                case _:
                    return

    def _send(self, delivery: Delivery, at: datetime | None) -> Iterator[PreviewedMessage]:
        action, when = decide(delivery, self._ledger.get(delivery.delivery_id)), at or delivery.alert.arrived
        if isinstance(action, Skip):
            return
        if not isinstance(action, PostCorrection):
            yield PreviewedMessage(when, "message", render(delivery), delivery.alert)
        else:
            root = render(delivery, action.corrections)
            if action.digest:
                digest = self._digests[action.digest] = with_correction(self._digests[action.digest], delivery)
                root = render_digest(digest)
            yield PreviewedMessage(when, "edit of the message", root, delivery.alert)
            if needs_reply(delivery.alert):
                yield PreviewedMessage(when, "reply in its thread", render_reply(delivery), delivery.alert)
        self._complete(delivery, Done("sent", _CHANNEL, "0"))

    def _send_digest(self, deliveries: Mapping[str, Delivery], at: datetime | None) -> Iterator[PreviewedMessage]:
        digest = build_digest(next(iter(deliveries)), deliveries)
        if digest.lines:
            self._digests[digest.digest_id] = digest
            first = next(iter(deliveries.values())).alert.arrived
            action: Literal["digest", "message"] = "message" if digest.full else "digest"
            alert = digest.full.alert if digest.full else None
            yield PreviewedMessage(at or first, action, render_digest(digest), alert)
        listed = {line.delivery_id for line in digest.lines}
        for delivery in {delivery.delivery_id: delivery for delivery in deliveries.values()}.values():
            sent = Done("sent", _CHANNEL, "0") if delivery.delivery_id in listed else Done("dead")
            self._complete(delivery, sent, digest.digest_id)

    def _complete(self, delivery: Delivery, done: Done, digest_id: str | None = None) -> None:
        before = self._ledger.get(delivery.delivery_id)
        entry = next_ledger_entry(delivery, before, done, "slack", digest_id)
        self._ledger[delivery.delivery_id] = entry
