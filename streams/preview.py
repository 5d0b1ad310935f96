"""What a subscription would have been told: the same rules as dispatch and slack, run over the log of alerts. Pure.

As if each alert was told when its record arrived: what a storm or an outage would have put into a digest comes singly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from faust_batches.step import Incoming
from places.areas import Areas
from schemas.alert import AlertEvent
from schemas.delivery import Delivery, Digest, LedgerEntry
from schemas.subscription import Subscriber, Subscription
from schemas.topics import ALERTS, AUDIENCES, DELIVERIES
from streams.dispatch.fold import fold
from streams.notify.changes import needs_reply
from streams.notify.digest import build_digest, render_digest, with_correction
from streams.notify.ledger import Done, PostCorrection, Skip, decide, next_ledger_entry
from streams.notify.message import Message, render, render_reply
from streams.notify.scheduling import QueuedDelivery, SendDigest, SendOne, WaitUntil, next_action

_THERE = "C0000000000"


@dataclass(frozen=True, slots=True)
class PreviewedMessage:
    """One thing that would have been posted or edited."""

    at: datetime
    """When, UTC."""
    what: Literal["message", "digest", "edit of the message", "reply in its thread"]
    message: Message


def preview(
    subscriptions: Sequence[Subscription], events: Iterable[AlertEvent], areas: Areas, since: datetime, until: datetime
) -> Iterator[PreviewedMessage]:
    """Yield what a destination that subscribed at ``since`` would have had by ``until``, in the order of sending.

    Events come in the order of their arrival.
    """
    subscriber = Subscriber(destination=_THERE, subscriptions=tuple(subscriptions), changed_at=since)
    audiences: dict[str, Any] = {}
    channel = _Channel()
    for event in events:
        if not since <= event.arrived <= until:
            continue
        yield from channel.tell(event.arrived)
        record = Incoming(ALERTS.name, 0, 0, event.arrived, None, event.to_bytes())
        step = fold({AUDIENCES: audiences}, [record], {_THERE: subscriber}, areas)
        audiences |= step.changes.get(AUDIENCES, {})
        channel.take(Delivery.from_bytes(owed.value) for owed in step.outgoing if owed.topic is DELIVERIES)
        yield from channel.tell(event.arrived)
    yield from channel.tell(until)


class _Channel:
    """A channel that takes everything."""

    def __init__(self) -> None:
        self._ledger: dict[str, LedgerEntry] = {}
        self._digests: dict[str, Digest] = {}
        self._waiting: dict[str, Delivery] = {}
        self._count = 0

    def take(self, deliveries: Iterable[Delivery]) -> None:
        for one in deliveries:
            self._waiting[f"{self._count:09d}"] = one
            self._count += 1

    def tell(self, until: datetime) -> Iterator[PreviewedMessage]:
        """Yield all that is due by then, digests at their time."""
        at = None
        while True:
            rows = [QueuedDelivery(key, one.delivery_id, one.due_at) for key, one in self._waiting.items()]
            match next_action(rows, self._ledger.__contains__, at or _EARLIEST):
                case SendOne(key):
                    yield from self._one(self._waiting.pop(key), at)
                case SendDigest(keys):
                    yield from self._many({key: self._waiting.pop(key) for key in keys}, at)
                case WaitUntil(due_at) if due_at <= until:
                    at = due_at
                case _:
                    return

    def _one(self, delivery: Delivery, at: datetime | None) -> Iterator[PreviewedMessage]:
        entry = self._ledger.get(delivery.delivery_id)
        what, when = decide(delivery, entry), at or delivery.alert.arrived
        if isinstance(what, Skip):
            return
        if not isinstance(what, PostCorrection):
            yield PreviewedMessage(when, "message", render(delivery))
        else:
            message = render(delivery, what.corrections)
            if what.digest:
                digest = self._digests[what.digest] = with_correction(self._digests[what.digest], delivery)
                message = render_digest(digest)
            yield PreviewedMessage(when, "edit of the message", message)
            if needs_reply(delivery.alert):
                yield PreviewedMessage(when, "reply in its thread", render_reply(delivery))
        self._settle([delivery], None)

    def _many(self, deliveries: Mapping[str, Delivery], at: datetime | None) -> Iterator[PreviewedMessage]:
        digest = build_digest(next(iter(deliveries)), deliveries)
        if digest.lines:
            self._digests[digest.digest_id] = digest
            yield PreviewedMessage(at or _EARLIEST, "digest", render_digest(digest))
        self._settle({one.delivery_id: one for one in deliveries.values()}.values(), digest)

    def _settle(self, deliveries: Iterable[Delivery], digest: Digest | None) -> None:
        for one in deliveries:
            told = digest is None or any(line.delivery_id == one.delivery_id for line in digest.lines)
            settled = Done("sent", _THERE, "0") if told else Done("dead")
            before = self._ledger.get(one.delivery_id)
            name = digest.digest_id if digest else None
            self._ledger[one.delivery_id] = next_ledger_entry(one, before, settled, "slack", name)


_EARLIEST = datetime.fromisoformat("0001-01-02T00:00:00Z")
"""Before every digest: what is due then is due at once."""
