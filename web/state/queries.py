"""Asks the history database in threads, so that the event loop never waits, and a bounded number of times at once."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from history.database import History, HistoryError, Question

Answer = TypeVar("Answer")

THREADS = 4
"""Questions that are answered at the same time. Python computes one at a time; SQLite reads beside it."""
MAX_WAITING = 60
"""Questions that wait for a thread."""


class BusyError(HistoryError):
    """Too many questions are waiting."""


class Questions:
    """Answers questions about what is on record."""

    def __init__(self, history: History) -> None:
        self.history = history
        self._threads = ThreadPoolExecutor(THREADS, "question")
        self._asked = 0

    async def ask(self, question: Question[Answer]) -> Answer:
        """Return the answer. Raises BusyError, or HistoryError if the database cannot be read."""
        if self._asked >= THREADS + MAX_WAITING:
            raise BusyError(f"{MAX_WAITING} other questions are waiting; retry in a second")
        self._asked += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self.history.ask, question)
        finally:
            self._asked -= 1

    def close(self) -> None:
        """Close the database when the running questions are answered."""
        self._threads.shutdown(cancel_futures=True)
        self.history.close()
