"""The only reader of the clock. What decides takes its time as an argument."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def monotonic() -> float:
    """Return seconds that only grow; their difference is a duration."""
    return time.monotonic()


def now() -> datetime:
    """Return the time, UTC."""
    return datetime.now(UTC)


def pause(seconds: float) -> None:
    """Wait."""
    time.sleep(seconds)
