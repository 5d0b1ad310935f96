"""Runs queries of the history database in threads, a bounded number at once, so that the event loop never waits."""

from __future__ import annotations

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from history.database import History, HistoryError, Question, require_filled

Answer = TypeVar("Answer")

THREADS = 4
"""Queries that run at the same time. Python computes one at a time; SQLite reads beside it."""
MAX_WAITING = 60
"""Queries that wait for a thread."""


class BusyError(HistoryError):
    """Too many queries are waiting."""


class Queries:
    """Queries about what is on record."""

    def __init__(self, history: History) -> None:
        self.history = history
        self._threads = ThreadPoolExecutor(THREADS, "query")
        self._asked = 0

    async def ask(self, question: Question[Answer]) -> Answer:
        """Return the result of a query.

        Raises BusyError, or HistoryError if the database cannot be read or is being filled.
        """
        if self._asked >= THREADS + MAX_WAITING:
            raise BusyError(f"{MAX_WAITING} other queries are waiting; retry in a second")
        self._asked += 1

        def if_filled(connection: sqlite3.Connection) -> Answer:
            require_filled(connection)
            return question(connection)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self.history.ask, if_filled)
        finally:
            self._asked -= 1

    def close(self) -> None:
        """Close the database when the running queries have ended."""
        self._threads.shutdown(cancel_futures=True)
        self.history.close()
