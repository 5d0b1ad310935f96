"""The only reader of the clock. What decides takes its time as an argument."""

from __future__ import annotations

import time


def monotonic() -> float:
    """Return seconds that only grow; their difference is a duration."""
    return time.monotonic()


def pause(seconds: float) -> None:
    """Wait."""
    time.sleep(seconds)
