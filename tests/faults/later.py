"""Runs functions after a delay, such as the end of a fault; a run that ends calls the remaining ones."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Later:
    """Calls each function once, in a thread of its own, when it is due or in `finish`."""

    def __init__(self) -> None:
        self._timers: list[tuple[threading.Timer, Callable[[], None]]] = []
        self._failed: list[Exception] = []

    def after(self, seconds: float, does: Callable[[], None]) -> None:
        """Call a function after a number of seconds."""
        done = threading.Lock()

        def once() -> None:
            if done.acquire(blocking=False):
                try:
                    does()
                except Exception as error:
                    self._failed.append(error)

        timer = threading.Timer(seconds, once)
        timer.daemon = True
        self._timers.append((timer, once))
        timer.start()

    def finish(self) -> None:
        """Call all remaining functions now and wait for the running ones. Raises the first error."""
        for timer, once in self._timers:
            timer.cancel()
            once()
        for timer, _ in self._timers:
            timer.join()
        self._timers.clear()
        if self._failed:
            raise self._failed[0]
