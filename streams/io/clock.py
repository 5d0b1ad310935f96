"""The only module that reads the clock. Rules take the time as an argument."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def monotonic() -> float:
    """Return seconds of a monotonic clock."""
    return time.monotonic()


def now() -> datetime:
    """Return the current time, UTC."""
    return datetime.now(UTC)


def pause(seconds: float) -> None:
    """Block for this time."""
    time.sleep(seconds)
