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
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

import orjson

from schemas.alert import AlertStatus
from schemas.delivery import Delivery
from streams.notify.outcomes import Ambiguous, NotSent, Outcome, Rejected, Sent

_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_SECRET_PREFIX = "whsec_"  # noqa: S105 - how a secret begins, not one

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
"""What :mod:`ipaddress` of Python 3.11 does not count as private, or not in every release."""

_EVENT_TYPES: Mapping[AlertStatus, str] = {
    "candidate": "alert.unconfirmed", "confirmed": "alert.confirmed", "superseded": "alert.superseded",
    "retracted": "alert.withdrawn",
}  # fmt: skip
"""Part of the interface: receivers match on these."""

GONE = "gone"
"""The receiver says that the address is no more."""


def is_webhook(destination: str) -> bool:
    """Whether a destination is an address to call."""
    return destination.startswith(("https://", "http://"))


def loggable(destination: str) -> str:
    """Return a destination for a log: of an address only the host, for the rest may be a secret."""
    if not is_webhook(destination):
        return destination
    try:
        return f"webhook at {urlsplit(destination).hostname}"
    except ValueError:
        return "webhook at an address that is none"


def body(delivery: Delivery) -> bytes:
    """Return what is sent: the alert event, and which delivery it is."""
    alert = delivery.alert
    return orjson.dumps({
        "version": 1,
        "type": _EVENT_TYPES[alert.status],
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


def address_problem(url: str) -> str | None:
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
    """Whether an IP address belongs to the internet, and not to a network of one's own.

    An IPv6 address that stands for an IPv4 address is as public as that one: a gateway would forward to it.
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
    # Unicast is assigned from 2000::/3 alone; beside it only a gateway to a public IPv4 address is reached.
    return ip in _UNICAST or (embedded is not None and (ip in _NAT64 or ip.ipv4_mapped is not None))


def _embedded(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that an IPv6 address stands for, or None."""
    if ip in _NAT64 or ip.ipv4_mapped or _is_isatap(ip):
        return ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.sixtofour


def _is_isatap(ip: ipaddress.IPv6Address) -> bool:
    """Whether the interface is named as RFC 5214 has it: by an IPv4 address."""
    return (int(ip) >> 32) & 0xFDFF_FFFF == 0x5EFE


def outcome_of_status(status: int, retry_after_seconds: float | None) -> Outcome:
    """Return what the status of an answer means. A refusal is final, and a redirect is one."""
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
