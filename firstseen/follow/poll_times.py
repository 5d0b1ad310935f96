"""Decides when a feed is polled next. Pure: :mod:`firstseen.follow.loop` waits."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

FIRST_PAUSE_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 86_400.0
"""The feed is polled again after a day, even if the publisher asks for a longer pause."""

LONGEST_DURATION = timedelta(days=36_500)

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DURATION = re.compile(r"([0-9]{1,6})([smhd])")


def parse_duration(text: str) -> timedelta:
    """Parse ``90s``, ``15m``, ``6h`` or ``2d``. Raises ValueError with the expected form or the limit."""
    if not (found := _DURATION.fullmatch(text.strip())):
        raise ValueError(f"{text[:40]!r} is not a duration: write a number and its unit, such as 90s, 15m, 6h or 2d")
    duration = timedelta(**{_UNITS[found[2]]: int(found[1])})
    if duration > LONGEST_DURATION:
        raise ValueError(f"{text.strip()} is too long: at most {LONGEST_DURATION.days}d")
    return duration


def duration_in_words(duration: timedelta) -> str:
    """Return a duration in the form of :func:`parse_duration`, in the largest unit that divides it."""
    seconds = round(duration.total_seconds())
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def pause_after_failure(failures: int, every: timedelta, retry_after: float, draw: float) -> float:
    """Return how many seconds to wait after this number of failures in a row.

    The pause doubles from 5 s up to ``every``. ``draw``, 0 to 1, spreads it over its upper half, so that many followers
    do not retry at once. The pause is at least ``retry_after`` seconds and at most a day.
    """
    longest: float = min(every.total_seconds(), FIRST_PAUSE_SECONDS * 2.0 ** min(failures - 1, 20))
    spread = longest * (0.5 + draw / 2)
    return min(max(spread, retry_after), LONGEST_PAUSE_SECONDS)


def first_poll(succeeded: datetime | None, failed: bool, every: timedelta, now: datetime) -> datetime:
    """Return when to poll after a start: immediately, unless the last poll succeeded less than ``every`` ago.

    A success in the future comes from a machine with a wrong clock and is ignored.
    """
    return now if succeeded is None or failed or succeeded > now else max(now, succeeded + every)
