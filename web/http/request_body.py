"""Reading a request's body within limits."""

from __future__ import annotations

import asyncio

from fastapi import HTTPException, Request
from starlette.requests import ClientDisconnect

_MAX_DIGITS = 18


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
