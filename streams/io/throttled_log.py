"""Logs a recurring warning at most once a minute, with the number of repetitions."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from streams.io.clock import monotonic

INTERVAL_SECONDS = 60.0
"""The shortest time between two log lines about the same condition."""
_MAX_CONDITIONS = 10_000


@dataclass(frozen=True, slots=True)
class Recurrence:
    """How often a condition has occurred since it was last logged."""

    logged_at: float
    """When it was last logged, in seconds."""
    unlogged: int = 0
    """Occurrences since then."""


def record_occurrence(before: Recurrence | None, now: float) -> tuple[Recurrence, int]:
    """Return the updated recurrence, and how many occurrences to log now; 0: do not log."""
    if before is None:
        return Recurrence(now), 1
    occurrences = before.unlogged + 1
    if now - before.logged_at < INTERVAL_SECONDS:
        return Recurrence(before.logged_at, occurrences), 0
    return Recurrence(now), occurrences


class ThrottledLog:
    """Logs a warning at most once a minute for each condition, with the number of occurrences since the last line."""

    def __init__(self, log: logging.Logger, clock: Callable[[], float] = monotonic) -> None:
        """``clock`` returns the seconds of a monotonic clock."""
        self._log, self._clock = log, clock
        self._recurrences: dict[str, Recurrence] = {}

    def warning(self, condition: str, message: str, *arguments: object) -> None:
        """Log a warning, unless one was logged for this condition within the last minute."""
        recurrence, occurrences = record_occurrence(self._recurrences.pop(condition, None), self._clock())
        self._recurrences[condition] = recurrence
        if len(self._recurrences) > _MAX_CONDITIONS:
            del self._recurrences[next(iter(self._recurrences))]
        if occurrences > 1:
            self._log.warning(f"{message} (%d times since the last such line)", *arguments, occurrences)
        elif occurrences:
            self._log.warning(message, *arguments)
