"""Responses that clients may keep: an entity tag, 304 for a client that has it, and one compressed copy for all."""

from __future__ import annotations

import gzip
import hashlib
from functools import cached_property
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from pydantic_core import to_json

_COMPRESS_FROM_BYTES = 1_000


class CachedResponse:
    """A body, its media type, and a tag that changes with the body.

    It may be kept and served many times. Every open page fetches the same response after an alert, so the gzip copy is
    made once; GZipMiddleware leaves a compressed response as it is.
    """

    def __init__(self, body: bytes, media_type: str = "application/json", next_page: str | None = None) -> None:
        """``next_page`` is the path and query of the next page, for the header that links to it."""
        self.body, self.media_type, self.next_page = body, media_type, next_page
        self.tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'

    @classmethod
    def json(cls, value: Any, media_type: str = "application/json", next_page: str | None = None) -> CachedResponse:
        """Return a response whose body is a value in JSON."""
        return cls(to_json(value), media_type, next_page)

    @cached_property
    def compressed(self) -> bytes:
        """The body in gzip."""
        return gzip.compress(self.body, 6, mtime=0)

    def respond(
        self, request: Request, cache: str = "no-cache", headers: dict[str, str] | None = None, status: int = 200
    ) -> Response:
        """Return the response to a request: 304 when the client has the tag. ``cache`` is the ``Cache-Control``.

        An error is sent whole to every client (RFC 9110, 13.2.1).
        """
        sent = {"ETag": self.tag, "Cache-Control": cache, "Vary": "Accept-Encoding", **(headers or {})}
        known = request.headers.get("if-none-match", "")
        if status == HTTPStatus.OK and (self.tag in known or known.strip() == "*"):
            return Response(status_code=304, headers=sent)
        if len(self.body) >= _COMPRESS_FROM_BYTES and "gzip" in request.headers.get("accept-encoding", ""):
            packed = {**sent, "Content-Encoding": "gzip"}
            return Response(self.compressed, status, packed, self.media_type)
        return Response(self.body, status, sent, self.media_type)
