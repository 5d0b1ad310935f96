"""Waits in tests for something that happens sooner or later."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from streams.io.clock import monotonic, pause

Found = TypeVar("Found")

PATIENCE_SECONDS = 300.0
"""Far more than a busy machine needs: a limit costs nothing unless it is reached."""


def until(condition: Callable[[], object], failure: Callable[[], str] = lambda: "it never happened") -> None:
    """Wait for a condition, such as one that the brokers do not know of at once."""
    deadline = monotonic() + PATIENCE_SECONDS
    while not condition():
        assert monotonic() < deadline, failure()
        pause(0.02)


async def until_found(look: Callable[[], Awaitable[Found | None]]) -> Found:
    """Look again and again, slower than the API's rate limit, until there is something to return."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (found := await look()) is None:
            await asyncio.sleep(0.05)
    return found
