"""A delivery as a signed webhook: body, headers, which addresses may be called, and what an answer means. Pure.

Headers and signature are those of Standard Webhooks (https://www.standardwebhooks.com), for which receivers have
libraries: ``webhook-id`` stays the same when a delivery is repeated, so that a receiver can drop what it has.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import ipaddress
from datetime import datetime
from urllib.parse import urlsplit

import orjson

from schemas.delivery import Delivery
from streams.slack.outcomes import Ambiguous, NotSent, Outcome, Refused, Sent
from streams.slack.words import STATUSES

_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_SECRET_PREFIX = "whsec_"  # noqa: S105 - how a secret begins, not one

GONE = "gone"
"""The receiver says that the address is no more."""


def is_webhook(destination: str) -> bool:
    """Whether a destination is an address to call."""
    return destination.startswith(("https://", "http://"))


def shown(destination: str) -> str:
    """Return a destination for a log: of an address only the host, for the rest may be a secret."""
    return f"webhook at {urlsplit(destination).hostname}" if is_webhook(destination) else destination


def body(delivery: Delivery) -> bytes:
    """Return what is sent: the alert event, and which delivery it is."""
    alert = delivery.alert
    return orjson.dumps({
        "version": 1,
        "type": f"alert.{STATUSES[alert.status]}",
        "delivery_id": delivery.delivery_id,
        "timestamp": alert.arrived.isoformat(),
        "data": alert.model_dump(mode="json", exclude_none=True),
    })  # fmt: skip


def headers(delivery: Delivery, sent: bytes, secret: str, at: datetime) -> dict[str, str]:
    """Return the headers, signed over the id, the time and the raw body."""
    name, when = f"{delivery.delivery_id}.{delivery.alert.revision}", str(int(at.timestamp()))
    signature = hmac.new(_key(secret), f"{name}.{when}.".encode() + sent, hashlib.sha256).digest()
    return {
        "content-type": "application/json",
        "user-agent": "Firstseen",
        "webhook-id": name,
        "webhook-timestamp": when,
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
    }


def refusal(url: str) -> str | None:
    """Return why an address must not be called, or None: HTTPS only, unless it is this machine; no user name in it."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "it is no address"
    if not host or "@" in parts.netloc:
        return "it names no host, or a user"
    if parts.scheme != "https" and host not in _LOOPBACK_NAMES:
        return "it is not https"
    return None


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the internet, and not to a network of one's own."""
    try:
        ip = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    except ValueError:
        return False
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return (mapped or ip).is_global and not (mapped or ip).is_multicast


def of_status(status: int, retry_after_seconds: float | None) -> Outcome:
    """Return what the status of an answer means. A refusal is final, and a redirect is one."""
    if 200 <= status < 300:
        return Sent("", "")
    if status == 410:
        return Refused(GONE)
    if status == 429:
        return NotSent("http_429", retry_after_seconds)
    if status in {408, 425} or status >= 500:
        return Ambiguous(f"http_{status}")
    return Refused(f"http_{status}")


def _key(secret: str) -> bytes:
    if secret.startswith(_SECRET_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(_SECRET_PREFIX), validate=True)
        except binascii.Error:
            pass
    return secret.encode()
