"""A delivery as a signed webhook: body and headers. Pure.

Headers and signature follow Standard Webhooks (https://www.standardwebhooks.com), which receivers have libraries for.
A repeated delivery has the same ``webhook-id``, so that receivers can drop duplicates.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from pydantic_core import to_json

from schemas.alert import AlertEvent, AlertStatus
from schemas.delivery import Delivery
from streams.notify.cards import alert_card, correction_card, summary

_SECRET_PREFIX = "whsec_"  # noqa: S105 - the prefix of a secret, not a secret

_EVENT_TYPES: Mapping[AlertStatus, str] = {
    "candidate": "alert.unconfirmed", "confirmed": "alert.confirmed", "superseded": "alert.superseded",
    "retracted": "alert.withdrawn",
}  # fmt: skip
"""Part of the interface: receivers match on these."""


def event_type(alert: AlertEvent) -> str:
    """Return the type of an event, such as ``alert.confirmed``."""
    return _EVENT_TYPES[alert.status]


def body(delivery: Delivery, *, corrects: bool = False) -> bytes:
    """Return the body: the alert event, its text and the id of its delivery.

    ``corrects``: the receiver has an earlier event of the alert, so the text says what changed.
    """
    alert = delivery.alert
    return to_json({
        "version": 1,
        "type": event_type(alert),
        "delivery_id": delivery.delivery_id,
        "timestamp": alert.arrived.isoformat(),
        "summary": summary(correction_card(alert) if corrects else alert_card(alert)),
        "data": alert.to_json(exclude_none=True),
    })  # fmt: skip


def headers(delivery: Delivery, body: bytes, secret: str, at: datetime) -> dict[str, str]:
    """Return the headers. The signature covers the id, the time and the raw body."""
    webhook_id, timestamp = f"{delivery.delivery_id}.{delivery.alert.revision}", str(int(at.timestamp()))
    signature = hmac.new(_key(secret), f"{webhook_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "content-type": "application/json",
        "user-agent": "Firstseen",
        "webhook-id": webhook_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
    }


def _key(secret: str) -> bytes:
    if secret.startswith(_SECRET_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(_SECRET_PREFIX), validate=True)
        except binascii.Error:
            pass
    return secret.encode()
