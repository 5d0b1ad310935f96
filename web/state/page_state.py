"""State of the page outside the history database: how complete the database is, and the stages' heartbeats."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from history.database import HistoryError
from schemas.heartbeat import Heartbeat
from web.state.alert_log import AlertLog


@dataclass(slots=True)
class PageState:
    """What the follower reports and the routes read. All of it happens in the event loop of the page."""

    alerts: AlertLog
    heartbeats: dict[str, Heartbeat] = field(default_factory=dict)
    """The last heartbeat of each partition, by ``stage/partition``."""
    history_problem: str | None = None
    """Why the history database cannot be filled, and what to do."""
    was_complete: bool = False
    """Whether the database has held all records since the page was started."""
    _is_complete: bool = False
    _left: int = 0
    _is_stale: bool = False
    _refreshing: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Show that the topics are being read."""
        self._is_complete = False
        self.alerts.set_state("catching-up")

    def behind(self, left: int) -> None:
        """Show how many offsets of the topics are left to read, or how many groups' runs to compute."""
        self._left = left
        if left:
            self.alerts.set_state("catching-up")
            self.alerts.set_lag(left)
        elif self._is_complete:
            self.alerts.set_state("caught-up")

    def caught_up(self) -> None:
        """Show that everything is read."""
        self.was_complete = self._is_complete = True
        self._left = 0
        self.history_problem = None
        self.changed()

    def lost_kafka(self) -> None:
        """Show that Kafka does not answer."""
        self._is_complete = False
        self.alerts.set_state("kafka-away")

    def failed(self, problem: str) -> None:
        """Show why the history database cannot be filled."""
        self._is_complete = False
        self.history_problem = problem

    def changed(self) -> None:
        """Show the new alert events in the database, if there are any."""
        self._is_stale = True
        if self._refreshing is None:
            self._refreshing = asyncio.create_task(self._refresh())

    async def _refresh(self) -> None:
        try:
            while self._is_stale:
                self._is_stale = False
                await self.alerts.refresh()
        except HistoryError as error:
            self.history_problem = str(error)
        finally:
            self._refreshing = None
        if self._is_complete and not self._left:
            self.alerts.set_state("caught-up")
