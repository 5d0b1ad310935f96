"""Alert events in, deliveries out: one for each event and destination. Deliveries go on to ``notify``.

Every destination that received an alert also receives its corrections, even if its subscriptions have changed since.
Only an e-mail address without a subscription gets nothing more, because its owner has unsubscribed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from faust_batches.step import Draft, Failed, Incoming, Step, Tables, changes
from places.areas import Areas
from schemas.alert import AlertChange, AlertEvent
from schemas.delivery import CONSOLE, HOLD_CORRECTIONS, MAX_DESTINATIONS, Audience, Delivery, is_webhook, via_of
from schemas.subscription import Subscriber
from schemas.topics import AUDIENCES, DELIVERIES
from streams.dispatch.matching import due_at, muted, sightings_before, wants
from streams.dispatch.subscribers import DEFAULT_SUBSCRIBERS

DELIVERY_IDS = UUID("0c5c9d1c-52b2-5d0b-8a4e-3f3f5f0f6b52")
"""Namespace of all delivery ids."""


def delivery_id(alert_id: str, destination: str) -> str:
    """Return the id of the only root message of an alert at a destination."""
    return str(uuid5(DELIVERY_IDS, f"{alert_id}|{destination}"))


def fold(tables: Tables, records: Iterable[Incoming], subscribers: Mapping[str, Subscriber], areas: Areas) -> Step:
    """Fold a batch of ``alerts``. A destination gets one delivery, even if several of its subscriptions match.

    Without subscribers, :data:`streams.dispatch.subscribers.DEFAULT_SUBSCRIBERS` applies.
    """
    if not any(subscriber.subscriptions for subscriber in subscribers.values()):
        subscribers = DEFAULT_SUBSCRIBERS
    step, audiences = Step(), Draft[Audience](tables[AUDIENCES])
    for record in records:
        alert = AlertEvent.from_bytes(record.value or b"")
        audience = audiences.get(alert.alert_id)
        notified = audience.destinations if audience else ()
        new = tuple(_new_recipients(step, record, alert, subscribers, notified, areas))
        if new:
            notified = make_room(new, notified, subscribers)
            audiences.put(alert.alert_id, Audience(alert_id=alert.alert_id, destinations=(*notified, *new)))
        for destination in (*notified, *new):
            subscriber = subscribers.get(destination)
            if via_of(destination) == "email" and not (subscriber and subscriber.subscriptions):
                continue
            delivery = Delivery(
                delivery_id=delivery_id(alert.alert_id, destination),
                destination=destination,
                alert=alert,
                due_at=_due_at(destination, subscriber, alert, areas, is_correction=destination not in new),
                owner=subscriber.owner if subscriber else None,
                subscribed_at=subscriber.changed_at if subscriber else None,
            )
            step.emit(DELIVERIES, destination, delivery, alert.arrived)
    step.changes = changes([(AUDIENCES, audiences)])
    return step


def _due_at(
    destination: str, subscriber: Subscriber | None, alert: AlertEvent, areas: Areas, *, is_correction: bool
) -> datetime | None:
    """Return the earliest time to send an event; None: at once.

    A correction waits for others of its alert, so that people read the net change. Programs get every event at once.
    """
    if not is_correction:
        return due_at(subscriber, alert, areas) if subscriber else None
    return None if destination == CONSOLE or is_webhook(destination) else alert.arrived + HOLD_CORRECTIONS


def _new_recipients(
    step: Step,
    record: Incoming,
    alert: AlertEvent,
    subscribers: Mapping[str, Subscriber],
    notified: Collection[str],
    areas: Areas,
) -> Iterator[str]:
    """Yield the destinations that this event is the first to notify. An error for one subscriber stops no other."""
    for subscriber in subscribers.values():
        if subscriber.destination in notified:
            continue
        try:
            if should_notify(subscriber, alert, areas):
                due_at(subscriber, alert, areas)
                yield subscriber.destination
        except Exception as error:  # noqa: BLE001 - the others are notified
            step.failed.append(Failed(record, RuntimeError(f"subscriber {subscriber.destination}: {error!r}")))


def make_room(new: Sequence[str], notified: Sequence[str], subscribers: Collection[str]) -> tuple[str, ...]:
    """Return the notified destinations that stay in the audience beside the new ones.

    All of them stay, up to the limit of the record. Beyond it, destinations that have unsubscribed are dropped, those
    notified first before the others. Current subscribers always fit, because there are fewer of them.
    """
    excess = len(notified) + len(new) - MAX_DESTINATIONS
    left = [destination for destination in notified if destination not in subscribers] if excess > 0 else []
    dropped = set(left[: max(0, excess)])
    return tuple(destination for destination in notified if destination not in dropped)


def should_notify(subscriber: Subscriber, alert: AlertEvent, areas: Areas) -> bool:
    """Whether an event makes the alert one that the subscriber wants.

    Candidates notify nobody. Neither does an alert that a subscription matched before the event: a subscription covers
    only alerts that begin to match after it was made.
    """
    if alert.status != "confirmed" or muted(subscriber.mutes, alert, alert.arrived):
        return False
    before = before_changes(alert)
    return any(
        wants(subscription, alert, areas) and not (before is not None and wants(subscription, before, areas))
        for subscription in subscriber.subscriptions
    )


def before_changes(alert: AlertEvent) -> AlertEvent | None:
    """Return the alert as it was before this event; None if it did not exist or was a candidate."""
    changed = {change.what: change for change in alert.changes}
    if alert.type == "initial" or ("status" in changed and changed["status"].old == "candidate"):
        return None
    why = alert.why.replace(sightings=sightings_before(alert))
    old: dict[str, Any] = {"why": why}
    if "kind" in changed:
        old["kind"] = changed["kind"].old
    if "origins" in changed:
        old["why"] = why.replace(origins=int(changed["origins"].old))
    if "country" in changed:
        old["country"] = changed["country"].old
    if "countries" in changed:
        old["countries"] = _old_countries(changed["countries"])
    return alert.replace(**old)


def _old_countries(change: AlertChange) -> tuple[str, ...]:
    return tuple(change.old.split(", ")) if change.old else ()
