"""What a subscription would have been told: the same rules as dispatch and slack, run over the log of alerts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from places.areas import Areas
from schemas.alert import AlertEvent
from schemas.delivery import Delivery, LedgerEntry
from schemas.subscription import Subscriber, Subscription
from schemas.topics import ALERTS, AUDIENCES, DELIVERIES
from streams.dispatch.fold import fold
from streams.slack.ledger import Correct, Nothing, Settled, due, entry_after
from streams.slack.message import Message, render, render_reply
from streams.slack.words import replies
from streams.steps import Incoming

_THERE = "C0000000000"


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that would have been posted or edited."""

    at: datetime
    """Arrival of the record that caused it, UTC."""
    what: Literal["message", "edit of the message", "reply in its thread"]
    message: Message


def preview(
    subscriptions: Sequence[Subscription], events: Iterable[AlertEvent], areas: Areas, since: datetime
) -> Iterator[Said]:
    """Yield what a destination that subscribed at ``since`` would have had, in sending order; events come in theirs."""
    subscriber = Subscriber(destination=_THERE, subscriptions=tuple(subscriptions), changed_at=since)
    audiences: dict[str, object] = {}
    ledger: dict[str, LedgerEntry] = {}
    for event in events:
        if event.arrived < since:
            continue
        record = Incoming(ALERTS.name, 0, 0, event.arrived, None, event.to_bytes())
        step = fold({AUDIENCES: audiences}, [record], {_THERE: subscriber}, areas)
        audiences |= step.changes.get(AUDIENCES, {})
        for owed in step.outgoing:
            if owed.topic is DELIVERIES:
                yield from _said(Delivery.from_bytes(owed.value), ledger)


def _said(delivery: Delivery, ledger: dict[str, LedgerEntry]) -> Iterator[Said]:
    entry = ledger.get(delivery.delivery_id)
    what = due(delivery, entry)
    if isinstance(what, Nothing):
        return
    at = delivery.alert.arrived
    if isinstance(what, Correct):
        yield Said(at, "edit of the message", render(delivery, what.corrections))
        if replies(delivery.alert):
            yield Said(at, "reply in its thread", render_reply(delivery))
    else:
        yield Said(at, "message", render(delivery))
    settled = Settled("sent", _THERE, "0")
    ledger[delivery.delivery_id] = entry_after(delivery, entry, settled, "slack")
