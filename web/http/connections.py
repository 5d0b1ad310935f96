"""Connections that say nothing are closed: uvicorn itself has no deadline for a request, nor for a reader.

A client has some seconds for the head of each request, counted from the connection or from the answer before, and some
to take what is written to it. A body has a deadline where it is read (:mod:`web.http.clients`).
"""

from __future__ import annotations

import asyncio
import resource
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from uvicorn.protocols.http.h11_impl import H11Protocol

from web.http.problem import MEDIA_TYPE, problem

MOST_CONNECTIONS = 2_500
MOST_STREAMS = 2_000
"""Of these connections, those that stay open for events: the others are left for everything else."""
_FILES_OF_OUR_OWN = 200


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """How long a client is waited for, and how many there may be."""

    head_seconds: float = 20.0
    """For the head of a request."""
    body_seconds: float = 30.0
    """For its body to come whole."""
    reader_seconds: float = 60.0
    """For a client to take more of what is written to it."""
    connections: int = MOST_CONNECTIONS
    streams: int = MOST_STREAMS

    @classmethod
    def for_open_files(cls, open_files: int) -> ConnectionLimits:
        """Return as much as a process may have that may open so many files."""
        connections = max(10, min(MOST_CONNECTIONS, open_files - _FILES_OF_OUR_OWN))
        return cls(connections=connections, streams=connections * MOST_STREAMS // MOST_CONNECTIONS)


def raise_open_file_limit() -> int:
    """Return how many files this process may open, once it has asked the system for as many as it can use."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + _FILES_OF_OUR_OWN
    if resource.RLIM_INFINITY not in {soft, hard}:
        wanted = min(wanted, hard)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted


def protocol(limits: ConnectionLimits) -> type[asyncio.Protocol]:
    """Return the protocol, as ``uvicorn.Config`` takes it in ``http``."""
    return cast(type[asyncio.Protocol], partial(_Connection, limits))


class _Connection(H11Protocol):
    def __init__(self, limits: ConnectionLimits, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._patience = limits
        self._due: dict[str, asyncio.TimerHandle] = {}

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self._patience.connections:
            transport.write(_TOO_MANY)
            transport.close()
        self._await("head", self._patience.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        for what in ("head", "reader"):
            self._came(what)
        super().connection_lost(exc)

    def handle_events(self) -> None:
        before = self.cycle
        super().handle_events()
        if self.cycle is not before:
            self._came("head")

    def on_response_complete(self) -> None:
        self._await("head", self._patience.head_seconds)  # before a request that waits already is taken up
        super().on_response_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._await("reader", self._patience.reader_seconds)

    def resume_writing(self) -> None:
        self._came("reader")
        super().resume_writing()

    def _await(self, what: str, seconds: float) -> None:
        self._came(what)
        unread = self.transport.get_write_buffer_size()
        self._due[what] = self.loop.call_later(seconds, self._late, what, seconds, unread)

    def _came(self, what: str) -> None:
        if due := self._due.pop(what, None):
            due.cancel()

    def _late(self, what: str, seconds: float, unread: int) -> None:
        if 0 < self.transport.get_write_buffer_size() < unread:  # a slow client still reads
            self._await(what, seconds)
        else:
            self.transport.abort()  # close() would wait until all that is written is read


def _too_many() -> bytes:
    body = problem(503, "Too many connections are open here: try again later.").body
    head = f"Content-Type: {MEDIA_TYPE}\r\nContent-Length: {len(body)}\r\nRetry-After: 30\r\nConnection: close\r\n\r\n"
    return b"HTTP/1.1 503 Service Unavailable\r\n" + head.encode() + bytes(body)


_TOO_MANY = _too_many()
