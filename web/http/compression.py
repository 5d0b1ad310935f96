"""Responses in gzip for clients that accept it; plain ones for all others (RFC 9110, 12.5.3)."""

from __future__ import annotations

import re

from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import Receive, Scope, Send

_REFUSED = re.compile(r"\bgzip\s*;\s*q\s*=\s*0(?:\.0*)?\s*(?:,|$)", re.IGNORECASE)
_HEADER = b"accept-encoding"


class Compression(GZipMiddleware):
    """ASGI middleware. Neither Starlette's nor :mod:`web.http.caching` reads the weight in ``gzip;q=0``."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] == "http" and _REFUSED.search(Headers(scope=scope).get("accept-encoding", "")):
            scope = {**scope, "headers": [header for header in scope["headers"] if header[0] != _HEADER]}
        await super().__call__(scope, receive, send)
