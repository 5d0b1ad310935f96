"""The alert events in one order for every open page. They are in the database; only the latest are kept in memory."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Literal

from cachetools import FIFOCache

from history.alerts import LogEnd, events_after, log_end, number_before
from history.database import HistoryError, instant_text
from schemas.alert import AlertEvent
from web.state.queries import BusyError, Queries

_POSITION = re.compile(r"(?P<fill>[0-9a-f]{1,16})-(?P<number>[0-9]{1,9})-(?P<arrived>[0-9]{1,14})")
_LAST_POSITION_MS = 10**14 - 1
_MARGIN = timedelta(minutes=1)
_CACHED_EVENTS = 1_000
_READ_AT_ONCE = 200
_RETRY_SECONDS = 1.0

State = Literal["catching-up", "caught-up", "kafka-away"]
"""Whether Kafka holds more events than the log. Also the names of the server-sent events that report it to the page."""


@dataclass(frozen=True, slots=True)
class NumberedEvent:
    """An alert event and its number in the log, counted from 1."""

    number: int
    event: AlertEvent


class AlertLog:
    """Every alert event once, in the order in which the database got them.

    A reader keeps only a number, so a slow page costs no memory and delays no other. Not thread-safe.
    """

    def __init__(self, queries: Queries) -> None:
        self._queries = queries
        self.end = LogEnd("0", 0, 0, None)
        """Where the log ended when :meth:`refresh` looked last."""
        self._events: FIFOCache[int, AlertEvent] = FIFOCache(_CACHED_EVENTS)
        self._texts: FIFOCache[int, str] = FIFOCache(_CACHED_EVENTS)
        self._reading = asyncio.Lock()
        self._state: State = "catching-up"
        self.lag = 0
        """How many offsets of the topics are left to read."""
        self._closed = False
        self._changed = asyncio.Event()

    @property
    def position(self) -> str:
        """The position of the last event, for :meth:`number_after`."""
        return self.position_of(self.end.number, self.end.arrived)

    def position_of(self, number: int, arrived: datetime | None) -> str:
        """Return the position of an event that arrived at an instant; number 0 is the beginning."""
        arrived_ms = int(arrived.timestamp() * 1000) if arrived else 0
        return f"{self.end.fill}-{number}-{min(max(0, arrived_ms), _LAST_POSITION_MS)}"

    async def number_after(self, position: str) -> int | None:
        """Return the number of the event at a position, or None when the text is not a position.

        A position of another fill of the database only says when its event arrived, so events from one minute earlier
        on are repeated. Readers recognise them by alert and revision.
        """
        match = _POSITION.fullmatch(position)
        if match is None:
            return None
        fill, number, arrived = match["fill"], int(match["number"]), int(match["arrived"])
        if fill == self.end.fill and number <= self.end.number:
            return number
        return await self.number_before(datetime.fromtimestamp(arrived / 1000, UTC)) if arrived else 0

    async def number_before(self, instant: datetime) -> int:
        """Return a number below those of all events since one minute before an instant.

        Events are nearly in order: partitions may be a moment apart.
        """
        try:
            since = instant_text(instant - _MARGIN)
        except OverflowError:  # it would lie before the year 1, or in another calendar than UTC's
            return 0 if instant.year < _MIDDLE_YEAR else self.end.number
        return await self._queries.ask(partial(number_before, instant=since))

    def text(self, numbered: NumberedEvent, render: Callable[[AlertEvent], str]) -> str:
        """Return an event as text, rendered once for all open pages."""
        text = self._texts.get(numbered.number)
        if text is None:
            text = self._texts[numbered.number] = render(numbered.event)
        return text

    @property
    def state(self) -> State:
        """Whether the log is complete."""
        return self._state

    async def refresh(self) -> None:
        """Look for new events in the database, and wake the readers if there are any."""
        self.show(await self._queries.ask(log_end))

    def show(self, end: LogEnd) -> None:
        """Show the events up to an end."""
        if end.fill != self.end.fill:
            self._events.clear()
            self._texts.clear()
        known, self.end = self.end, end
        if (end.fill, end.number) != (known.fill, known.number):
            self._wake_readers()

    def set_state(self, state: State) -> None:
        """Notify every reader whether the log is complete."""
        if (state, 0) != (self._state, self.lag):
            self._state, self.lag = state, 0
            self._wake_readers()

    def set_lag(self, offsets: int) -> None:
        """Notify every reader how many offsets are left to read."""
        if offsets != self.lag:
            self.lag = offsets
            self._wake_readers()

    def close(self) -> None:
        """End every :meth:`watch`. No other can start."""
        self._closed = True
        self._wake_readers()

    async def watch(self, after: int = 0) -> AsyncIterator[NumberedEvent | State]:
        """Yield every event above a number, then the state, then events and states as they come.

        The state follows after all known events, and again whenever the state or the lag changes. Ends when the
        log is closed.
        """
        reported: tuple[State, int] | None = None
        fill, arrived = self.end.fill, None
        while not self._closed:
            if fill != self.end.fill:  # the events have other numbers now
                fill, after = self.end.fill, await self.number_before(arrived) if arrived else 0
            while after < self.end.number and fill == self.end.fill and not self._closed:
                event = await self._event(after + 1)
                if event is None:
                    break
                after, arrived = after + 1, event.arrived
                yield NumberedEvent(after, event)
                await asyncio.sleep(0)  # other readers get their turn, and the server notices that this one is gone
            if reported != (self._state, self.lag):
                reported = self._state, self.lag
                yield self._state
                continue  # events may have arrived while the reader was busy
            await self._changed.wait()

    async def _event(self, number: int) -> AlertEvent | None:
        """Return an event; None if the database is filled again."""
        while number not in self._events:
            async with self._reading:
                if number in self._events:
                    break
                try:
                    read = await self._queries.ask(partial(events_after, number=number - 1, limit=_READ_AT_ONCE))
                except BusyError:
                    await asyncio.sleep(_RETRY_SECONDS)
                    continue
                except HistoryError:
                    return None
                if not read:
                    return None
                self._events.update(read)
        return self._events[number]

    def _wake_readers(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


_MIDDLE_YEAR = 5_000
