"""What was known at a time, for the page: ``firstseen map-state`` in a child, because folding a long log takes seconds.

One child runs at a time. Equal questions share it, a few others wait their turn, and a child that nobody waits for any
more is killed.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from streams.io.cpu_priority import LOWEST

MOST_WAITING = 10
"""Questions beside the one that is being answered."""
_MOST_REMEMBERED = 200
_FRESH_SECONDS = 60.0
_LONGEST_SECONDS = 600.0

Ask = Callable[[date, int], Coroutine[Any, Any, bytes]]


class PastError(OSError):
    """It could not be read. The message says why."""


@dataclass(slots=True)
class _Question:
    answer: asyncio.Task[bytes]
    asked_by: int = 0


class PastMapStates:
    """Answers one question at a time; a question that was answered a moment ago has the same answer."""

    def __init__(self, clock: Callable[[], float], ask: Ask | None = None) -> None:
        """``clock`` returns seconds that only grow; ``ask`` has an answer made, by default by a child."""
        self._clock, self._ask = clock, ask or _ask
        self._turn = asyncio.Lock()
        self._open: dict[tuple[date, int], _Question] = {}
        self._answers: OrderedDict[tuple[date, int], tuple[float, bytes]] = OrderedDict()

    async def __call__(self, as_of: date, days: int) -> bytes:
        """Return the picture of so many days up to one, as known then and as known now, in JSON. Raises PastError."""
        when, answer = self._answers.get((as_of, days), (None, b""))
        if when is not None and when >= self._clock() - _FRESH_SECONDS:
            return answer
        question = self._open.get((as_of, days)) or self._opened(as_of, days)
        question.asked_by += 1
        try:
            return await asyncio.shield(question.answer)
        finally:
            question.asked_by -= 1
            if not question.asked_by:
                del self._open[as_of, days]
                question.answer.cancel()

    def _opened(self, as_of: date, days: int) -> _Question:
        if len(self._open) > MOST_WAITING:
            raise PastError(f"{MOST_WAITING} other questions wait already")
        question = self._open[as_of, days] = _Question(asyncio.create_task(self._answer(as_of, days)))
        return question

    async def _answer(self, as_of: date, days: int) -> bytes:
        async with self._turn:
            answer = await self._ask(as_of, days)
        self._answers[as_of, days] = self._clock(), answer
        self._answers.move_to_end((as_of, days))
        if len(self._answers) > _MOST_REMEMBERED:
            self._answers.popitem(last=False)
        return answer


async def _ask(as_of: date, days: int) -> bytes:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "firstseen", "map-state", "--as-of", str(as_of), "--days", str(days), "--json",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    try:
        with suppress(ProcessLookupError):  # it may be over already
            os.setpriority(os.PRIO_PROCESS, child.pid, LOWEST)
        async with asyncio.timeout(_LONGEST_SECONDS):
            told, error = await child.communicate()
    except TimeoutError:
        raise PastError(f"it takes longer than {_LONGEST_SECONDS:g} s") from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode:
        lines = error.decode(errors="replace").strip().splitlines()
        raise PastError(lines[-1] if lines else f"map-state ended with exit code {child.returncode}")
    return told
