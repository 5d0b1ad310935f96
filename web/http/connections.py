"""Closes idle connections: uvicorn has no deadline for the head of a request, nor for a client that stops reading.

A client has some seconds for the head of each request, counted from the connection or from the previous response, and
some to read what was written to it. The deadline of a body is in :mod:`web.http.request_body`.
"""

from __future__ import annotations

import asyncio
import resource
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any, Literal, cast

from fastapi import Response
from uvicorn.protocols.http.h11_impl import H11Protocol

from web.http.problem import problem

MAX_CONNECTIONS = 2_500
MAX_STREAMS = 2_000
"""Connections that may stay open for event streams; the rest are left for everything else."""
_OTHER_FILES = 200
"""Files and sockets that the process opens besides client connections."""

_Deadline = Literal["head", "reader"]


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """How long the server waits for a client, and how many clients may be connected."""

    head_seconds: float = 20.0
    """For the head of a request."""
    body_seconds: float = 30.0
    """For the whole body of a request."""
    reader_seconds: float = 60.0
    """For a client to read more of what was written to it."""
    connections: int = MAX_CONNECTIONS
    """The most open connections."""
    streams: int = MAX_STREAMS
    """The most open event streams."""

    @classmethod
    def for_open_files(cls, open_files: int) -> ConnectionLimits:
        """Return the limits for a process that may open this many files."""
        connections = max(10, min(MAX_CONNECTIONS, open_files - _OTHER_FILES))
        return cls(connections=connections, streams=connections * MAX_STREAMS // MAX_CONNECTIONS)


def raise_open_file_limit() -> int:
    """Raise this process's soft limit of open files as far as the server can use it, and return the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CONNECTIONS + _OTHER_FILES
    if resource.RLIM_INFINITY not in {soft, hard}:
        wanted = min(wanted, hard)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted


def protocol(limits: ConnectionLimits) -> type[asyncio.Protocol]:
    """Return the protocol for the ``http`` argument of ``uvicorn.Config``."""
    return cast(type[asyncio.Protocol], partial(_Connection, limits))


class _Connection(H11Protocol):
    def __init__(self, limits: ConnectionLimits, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._limits = limits
        self._deadlines: dict[_Deadline, asyncio.TimerHandle] = {}

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self._limits.connections:
            transport.write(_TOO_MANY)
            transport.close()
        self._set_deadline("head", self._limits.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._clear_deadline("head")
        self._clear_deadline("reader")
        super().connection_lost(exc)

    def handle_events(self) -> None:
        previous = self.cycle
        super().handle_events()
        if self.cycle is not previous:
            self._clear_deadline("head")

    def on_response_complete(self) -> None:
        # First the deadline: the base class may start on a pipelined request, which clears it.
        self._set_deadline("head", self._limits.head_seconds)
        super().on_response_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._set_deadline("reader", self._limits.reader_seconds)

    def resume_writing(self) -> None:
        self._clear_deadline("reader")
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        self.transport.write(_response(problem(400, f"{msg.rstrip('.')}.")))
        self.transport.close()

    def _set_deadline(self, name: _Deadline, seconds: float) -> None:
        self._clear_deadline(name)
        unread = self.transport.get_write_buffer_size()
        self._deadlines[name] = self.loop.call_later(seconds, self._expire, name, seconds, unread)

    def _clear_deadline(self, name: _Deadline) -> None:
        if timer := self._deadlines.pop(name, None):
            timer.cancel()

    def _expire(self, name: _Deadline, seconds: float, unread: int) -> None:
        if 0 < self.transport.get_write_buffer_size() < unread:  # a slow client is still reading
            self._set_deadline(name, seconds)
        else:
            self.transport.abort()  # close() would wait for the client to read everything


def _response(response: Response) -> bytes:
    """Return a response as bytes, for a connection that has no request."""
    phrase = HTTPStatus(response.status_code).phrase
    headers = "".join(f"{name}: {value}\r\n" for name, value in response.headers.items())
    return f"HTTP/1.1 {response.status_code} {phrase}\r\n{headers}Connection: close\r\n\r\n".encode() + bytes(
        response.body
    )


_TOO_MANY = _response(problem(503, "Too many connections are open; retry in 30 s.", {"Retry-After": "30"}))
