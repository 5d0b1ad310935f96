"""Answers the page's questions about the past: runs ``firstseen map-state`` in a child process and returns its JSON.

A child, because folding a long log takes seconds. One child runs at a time. Equal queries share it, a limited number of
others wait, and a child is killed when its last requester disconnects.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from cachetools import TTLCache

from streams.io.cpu_priority import LOWEST

MAX_WAITING = 10
"""Limit of queries that wait for the running one."""
_MAX_CACHED = 200
_CACHE_SECONDS = 60.0
_LONGEST_SECONDS = 600.0

Ask = Callable[[date, int], Coroutine[Any, Any, bytes]]


class PastError(OSError):
    """The map state could not be computed. The message says why."""


@dataclass(slots=True)
class _PendingQuery:
    answer: asyncio.Task[bytes]
    requesters: int = 0


class PastMapStates:
    """Answers one query at a time and caches each answer for a minute."""

    def __init__(self, clock: Callable[[], float], ask: Ask | None = None) -> None:
        """``clock`` returns monotonic seconds; ``ask`` computes an answer, by default in a child process."""
        self._ask = ask or _ask
        self._lock = asyncio.Lock()
        self._pending: dict[tuple[date, int], _PendingQuery] = {}
        self._answers: TTLCache[tuple[date, int], bytes] = TTLCache(_MAX_CACHED, _CACHE_SECONDS, timer=clock)

    async def __call__(self, as_of: date, days: int) -> bytes:
        """Return the JSON of ``map-state`` for a window of ``days`` that ends with ``as_of``. Raises PastError."""
        if (answer := self._answers.get((as_of, days))) is not None:
            return answer
        query = self._pending.get((as_of, days)) or self._start(as_of, days)
        query.requesters += 1
        try:
            return await asyncio.shield(query.answer)
        finally:
            query.requesters -= 1
            if not query.requesters:
                del self._pending[as_of, days]
                query.answer.cancel()

    def _start(self, as_of: date, days: int) -> _PendingQuery:
        if len(self._pending) > MAX_WAITING:
            raise PastError(f"{MAX_WAITING} other queries are waiting; try again later")
        query = self._pending[as_of, days] = _PendingQuery(asyncio.create_task(self._answer(as_of, days)))
        return query

    async def _answer(self, as_of: date, days: int) -> bytes:
        async with self._lock:
            answer = await self._ask(as_of, days)
        self._answers[as_of, days] = answer
        return answer


async def _ask(as_of: date, days: int) -> bytes:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "firstseen", "map-state", "--as-of", str(as_of), "--days", str(days), "--json",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    try:
        with suppress(ProcessLookupError):  # the child may have exited
            os.setpriority(os.PRIO_PROCESS, child.pid, LOWEST)
        async with asyncio.timeout(_LONGEST_SECONDS):
            output, error = await child.communicate()
    except TimeoutError:
        raise PastError(f"it took longer than {_LONGEST_SECONDS:g} s") from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode:
        lines = error.decode(errors="replace").strip().splitlines()
        raise PastError(lines[-1] if lines else f"map-state exited with code {child.returncode}")
    return output
