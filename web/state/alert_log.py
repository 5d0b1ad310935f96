"""Alert events in memory, in order, for any number of open pages. The follower fills it, ``live`` reads it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from schemas.alert import AlertEvent

_POSITION = re.compile(r"(?P<run>[0-9a-f]{1,16})-(?P<number>[0-9]{1,9})-(?P<arrived>[0-9]{1,14})")
_LAST_POSITION_MS = 10**14 - 1
_MARGIN = timedelta(minutes=1)
_MOST_TEXTS = 1_000

State = Literal["catching-up", "caught-up", "kafka-away"]
"""Whether more is known to exist than is shown; also the names of the server-sent events that tell the page."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """An alert event and its place in the list, counted from 1."""

    number: int
    event: AlertEvent


class AlertView:
    """Every alert event once, in the order in which it became known here.

    A reader is no more than an index into the one shared list: a page that reads slowly costs no memory and holds
    nobody back. Not for several threads.
    """

    def __init__(self, run: str = "0") -> None:
        """``run`` names this view among others of the same topic, for positions are its own."""
        self.run = run
        self._events: list[AlertEvent] = []
        self._known: set[tuple[str, int]] = set()
        self._of: dict[str, list[AlertEvent]] = {}
        self._texts: dict[int, str] = {}
        self._state: State = "catching-up"
        self.behind = 0
        """How many offsets of the topics are left to read."""
        self._closed = False
        self._changed = asyncio.Event()

    def __len__(self) -> int:
        """Return how many alert events are known."""
        return len(self._events)

    @property
    def alerts(self) -> int:
        """Return how many alerts these events are about."""
        return len(self._of)

    def histories(self) -> Iterable[list[AlertEvent]]:
        """Return the events of each alert, in the order in which the alerts became known here."""
        return self._of.values()

    def events(self, alert_id: str) -> list[AlertEvent]:
        """Return the events of one alert, in their order; none when it is not known."""
        return list(self._of.get(alert_id, ()))

    def of(self, beginning: str) -> list[AlertEvent]:
        """Return the events of all alerts whose id begins so, in their order."""
        if whole := self._of.get(beginning):
            return list(whole)
        return [event for alert_id, events in self._of.items() if alert_id.startswith(beginning) for event in events]

    @property
    def position(self) -> str:
        """Return where the list ends now, as :meth:`number_after` takes it."""
        return self.position_of(len(self._events))

    def position_of(self, number: int) -> str:
        """Return the position of an event; of 0, the beginning."""
        arrived = int(self._events[number - 1].arrived.timestamp() * 1000) if number else 0
        arrived = min(max(0, arrived), _LAST_POSITION_MS)
        return f"{self.run}-{number}-{arrived}"

    def number_after(self, position: str) -> int | None:
        """Return the number of the event at a position, None when it is none.

        The position of another view says only when its event arrived: what arrived a minute before it and later comes
        again. Readers know by alert and revision what they have.
        """
        found = _POSITION.fullmatch(position)
        if found is None:
            return None
        run, number, arrived = found["run"], int(found["number"]), int(found["arrived"])
        if run == self.run and number <= len(self._events):
            return number
        return self.number_before(datetime.fromtimestamp(arrived / 1000, UTC)) if arrived else 0

    def number_before(self, instant: datetime) -> int:
        """Return a number behind which is all that arrived at an instant or later, and what came just before."""
        number = len(self._events)
        # They are nearly in order: those of several partitions may be a moment apart.
        # The difference of two instants is always a number; an instant a minute earlier may lie before the year 1.
        while number and instant - self._events[number - 1].arrived <= _MARGIN:
            number -= 1
        return number

    def text(self, number: int, render: Callable[[AlertEvent], str]) -> str:
        """Return an event as text, rendered once for all pages that are open."""
        if number not in self._texts:
            self._texts[number] = render(self._events[number - 1])
            if len(self._texts) > _MOST_TEXTS:
                del self._texts[next(iter(self._texts))]
        return self._texts[number]

    @property
    def state(self) -> State:
        """Return whether the list is complete."""
        return self._state

    def add(self, events: Iterable[AlertEvent]) -> None:
        """Append events; those known already are left out, so that the topic may be read again from its beginning."""
        for event in events:
            identity = (event.alert_id, event.revision)
            if identity not in self._known:
                self._known.add(identity)
                self._events.append(event)
                self._of.setdefault(event.alert_id, []).append(event)
        self._wake()

    def become(self, state: State) -> None:
        """Tell every reader whether the list is complete."""
        self._state, self.behind = state, 0
        self._wake()

    def fall_behind(self, offsets: int) -> None:
        """Tell every reader how many offsets are left to read."""
        self.behind = offsets
        self._wake()

    def close(self) -> None:
        """End every reader's watch, for good."""
        self._closed = True
        self._wake()

    async def watch(self, after: int = 0) -> AsyncIterator[Numbered | State]:
        """Yield every event whose number is above ``after``, then the state, then whatever comes.

        The state is said once all events known so far are out, and again whenever it changes, or how much is left to
        read. It ends when the view is closed.
        """
        said: tuple[State, int] | None = None
        while not self._closed:
            while after < len(self._events):
                after += 1
                yield Numbered(after, self._events[after - 1])
            if said != (self._state, self.behind):
                said = self._state, self.behind
                yield self._state
                continue  # events may have come while the reader took its time
            await self._changed.wait()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
