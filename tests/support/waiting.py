"""How long a test waits for something that happens sooner or later, and how."""

from __future__ import annotations

from collections.abc import Callable

from streams.io.clock import monotonic, pause

PATIENCE_SECONDS = 300.0
"""Far more than a busy machine needs: a limit costs nothing unless it is reached."""


def until(condition: Callable[[], object], failure: Callable[[], str] = lambda: "it never happened") -> None:
    """Wait for a condition, such as one that the brokers do not know of at once."""
    deadline = monotonic() + PATIENCE_SECONDS
    while not condition():
        assert monotonic() < deadline, failure()
        pause(0.02)
