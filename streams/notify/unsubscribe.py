"""The link by which a recipient unsubscribes: it names the address, and only its maker can sign it. Pure.

A link has no end: RFC 8058 asks that the link of an old mail works. It permits to unsubscribe, and nothing else.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from schemas.delivery import via_of

PATH = "/unsubscribe/"
"""Path of the page, before the token."""

_PURPOSE = b"firstseen unsubscribe "


def unsubscribe_link(page: str, destination: str, secret: str) -> str:
    """Return the address of the page on which a recipient unsubscribes. ``page``: address of the web page."""
    return f"{page.rstrip('/')}{PATH}{_encoded(destination.encode())}.{_signature(destination, secret)}"


def destination_of(token: str, secret: str) -> str | None:
    """Return the destination of a token; None if the token was not made with this secret."""
    name, _, signature = token.partition(".")
    try:
        destination = base64.b64decode(name + "=" * (-len(name) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    if not hmac.compare_digest(signature.encode(), _signature(destination, secret).encode()):
        return None
    return destination if via_of(destination) == "email" else None


def _signature(destination: str, secret: str) -> str:
    return _encoded(hmac.new(secret.encode(), _PURPOSE + destination.encode(), hashlib.sha256).digest())


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
