"""A delivery as a signed webhook: body, headers, permitted addresses, and the outcome of a response. Pure.

Headers and signature follow Standard Webhooks (https://www.standardwebhooks.com), which receivers have libraries for.
A repeated delivery has the same ``webhook-id``, so that receivers can drop duplicates.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import ipaddress
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from pydantic_core import to_json

from schemas.alert import AlertEvent, AlertStatus
from schemas.delivery import Delivery, is_webhook
from streams.notify.cards import alert_card, correction_card, summary
from streams.notify.outcomes import Ambiguous, NotSent, Outcome, Rejected, Sent

_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_SECRET_PREFIX = "whsec_"  # noqa: S105 - the prefix of a secret, not a secret

_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_NOT_PUBLIC_V4 = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "192.0.0.0/24",  # protocol assignments
            "192.88.99.0/24",  # relays of 6to4
        ),
    )
)
_NOT_PUBLIC_V6 = tuple(
    map(
        ipaddress.IPv6Network,
        (
            "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
            "2001:db8::/32",  # documentation
            "3fff::/20",  # documentation
        ),
    )
)
"""Networks that :mod:`ipaddress` does not treat as private in every release of Python 3.11."""

_EVENT_TYPES: Mapping[AlertStatus, str] = {
    "candidate": "alert.unconfirmed", "confirmed": "alert.confirmed", "superseded": "alert.superseded",
    "retracted": "alert.withdrawn",
}  # fmt: skip
"""Part of the interface: receivers match on these."""

GONE = "gone"
"""Error when the receiver answers that its address no longer exists."""


def loggable(destination: str) -> str:
    """Return a destination for logs. Of a webhook only the host, because its path may be secret."""
    if not is_webhook(destination):
        return destination
    try:
        return f"webhook at {urlsplit(destination).hostname}"
    except ValueError:
        return "webhook at an invalid address"


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


def address_problem(url: str) -> str | None:
    """Return why an address must not be called, or None. Only HTTPS, except on this machine; no user name."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "it is not a valid address"
    if not host or "@" in parts.netloc:
        return "it has no host, or a user name"
    if parts.scheme != "https" and host not in _LOOPBACK_NAMES:
        return "it is not HTTPS"
    return None


def is_ip_address(host: str) -> bool:
    """Whether a host is an IP address and not a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_public(address: str) -> bool:
    """Whether an IP address is on the public internet.

    An IPv6 address with an embedded IPv4 address is only as public as that address, because a gateway forwards to it.
    """
    try:
        ip = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        return ip.is_global and not ip.is_multicast and not any(ip in network for network in _NOT_PUBLIC_V4)
    if any(ip in network for network in _NOT_PUBLIC_V6):
        return False
    embedded = _embedded(ip)
    if embedded is not None and not is_public(str(embedded)):
        return False
    # Global unicast is 2000::/3. Outside it, only gateways to public IPv4 addresses are reachable.
    return ip in _UNICAST or (embedded is not None and (ip in _NAT64 or ip.ipv4_mapped is not None))


def _embedded(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address embedded in an IPv6 address, or None."""
    if ip in _NAT64 or ip.ipv4_mapped or _is_isatap(ip):
        return ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.sixtofour


def _is_isatap(ip: ipaddress.IPv6Address) -> bool:
    """Whether the interface identifier is that of RFC 5214, which embeds an IPv4 address."""
    return (int(ip) >> 32) & 0xFDFF_FFFF == 0x5EFE


def outcome_of_status(status: int, retry_after_seconds: float | None) -> Outcome:
    """Return the outcome of an HTTP status. A rejection is final; a redirect counts as one."""
    if 200 <= status < 300:
        return Sent("", "")
    if status == 410:
        return Rejected(GONE)
    if status == 429:
        return NotSent("http_429", retry_after_seconds)
    if status in {408, 425} or status >= 500:
        return Ambiguous(f"http_{status}")
    return Rejected(f"http_{status}")


def _key(secret: str) -> bytes:
    if secret.startswith(_SECRET_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(_SECRET_PREFIX), validate=True)
        except binascii.Error:
            pass
    return secret.encode()
