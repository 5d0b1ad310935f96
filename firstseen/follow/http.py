"""Downloads documents of feeds: conditionally, with limits of time and size, and never a truncated one."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.client import responses
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import aiohttp

from firstseen.follow.gunzip import Gunzip
from schemas.feed import LONGEST_ETAG, LONGEST_TIME

LARGEST_BYTES = 64 * 2**20
_CONNECT_SECONDS = 15.0
_CHUNK_BYTES = 2**16
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

    def __init__(self, seconds: float, largest_bytes: int = LARGEST_BYTES) -> None:
        """``seconds``: time limit of a request, from the first byte sent to the last byte received."""
        self._seconds, self._largest_bytes = seconds, largest_bytes
        timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=min(seconds, _CONNECT_SECONDS))
        # aiohttp accepts a truncated compressed document, so it is decompressed here.
        self._session = aiohttp.ClientSession(
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
            async with self._session.request(
                method, url, headers=headers, data=form, allow_redirects=redirects, max_redirects=5
            ) as response:
                _check(response, where, has_secret=not redirects)
                if response.status == HTTPStatus.NOT_MODIFIED and not _CONDITIONS & headers.keys():
                    raise FeedError(f"{where}: answered 304 Not Modified to an unconditional request")
                body = await self._whole(response, where) if response.status == HTTPStatus.OK else b""
                marks = _mark(response, "ETag", LONGEST_ETAG), _mark(response, "Last-Modified", LONGEST_TIME)
                return Response(response.status, body, *marks, measured=_is_measured(response))
        except (TimeoutError, aiohttp.ClientError, zlib.error, ValueError) as error:
            raise FeedError(f"{where}: {_error_in_words(error, self._seconds)}") from error

    async def _whole(self, response: aiohttp.ClientResponse, where: str) -> bytes:
        encoding = response.headers.get("Content-Encoding", "identity").lower()
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
        case aiohttp.TooManyRedirects():
            return "it redirects too often"
        case aiohttp.RedirectClientError():
            return "it redirects to an invalid address"
        case aiohttp.InvalidURL() | UnicodeError():
            return "this is not a web address"
        case aiohttp.ClientSSLError():
            return "its certificate is not valid for this name, or it does not support TLS"
        case aiohttp.ClientConnectorError():
            return f"no connection ({error.os_error})"
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


def shown(url: str) -> str:
    """Return an address without user, password and query, which may hold secrets."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an invalid address"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
