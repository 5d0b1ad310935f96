"""Alert events in, deliveries out: one for each event and destination. Deliveries go on to slack.

Who was told of an alert is told what becomes of it, whatever has become of its subscriptions meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from faust_batches.step import Draft, Failed, Incoming, Step, Tables, changes
from places.areas import Areas
from schemas.alert import AlertChange, AlertEvent
from schemas.delivery import MOST_DESTINATIONS, Audience, Delivery
from schemas.subscription import Daily, Subscriber
from schemas.topics import AUDIENCES, DELIVERIES
from streams.dispatch.matching import muted, wants
from streams.dispatch.subscribers import DEFAULT_SUBSCRIBERS

DELIVERY_IDS = UUID("0c5c9d1c-52b2-5d0b-8a4e-3f3f5f0f6b52")
"""Namespace of all delivery ids."""


def delivery_id(alert_id: str, destination: str) -> str:
    """Return the id of the one root message for an alert at a destination."""
    return str(uuid5(DELIVERY_IDS, f"{alert_id}|{destination}"))


def fold(tables: Tables, records: Iterable[Incoming], subscribers: Mapping[str, Subscriber], areas: Areas) -> Step:
    """Fold a batch of ``alerts``. A destination is told once, however many of its subscriptions match.

    While nobody has subscribed, all that is pushed goes to the console.
    """
    subscribers = subscribers or DEFAULT_SUBSCRIBERS
    step, audiences = Step(), Draft[Audience](tables[AUDIENCES])
    for record in records:
        alert = AlertEvent.from_bytes(record.value or b"")
        audience = audiences.get(alert.alert_id)
        told = audience.destinations if audience else ()
        new = tuple(_wanting(step, record, alert, subscribers, told, areas))
        if new:
            told = make_room(new, told, subscribers)
            audiences.put(alert.alert_id, Audience(alert_id=alert.alert_id, destinations=(*told, *new)))
        for destination in (*told, *new):
            subscriber = subscribers.get(destination)
            delivery = Delivery(
                delivery_id=delivery_id(alert.alert_id, destination),
                destination=destination,
                alert=alert,
                due_at=due_at(subscriber, alert, areas) if subscriber and destination in new else None,
                owner=subscriber.owner if subscriber else None,
                subscribed_at=subscriber.changed_at if subscriber else None,
            )
            step.emit(DELIVERIES, destination, delivery, alert.arrived)
    step.changes = changes([(AUDIENCES, audiences)])
    return step


def _wanting(
    step: Step,
    record: Incoming,
    alert: AlertEvent,
    subscribers: Mapping[str, Subscriber],
    told: Collection[str],
    areas: Areas,
) -> Iterator[str]:
    """Yield the destinations that want an alert now. A subscriber on which a rule fails fails alone."""
    for subscriber in subscribers.values():
        if subscriber.destination in told:
            continue
        try:
            if should_notify(subscriber, alert, areas):
                due_at(subscriber, alert, areas)
                yield subscriber.destination
        except Exception as error:  # noqa: BLE001 - the others are notified
            step.failed.append(Failed(record, RuntimeError(f"subscriber {subscriber.destination}: {error!r}")))


def make_room(new: Sequence[str], told: Sequence[str], subscribers: Collection[str]) -> tuple[str, ...]:
    """Return the destinations notified before that stay in the audience, beside the new ones.

    All of them, unless thousands have left: then those who left make room, the first told first. Subscribers have room
    always, for there are fewer.
    """
    over = len(told) + len(new) - MOST_DESTINATIONS
    left = [destination for destination in told if destination not in subscribers] if over > 0 else []
    gone = set(left[: max(0, over)])
    return tuple(destination for destination in told if destination not in gone)


def should_notify(subscriber: Subscriber, alert: AlertEvent, areas: Areas) -> bool:
    """Whether with this event the alert becomes one that the subscriber wants.

    Nobody is told of a candidate, and nobody of an old alert because of a change that made no difference to the filter:
    a subscription begins with what comes to match it after it was made.
    """
    if alert.status != "confirmed" or muted(subscriber.mutes, alert, alert.arrived):
        return False
    before = before_changes(alert)
    return any(
        wants(one, alert, areas) and not (before is not None and wants(one, before, areas))
        for one in subscriber.subscriptions
    )


def due_at(subscriber: Subscriber, alert: AlertEvent, areas: Areas) -> datetime | None:
    """Return when a subscriber wants to be told: the earliest that a subscription which wants the alert asks for."""
    wanting = [one for one in subscriber.subscriptions if wants(one, alert, areas)]
    if any(one.daily is None for one in wanting):
        return None
    return min(next_time(one.daily, alert.arrived) for one in wanting if one.daily)


def next_time(daily: Daily, after: datetime) -> datetime:
    """Return the first time after an instant at which a daily digest is due, UTC."""
    zone, at = ZoneInfo(daily.zone), time.fromisoformat(daily.at)
    today = after.astimezone(zone).date()
    days = (today + timedelta(ahead) for ahead in range(3))
    return next(one for one in (datetime.combine(day, at, zone).astimezone(UTC) for day in days) if one > after)


def before_changes(alert: AlertEvent) -> AlertEvent | None:
    """Return the alert as it was told before this event; None when it was not, or only as a candidate."""
    was = {change.what: change for change in alert.changes}
    if alert.type == "initial" or ("status" in was and was["status"].old == "candidate"):
        return None
    old: dict[str, Any] = {}
    if "kind" in was:
        old["kind"] = was["kind"].old
    if "origins" in was:
        old["why"] = alert.why.replace(origins=int(was["origins"].old))
    if "country" in was:
        old["country"] = was["country"].old
    if "countries" in was:
        old["countries"] = _listed(was["countries"])
    return alert.replace(**old)


def _listed(change: AlertChange) -> tuple[str, ...]:
    return tuple(change.old.split(", ")) if change.old else ()
