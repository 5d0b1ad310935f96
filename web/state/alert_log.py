"""The alert events in memory, in one order for every open page. The follower appends; the API and the stream read."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from cachetools import FIFOCache

from schemas.alert import AlertEvent

_POSITION = re.compile(r"(?P<run>[0-9a-f]{1,16})-(?P<number>[0-9]{1,9})-(?P<arrived>[0-9]{1,14})")
_LAST_POSITION_MS = 10**14 - 1
_MARGIN = timedelta(minutes=1)
_CACHED_TEXTS = 1_000

State = Literal["catching-up", "caught-up", "kafka-away"]
"""Whether Kafka holds more events than the log. Also the names of the server-sent events that tell the page."""


@dataclass(frozen=True, slots=True)
class NumberedEvent:
    """An alert event and its number in the log, counted from 1."""

    number: int
    event: AlertEvent


class AlertLog:
    """Every alert event once, in the order in which this process read them.

    A reader is only an index into the shared list, so a page that reads slowly costs no memory and delays nobody.
    Not thread-safe.
    """

    def __init__(self, run: str = "0") -> None:
        """``run`` tells this log from others of the same topic, because each has its own positions."""
        self.run = run
        self._events: list[AlertEvent] = []
        self._known: set[tuple[str, int]] = set()
        self._by_alert: dict[str, list[AlertEvent]] = {}
        self._texts: FIFOCache[int, str] = FIFOCache(_CACHED_TEXTS)
        self._state: State = "catching-up"
        self.lag = 0
        """How many offsets of the topics are left to read."""
        self._closed = False
        self._changed = asyncio.Event()

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self._events)

    @property
    def alert_count(self) -> int:
        """The number of alerts that the events belong to."""
        return len(self._by_alert)

    def histories(self) -> Iterable[list[AlertEvent]]:
        """Return the events of each alert, in the order of the alerts' first events in the log."""
        return self._by_alert.values()

    def events(self, alert_id: str) -> list[AlertEvent]:
        """Return the events of one alert in order, or an empty list for an unknown alert."""
        return list(self._by_alert.get(alert_id, ()))

    def with_prefix(self, prefix: str) -> list[AlertEvent]:
        """Return the events of all alerts whose id starts with a prefix; of one alert only when the id is complete."""
        if events := self._by_alert.get(prefix):
            return list(events)
        return [event for alert_id, events in self._by_alert.items() if alert_id.startswith(prefix) for event in events]

    @property
    def position(self) -> str:
        """The position of the last event, for :meth:`number_after`."""
        return self.position_of(len(self._events))

    def position_of(self, number: int) -> str:
        """Return the position of an event; number 0 is the beginning."""
        arrived = int(self._events[number - 1].arrived.timestamp() * 1000) if number else 0
        arrived = min(max(0, arrived), _LAST_POSITION_MS)
        return f"{self.run}-{number}-{arrived}"

    def number_after(self, position: str) -> int | None:
        """Return the number of the event at a position, or None when the text is not a position.

        A position of another log only says when its event arrived, so events from one minute earlier on are repeated.
        Readers recognise them by alert and revision.
        """
        match = _POSITION.fullmatch(position)
        if match is None:
            return None
        run, number, arrived = match["run"], int(match["number"]), int(match["arrived"])
        if run == self.run and number <= len(self._events):
            return number
        return self.number_before(datetime.fromtimestamp(arrived / 1000, UTC)) if arrived else 0

    def number_before(self, instant: datetime) -> int:
        """Return a number after which come all events since an instant, and those of the minute before it."""
        number = len(self._events)
        # Events are nearly in order: partitions may be a moment apart. Subtracting the instants never overflows;
        # an instant one minute earlier could lie before the year 1.
        while number and instant - self._events[number - 1].arrived <= _MARGIN:
            number -= 1
        return number

    def text(self, number: int, render: Callable[[AlertEvent], str]) -> str:
        """Return an event as text, rendered once for all open pages."""
        text = self._texts.get(number)
        if text is None:
            text = self._texts[number] = render(self._events[number - 1])
        return text

    @property
    def state(self) -> State:
        """Whether the log is complete."""
        return self._state

    def add(self, events: Iterable[AlertEvent]) -> None:
        """Append events and skip known ones, so that the topic can be read again from the beginning."""
        for event in events:
            identity = (event.alert_id, event.revision)
            if identity not in self._known:
                self._known.add(identity)
                self._events.append(event)
                self._by_alert.setdefault(event.alert_id, []).append(event)
        self._wake_readers()

    def set_state(self, state: State) -> None:
        """Notify every reader whether the log is complete."""
        self._state, self.lag = state, 0
        self._wake_readers()

    def set_lag(self, offsets: int) -> None:
        """Notify every reader how many offsets are left to read."""
        self.lag = offsets
        self._wake_readers()

    def close(self) -> None:
        """End every :meth:`watch`, for good."""
        self._closed = True
        self._wake_readers()

    async def watch(self, after: int = 0) -> AsyncIterator[NumberedEvent | State]:
        """Yield every event above a number, then the state, then events and states as they come.

        The state follows once all known events are out, and again whenever the state or the lag changes. Ends when the
        log is closed.
        """
        reported: tuple[State, int] | None = None
        while not self._closed:
            while after < len(self._events):
                after += 1
                yield NumberedEvent(after, self._events[after - 1])
            if reported != (self._state, self.lag):
                reported = self._state, self.lag
                yield self._state
                continue  # events may have arrived while the reader was busy
            await self._changed.wait()

    def _wake_readers(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
