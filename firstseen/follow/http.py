"""Downloads documents of feeds: conditionally, with limits of time and size, and never a truncated one.

A feed leads neither into a private network nor from https to http: every address that it redirects to is checked by
:mod:`firstseen.follow.addresses`, and every name while the connection is made.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.client import responses
from types import TracebackType
from typing import Self
from urllib.request import getproxies

import aiohttp
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from firstseen.follow.addresses import NOT_PUBLIC, address_problem, shown
from firstseen.follow.gunzip import Gunzip
from schemas.feed import LONGEST_ETAG, LONGEST_TIME
from streams.io.public_resolver import NotPublicError, PublicResolver

LARGEST_BYTES = 64 * 2**20
_CONNECT_SECONDS = 15.0
_CHUNK_BYTES = 2**16
_MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CONDITIONS = frozenset({"If-None-Match", "If-Modified-Since"})
_TRUNCATED = "the response is truncated or damaged"
_AGENT = "firstseen/0.1 (follows feeds of conflict events)"


class FeedError(RuntimeError):
    """A feed could not be read. The message says where and why."""

    def __init__(self, text: str, retry_after: str | None = None) -> None:
        # The text may hold anything that a server sent, and goes to a terminal and into a record.
        super().__init__("".join(char if char.isprintable() or char == "\n" else "?" for char in text))
        self.retry_after = retry_after
        """The header ``Retry-After`` of the response, unparsed."""


class DeniedError(FeedError):
    """The publisher requires a key, or rejected the key that was sent: 401 or 403."""


@dataclass(frozen=True, slots=True)
class Response:
    """The response to a request, with its whole body."""

    status: int
    """200; 304, unchanged; 404, no such document."""
    body: bytes = b""
    """The whole document, decompressed."""
    etag: str | None = None
    last_modified: str | None = None
    measured: bool = True
    """False: the server sent no length, so a truncated document may look complete."""


class Client:
    """An HTTP session; use it as a context manager."""

    def __init__(self, seconds: float, largest_bytes: int = LARGEST_BYTES, *, private: bool = False) -> None:
        """``seconds``: time limit of a request with its redirects, from the first byte sent to the last one received.

        ``private``: also permit addresses of this machine and its networks.
        """
        self._seconds, self._largest_bytes, self._private = seconds, largest_bytes, private
        self._proxies = frozenset(URL(proxy).raw_host or "" for kind, proxy in getproxies().items() if kind != "no")
        timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=min(seconds, _CONNECT_SECONDS))
        resolver = ThreadedResolver() if private else PublicResolver(self._proxies)
        # aiohttp accepts a truncated compressed document, so it is decompressed here.
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=resolver),
            timeout=timeout,
            headers={"User-Agent": _AGENT, "Accept-Encoding": "gzip"},
            auto_decompress=False,
            trust_env=True,
        )

    async def get(
        self,
        url: str,
        *,
        secret: Mapping[str, str] | None = None,
        etag: str | None = None,
        last_modified: str | None = None,
    ) -> Response:
        """Return a document, or a response that it is unchanged since this etag or time, or does not exist.

        ``secret``: headers that authenticate the request; they never follow a redirect. Raises FeedError.
        """
        headers = dict(secret or {})
        if etag:
            headers["If-None-Match"] = etag
        elif last_modified:
            headers["If-Modified-Since"] = last_modified
        return await self._request("GET", url, headers, redirects=not secret)

    async def post(self, url: str, form: Mapping[str, str]) -> Response:
        """Send a form, which holds secrets, and return the response. Raises FeedError."""
        return await self._request("POST", url, {}, redirects=False, form=form)

    async def _request(
        self, method: str, url: str, headers: dict[str, str], *, redirects: bool, form: Mapping[str, str] | None = None
    ) -> Response:
        where = shown(url)
        try:
            async with asyncio.timeout(self._seconds), self._follow(method, url, headers, form, redirects) as response:
                _check(response, where, has_secret=not redirects)
                if response.status == HTTPStatus.NOT_MODIFIED and not _CONDITIONS & headers.keys():
                    raise FeedError(f"{where}: answered 304 Not Modified to an unconditional request")
                body = await self._whole(response, where) if response.status == HTTPStatus.OK else b""
                marks = _mark(response, "ETag", LONGEST_ETAG), _mark(response, "Last-Modified", LONGEST_TIME)
                return Response(response.status, body, *marks, measured=_is_measured(response))
        except (TimeoutError, aiohttp.ClientError, zlib.error, ValueError) as error:
            raise FeedError(f"{where}: {_error_in_words(error, self._seconds)}") from error

    @asynccontextmanager
    async def _follow(
        self, method: str, url: str, headers: dict[str, str], form: Mapping[str, str] | None, redirects: bool
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Yield the response at the end of the redirects."""
        where, before = URL(url), None
        for _ in range(_MAX_REDIRECTS + 1):
            if problem := self._problem(where, before, has_secret=not redirects):
                raise FeedError(f"{shown(url)}: {problem}")
            async with self._session.request(
                method, where, headers=headers, data=form, allow_redirects=False
            ) as response:
                target = response.headers.get("Location") if redirects and response.status in _REDIRECTS else None
                if target is None:
                    yield response
                    return
                try:
                    where, before = where.join(URL(target)), where
                except ValueError as error:
                    raise FeedError(f"{shown(url)}: it redirects to an invalid address") from error
        raise FeedError(f"{shown(url)}: it redirects too often")

    def _problem(self, url: URL, before: URL | None, *, has_secret: bool) -> str | None:
        if before is not None and not self._private and url.raw_host in self._proxies:
            return f"it redirects to {shown(str(url))}: {NOT_PUBLIC}"  # the resolver permits the proxies
        return address_problem(url, before, private=self._private, has_secret=has_secret)

    async def _whole(self, response: aiohttp.ClientResponse, where: str) -> bytes:
        encoding = response.headers.get("Content-Encoding", "").strip().lower() or "identity"
        if encoding not in {"identity", "gzip", "x-gzip"}:
            raise FeedError(f"{where}: the response has the encoding {encoding[:20]!r}, but only gzip was accepted")
        unpacker = None if encoding == "identity" else Gunzip(self._largest_bytes)
        body = bytearray()
        async for part in response.content.iter_chunked(_CHUNK_BYTES):
            body += unpacker.feed(part) if unpacker else part
            if len(body) > self._largest_bytes:
                raise FeedError(f"{where}: the document is larger than {self._largest_bytes / 2**20:g} MiB")
        if unpacker and not unpacker.is_whole:
            raise FeedError(f"{where}: {_TRUNCATED}")
        return bytes(body)

    async def __aenter__(self) -> Self:
        """Return the client."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        await self._session.close()
        await asyncio.sleep(0)  # lets the transports close


def _error_in_words(error: Exception, seconds: float) -> str:
    match error:
        case TimeoutError():
            return f"no complete response within {seconds:g} s"
        case aiohttp.ClientPayloadError() | zlib.error():
            return _TRUNCATED
        case aiohttp.InvalidURL() | UnicodeError():
            return "this is not a web address"
        case aiohttp.ClientSSLError():
            return "its certificate is not valid for this name, or it does not support TLS"
        case aiohttp.ClientConnectorError() if isinstance(error.os_error, NotPublicError):
            return f"it leads to {error.host}: {NOT_PUBLIC}"
        case aiohttp.ClientConnectorError():
            return f"no connection ({error.os_error})"
        case aiohttp.ClientResponseError():
            return "the response is not valid HTTP, or its headers are too long"
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientOSError():
            return "the server closed the connection"
        case _:
            return type(error).__name__


def _mark(response: aiohttp.ClientResponse, name: str, longest: int) -> str | None:
    mark = response.headers.get(name)
    return mark if mark and len(mark) <= longest and mark.isascii() and mark.isprintable() else None


def _is_measured(response: aiohttp.ClientResponse) -> bool:
    return response.content_length is not None or "Transfer-Encoding" in response.headers


def _check(response: aiohttp.ClientResponse, where: str, *, has_secret: bool) -> None:
    status = response.status
    if status in {HTTPStatus.OK, HTTPStatus.NOT_MODIFIED, HTTPStatus.NOT_FOUND}:
        return
    words = f"{status} {responses.get(status, '')}".strip()
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise DeniedError(f"{where}: answered {words}")
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        target = response.headers.get("Location")
        if not target or not has_secret:
            raise FeedError(f"{where}: answered {words} without a usable Location")
        raise FeedError(f"{where}: it redirects to {shown(target)}, and keys are not sent there: set the new address")
    raise FeedError(f"{where}: answered {words}", response.headers.get("Retry-After"))
