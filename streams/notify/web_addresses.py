"""Addresses on the web: which of them may be called, and which hosts are IP addresses, or public ones. Pure."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})

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
