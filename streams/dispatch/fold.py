"""Alert events in, deliveries out: one for each alert and destination. Deliveries go on to slack."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID, uuid5

from places.areas import Areas
from schemas.alert import AlertEvent
from schemas.delivery import Delivery
from schemas.subscription import Subscription
from schemas.topics import DELIVERIES
from streams.dispatch.matching import wants
from streams.steps import Incoming, Step

DELIVERY_IDS = UUID("0c5c9d1c-52b2-5d0b-8a4e-3f3f5f0f6b52")
"""Namespace of all delivery ids."""


def delivery_id(alert_id: str, destination: str) -> str:
    """Return the id of the one root message for an alert at a destination."""
    return str(uuid5(DELIVERY_IDS, f"{alert_id}|{destination}"))


def fold(records: Iterable[Incoming], subscriptions: Sequence[Subscription], areas: Areas) -> Step:
    """Fold a batch of ``alerts``. A destination is told once, however many of its subscriptions match."""
    step = Step()
    for record in records:
        alert = AlertEvent.from_bytes(record.value or b"")
        if not announces(alert):
            continue
        matching = (one.destination for one in subscriptions if wants(one, alert, areas))
        for destination in dict.fromkeys(matching):
            delivery = Delivery(
                delivery_id=delivery_id(alert.alert_id, destination), destination=destination, alert=alert
            )
            step.emit(DELIVERIES, destination, delivery, alert.arrived)
    return step


def announces(alert: AlertEvent) -> bool:
    """Whether an event is the first that says of its alert what is pushed: it is new, or a candidate no longer."""
    if alert.status != "confirmed":
        return False
    was = {change.what: change.old for change in alert.changes}
    return alert.type == "initial" or was.get("status") == "candidate"
