"""Logs a lasting condition at most once a minute."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from streams.io.clock import monotonic

EVERY_SECONDS = 60.0
"""Between two lines about the same."""
_MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Lasting:
    """A condition that is met again and again."""

    logged_at: float
    """When the last line about it was written, in seconds."""
    unlogged: int = 0
    """How often it was met since."""


def met(before: Lasting | None, now: float) -> tuple[Lasting, int]:
    """Return the condition once it is met again, and for how often a line is due now; 0 when none is."""
    if before is None:
        return Lasting(now), 1
    times = before.unlogged + 1
    if now - before.logged_at < EVERY_SECONDS:
        return Lasting(before.logged_at, times), 0
    return Lasting(now), times


class SparingLog:
    """Writes a warning at most once a minute for each condition, and how often it was met meanwhile."""

    def __init__(self, log: logging.Logger, clock: Callable[[], float] = monotonic) -> None:
        """``clock`` returns seconds that only grow."""
        self._log, self._clock = log, clock
        self._met: dict[str, Lasting] = {}

    def warning(self, what: str, message: str, *arguments: object) -> None:
        """Write a line if one is due; ``what`` names the condition."""
        lasting, times = met(self._met.pop(what, None), self._clock())
        self._met[what] = lasting
        if len(self._met) > _MOST_REMEMBERED:
            del self._met[next(iter(self._met))]
        if times > 1:
            self._log.warning(f"{message} (%d times since the last such line)", *arguments, times)
        elif times:
            self._log.warning(message, *arguments)
