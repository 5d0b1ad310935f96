"""What was known at a time, for the page: ``firstseen map-state`` in a child, for to fold a long log takes seconds."""

from __future__ import annotations

import asyncio
import os
import sys
from collections import OrderedDict
from collections.abc import Callable
from datetime import date

from streams.runtime.priority import LOWEST

_MOST_REMEMBERED = 200
_FRESH_SECONDS = 60.0


class PastError(OSError):
    """It could not be read. The message says why."""


class Past:
    """Answers one question at a time; one that was asked a moment ago is answered as then."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """``clock`` returns seconds that only grow."""
        self._clock = clock
        self._turn = asyncio.Lock()
        self._answers: OrderedDict[tuple[date, int], tuple[float, bytes]] = OrderedDict()

    async def __call__(self, as_of: date, days: int) -> bytes:
        """Return the picture of so many days up to one, as known then and as known now, in JSON. Raises PastError."""
        async with self._turn:
            when, answer = self._answers.get((as_of, days), (None, b""))
            if when is None or when < self._clock() - _FRESH_SECONDS:
                answer = await _ask(as_of, days)
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
        os.setpriority(os.PRIO_PROCESS, child.pid, LOWEST)
        told, error = await child.communicate()
    except BaseException:
        child.kill()
        raise
    if child.returncode:
        lines = error.decode(errors="replace").strip().splitlines()
        raise PastError(lines[-1] if lines else f"map-state ended with exit code {child.returncode}")
    return told
