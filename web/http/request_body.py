"""Reading a request's body within limits, and what its headers must say about it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from email.message import Message

from fastapi import HTTPException, Request
from starlette.requests import ClientDisconnect

_MAX_DIGITS = 18
_MAX_QUOTED = 40
_JSON = "application/json"
_UNSTATED = frozenset({"text/plain", "application/octet-stream", "application/x-www-form-urlencoded"})
"""Types that libraries and curl send when their user states none."""
_UTF_8 = frozenset({"utf-8", "utf8", "us-ascii"})


async def read_body(request: Request, max_bytes: int, seconds: float) -> bytes:
    """Return the body of a request.

    Raises HTTPException: 411 without a length, 413 above ``max_bytes``, 408 after ``seconds``, and 400 when the client
    disconnects.
    """
    length = request.headers.get("content-length", "")
    if not (length.isascii() and length.isdecimal()):
        raise HTTPException(411, "State the length of the body in Content-Length")
    if len(length) > _MAX_DIGITS or int(length) > max_bytes:
        raise HTTPException(413, f"The body may have at most {max_bytes:,} bytes")
    try:
        async with asyncio.timeout(seconds):
            return await request.body()
    except TimeoutError:
        detail = f"The body did not arrive within {seconds:g} s: send it again"
        raise HTTPException(408, detail, {"Connection": "close"}) from None
    except ClientDisconnect:
        raise HTTPException(400, "The client disconnected before its body arrived") from None


def require_json(headers: Mapping[str, str]) -> None:
    """Raise HTTPException 415 if headers say that the body is not uncompressed JSON in UTF-8.

    A client that states no type, or the default of its library, is not refused: the body shows what it is.
    """
    message = Message()
    message["Content-Type"] = headers.get("content-type", "") or _JSON
    kind, charset = message.get_content_type(), message.get_content_charset("utf-8")
    if kind not in _UNSTATED and not kind.endswith("json"):
        raise HTTPException(415, f"The body is {kind[:_MAX_QUOTED]}: send JSON as {_JSON}")
    if charset not in _UTF_8:
        raise HTTPException(415, f"The body is in {charset[:_MAX_QUOTED]}: send it in UTF-8")
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding not in {"", "identity"}:
        raise HTTPException(415, f"The body is encoded with {encoding[:_MAX_QUOTED]}: send it uncompressed")
