"""Who may read, and how often: before any route is asked."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from web.problems import problem

_OPEN_PATHS = {"/health", "/slack/events"}
"""What a supervisor asks, and what Slack signs."""
_SIGHTINGS = "/api/v1/sightings"
_STREAM = "/api/v1/events"

REQUESTS_PER_SECOND, BURST = 30.0, 300.0
"""Of one address, to the API; streams are not counted, but as many as are open at once."""
MOST_STREAMS = 2_000
_MOST_ADDRESSES = 10_000


class ReadToken:
    """Lets those read who have the token: as a bearer, or as the password of any user, which browsers ask for."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app, self._token = app, token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and not _is_open(scope):
            given = _password(Headers(scope=scope).get("authorization", ""))
            if given is None or not hmac.compare_digest(given, self._token):
                told = "Reading needs the token: as `Authorization: Bearer TOKEN`, or as the password of any user."
                await problem(401, told, {"WWW-Authenticate": 'Basic realm="Firstseen", charset="UTF-8"'})(
                    scope, receive, send
                )
                return
        await self._app(scope, receive, send)


class Limits:
    """Refuses who asks too often (429), and streams above the most there may be (503)."""

    def __init__(self, app: ASGIApp, clock: Callable[[], float]) -> None:
        """``clock`` returns seconds that only grow."""
        self._app, self._clock = app, clock
        self._streams = 0
        self._known: OrderedDict[str, Bucket] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
        elif scope["path"] == _STREAM:
            await self._stream(scope, receive, send)
        elif (wait := self._bucket(scope).take(self._clock())) > 0:
            told = problem(429, "Too many requests of one address: wait.", {"Retry-After": str(max(1, round(wait)))})
            await told(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._streams >= MOST_STREAMS:
            await problem(503, "Too many pages are open here: try again later.", {"Retry-After": "30"})(
                scope, receive, send
            )
            return
        self._streams += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._streams -= 1

    def _bucket(self, scope: Scope) -> Bucket:
        address = scope["client"][0] if scope.get("client") else ""
        bucket = self._known.setdefault(address, Bucket(BURST, self._clock()))
        self._known.move_to_end(address)
        if len(self._known) > _MOST_ADDRESSES:
            self._known.popitem(last=False)
        return bucket


@dataclass(slots=True)
class Bucket:
    """What an address has left of its requests."""

    left: float
    counted: float
    """When that was, in seconds."""

    def take(self, now: float) -> float:
        """Take one request; return how many seconds to wait for it, 0 when it was there."""
        self.left = min(BURST, self.left + (now - self.counted) * REQUESTS_PER_SECOND)
        self.counted = now
        if self.left < 1:
            return (1 - self.left) / REQUESTS_PER_SECOND
        self.left -= 1
        return 0.0


def _is_open(scope: Scope) -> bool:
    return scope["path"] in _OPEN_PATHS or (scope["path"] == _SIGHTINGS and scope["method"] == "POST")


def _password(authorization: str) -> bytes | None:
    kind, _, given = authorization.partition(" ")
    if kind.lower() == "bearer":
        return given.strip().encode()
    if kind.lower() != "basic":
        return None
    try:
        return base64.b64decode(given.strip(), validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return None
