"""Alert events in memory, in order, for any number of open pages. The follower fills it, ``live`` reads it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Literal

from schemas.alert import AlertEvent

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

    def __init__(self) -> None:
        self._events: list[AlertEvent] = []
        self._known: set[tuple[str, int]] = set()
        self._of: dict[str, list[AlertEvent]] = {}
        self._state: State = "catching-up"
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
        self._state = state
        self._wake()

    def close(self) -> None:
        """End every reader's watch, for good."""
        self._closed = True
        self._wake()

    async def watch(self, after: int = 0) -> AsyncIterator[Numbered | State]:
        """Yield every event whose number is above ``after``, then the state, then whatever comes.

        The state is said once all events known so far are out, and again whenever it changes. It ends when the
        view is closed.
        """
        said: State | None = None
        while not self._closed:
            while after < len(self._events):
                after += 1
                yield Numbered(after, self._events[after - 1])
            if said != self._state:
                said = self._state
                yield said
                continue  # events may have come while the reader took its time
            await self._changed.wait()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
