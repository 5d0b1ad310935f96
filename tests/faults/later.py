"""Things to do after a while, such as healing what was broken, and all that is left of them at the end."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Later:
    """Does each thing once, from a thread of its own, at its time or in `finish`."""

    def __init__(self) -> None:
        self._timers: list[tuple[threading.Timer, Callable[[], None]]] = []
        self._failed: list[Exception] = []

    def after(self, seconds: float, does: Callable[[], None]) -> None:
        """Do it after so many seconds."""
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
        """Do now what was for later, and wait for what is under way. Raises the first error of all."""
        for timer, once in self._timers:
            timer.cancel()
            once()
        for timer, _ in self._timers:
            timer.join()
        self._timers.clear()
        if self._failed:
            raise self._failed[0]
