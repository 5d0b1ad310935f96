"""Answers over HTTP: packed for those who take that, and not said again to those who have it."""

from __future__ import annotations

import gzip
import hashlib
from typing import Any

import orjson
from fastapi import Request, Response

_WORTH_PACKING_BYTES = 1_000


class Answer:
    """Bytes of a media type, and a tag that changes when they do. What is asked for often is made once."""

    def __init__(self, plain: bytes, media_type: str = "application/json") -> None:
        self.plain, self.media_type = plain, media_type
        self.tag = f'"{hashlib.sha256(plain).hexdigest()[:32]}"'
        self._packed: bytes | None = None

    @classmethod
    def of(cls, value: Any, media_type: str = "application/json") -> Answer:
        """Return an answer in JSON."""
        return cls(orjson.dumps(value), media_type)

    @property
    def packed(self) -> bytes:
        """Return it as gzip has it."""
        if self._packed is None:
            self._packed = gzip.compress(self.plain, 6, mtime=0)
        return self._packed

    def to(self, request: Request, cache: str = "no-cache", headers: dict[str, str] | None = None) -> Response:
        """Return the response to a request; ``cache`` is its ``Cache-Control``."""
        told = {"ETag": self.tag, "Cache-Control": cache, "Vary": "Accept-Encoding", **(headers or {})}
        if self.tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=told)
        if len(self.plain) >= _WORTH_PACKING_BYTES and "gzip" in request.headers.get("accept-encoding", ""):
            return Response(self.packed, headers={**told, "Content-Encoding": "gzip"}, media_type=self.media_type)
        return Response(self.plain, headers=told, media_type=self.media_type)
