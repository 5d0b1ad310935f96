"""Limits the requests from one address, and the number of open event streams. Runs before any route."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, ip_address, ip_network

from cachetools import LRUCache
from starlette.types import ASGIApp, Receive, Scope, Send

from web.http.problem import problem

_STREAM = "/api/v1/events"

REQUESTS_PER_SECOND, BURST = 30.0, 300.0
"""API requests from one address. Event streams do not count here; the number of open ones is limited instead."""
_TRACKED_ADDRESSES = 10_000


@dataclass(slots=True)
class TokenBucket:
    """The requests that one address has left."""

    tokens: float
    updated: float
    """When ``tokens`` was counted, in seconds of the limiter's clock."""

    def take(self, now: float) -> float:
        """Take one request; return the seconds to wait for it, 0 when there is one left."""
        self.tokens = min(BURST, self.tokens + (now - self.updated) * REQUESTS_PER_SECOND)
        self.updated = now
        if self.tokens < 1:
            return (1 - self.tokens) / REQUESTS_PER_SECOND
        self.tokens -= 1
        return 0.0


class RateLimiter:
    """ASGI middleware: responds with 503 when too many event streams are open.

    An address that calls too often, or has half of all possible streams, gets 429.
    """

    def __init__(self, app: ASGIApp, clock: Callable[[], float], max_streams: int) -> None:
        """``clock`` returns monotonic seconds."""
        self._app, self._clock, self._max_streams = app, clock, max_streams
        self._max_streams_of_address = max(1, max_streams // 2)
        self._streams: Counter[str] = Counter()
        self._buckets: LRUCache[str, TokenBucket] = LRUCache(_TRACKED_ADDRESSES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
        elif scope["path"] == _STREAM:
            await self._stream(scope, receive, send)
        elif (wait := self._bucket(scope).take(self._clock())) > 0:
            seconds = max(1, round(wait))
            detail = f"Too many requests from this address; retry in {seconds} s."
            await problem(429, detail, {"Retry-After": str(seconds)})(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        address = _address(scope)
        if self._streams.total() >= self._max_streams:
            detail = "Too many event streams are open; retry in 30 s."
            await problem(503, detail, {"Retry-After": "30"})(scope, receive, send)
            return
        if self._streams[address] >= self._max_streams_of_address:
            detail = f"This address has {self._streams[address]:,} open event streams, the limit: close some first."
            await problem(429, detail, {"Retry-After": "30"})(scope, receive, send)
            return
        self._streams[address] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._streams[address] -= 1
            self._streams += Counter()  # forgets addresses without a stream

    def _bucket(self, scope: Scope) -> TokenBucket:
        address = _address(scope)
        if address not in self._buckets:
            self._buckets[address] = TokenBucket(BURST, self._clock())
        return self._buckets[address]


def _address(scope: Scope) -> str:
    return _network_of(scope["client"][0]) if scope.get("client") else ""


@lru_cache(_TRACKED_ADDRESSES)
def _network_of(address: str) -> str:
    """Return an IPv4 address itself, and the first half of an IPv6 address: one subscriber has all the rest."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, IPv4Address):
        return address
    return str(ip.ipv4_mapped or ip_network((int(ip), 64), strict=False))
