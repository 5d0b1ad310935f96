"""Under which names the page is answered, who may read, and how often: before any route is asked."""

from __future__ import annotations

import base64
import binascii
import hmac
import ipaddress
import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from web.http.problem import problem

_HOST = re.compile(r"(?:\[(?P<address>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9._~-]{1,255}))(?::(?P<port>[0-9]{1,5}))?")
_SIGHTINGS = "/api/v1/sightings"
_REJECTIONS = "/api/v1/rejections"
_STREAM = "/api/v1/events"

REQUESTS_PER_SECOND, BURST = 30.0, 300.0
"""Of one address, to the API; streams are not counted, but as many as are open at once."""
_MOST_ADDRESSES = 10_000
_HIGHEST_PORT = 65_535


@dataclass(frozen=True, slots=True)
class Names:
    """The names under which readers reach the page; None in place of this: any."""

    known: frozenset[str]
    """Lower case, as in the header ``Host``, without a port."""
    within: bool
    """Whether only this machine reaches it. Else addresses, and names without a dot, which nobody can point here from
    the internet, are known, too."""

    @classmethod
    def of(cls, host: str, page_url: str | None, *, token: bool) -> Names | None:
        """Return the names of a page that listens on a host; ``token``: readers have one.

        A web site can point a name of its own at this machine and so read what its visitors can (DNS rebinding). It
        cannot read what asks for a token.
        """
        within = is_loopback(host)
        if token and not within:
            return None
        page = urlsplit(page_url).hostname if page_url else None
        return cls(frozenset(one.lower() for one in (host, page) if one), within)

    def __contains__(self, name: str) -> bool:
        """Whether the page is answered under a name."""
        if name in self.known or is_loopback(name):
            return True
        return not self.within and (_is_address(name) or "." not in name)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, whatever the network."""
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


class Hosts:
    """Refuses requests for a name that is not that of the page, and a ``Host`` that is none."""

    def __init__(self, app: ASGIApp, names: Names | None) -> None:
        self._app, self._names = app, names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        told = self._refusal(scope) if scope["type"] == "http" else None
        await (problem(400, told) if told else self._app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> str | None:
        given = Headers(scope=scope).get("host")
        if not given:  # no browser leaves it out
            return None
        name = _name(given)
        if name is None:
            return "The header Host names no host."
        # What is signed or has a producer's key is no reader's.
        if self._names is None or name in self._names or _is_signed(scope):
            return None
        return f"This page is not called {name[:100]}: set FIRSTSEEN_PAGE_URL to the address that readers use."


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

    def __init__(self, app: ASGIApp, clock: Callable[[], float], most_streams: int) -> None:
        """``clock`` returns seconds that only grow."""
        self._app, self._clock, self._most_streams = app, clock, most_streams
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
        if self._streams >= self._most_streams:
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
    return scope["path"] == "/health" or _is_signed(scope)


def _is_signed(scope: Scope) -> bool:
    """Whether a route checks by itself who asks: Slack's signature, or a producer's key."""
    path: str = scope["path"]
    return path in {"/slack/events", _REJECTIONS} or (path == _SIGHTINGS and scope["method"] == "POST")


def _name(host: str) -> str | None:
    """Return the name in a header ``Host``, in lower case; None for what is no host."""
    found = _HOST.fullmatch(host)
    if found is None or int(found["port"] or 0) > _HIGHEST_PORT:
        return None
    if found["address"]:
        return found["address"].lower() if _is_address(found["address"]) else None
    return found["name"].lower().removesuffix(".") or None


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


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
