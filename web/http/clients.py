"""What a client sends, and whether it still waits: no route reads a body, or works for long, but through here."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from fastapi import HTTPException, Request
from starlette.requests import ClientDisconnect

Answer = TypeVar("Answer")

_MOST_DIGITS = 18


async def read_body(request: Request, most_bytes: int, seconds: float) -> bytes:
    """Return the body. Raises HTTPException: 411 without a length, 413 above the most, 408 when it comes too late."""
    length = request.headers.get("content-length", "")
    if not (length.isascii() and length.isdecimal()):
        raise HTTPException(411, "Say how long the body is: Content-Length")
    if len(length) > _MOST_DIGITS or int(length) > most_bytes:
        raise HTTPException(413, f"At most {most_bytes:,} bytes are read")
    try:
        async with asyncio.timeout(seconds):
            return await request.body()
    except TimeoutError:
        told = f"The body did not come within {seconds:g} s: send it again"
        raise HTTPException(408, told, {"Connection": "close"}) from None
    except ClientDisconnect:
        raise HTTPException(400, "The client left before its body was here") from None


async def unless_gone(request: Request, work: Coroutine[Any, Any, Answer]) -> Answer | None:
    """Return what the work comes to, or cancel it and return None as soon as its client is gone."""
    working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.wait({working, leaving})


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
