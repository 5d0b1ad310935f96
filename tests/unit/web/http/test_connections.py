"""Idle connections are closed. These tests need real sockets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from fastapi import FastAPI

from streams.io.kafka_config import KafkaConfig
from tests.support.tables import each_row
from tests.support.waiting import PATIENCE_SECONDS
from web.app import WebConfig, build_web
from web.http.connections import MAX_CONNECTIONS, MAX_STREAMS, ConnectionLimits
from web.server import build_server

SHORT = ConnectionLimits(head_seconds=0.05, reader_seconds=0.05)
UNLIMITED = ConnectionLimits(head_seconds=3600.0, reader_seconds=3600.0)


@asynccontextmanager
async def served(limits: ConnectionLimits) -> AsyncIterator[int]:
    """Serve the page without following Kafka; yield the port."""
    config = WebConfig(producers={"wire": "w"}, limits=limits)
    app: FastAPI = build_web(KafkaConfig("127.0.0.1:9"), "test", config)
    server = build_server(app, "127.0.0.1", 0, limits)
    server.config.lifespan = "off"
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        await server.shutdown()


@each_row(
    "sent",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: a",
        b"\r\n",
        # The body follows too late, after the answer.
        b"GET /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx",
    ],
)
async def test_a_connection_without_a_complete_request_is_closed(sent: bytes) -> None:
    async with served(SHORT) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        if b"x" in sent:
            assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 404 ")
        with suppress(ConnectionResetError):
            while await reader.read(1_000):
                pass
        writer.close()


async def test_an_incomplete_body_is_answered_with_408_and_the_connection_closes() -> None:
    async with served(ConnectionLimits(head_seconds=3600.0, body_seconds=0.0)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = "POST /api/v1/sightings HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer w\r\nContent-Length: 1000\r\n\r\n"
        writer.write(head.encode() + b"[")
        assert (await reader.read()).startswith(b"HTTP/1.1 408 ")
        writer.close()


async def test_a_client_that_does_not_read_is_disconnected() -> None:
    async with served(ConnectionLimits(head_seconds=3600.0, reader_seconds=0.05)) as port:
        loop = asyncio.get_running_loop()
        with socket.socket() as client:
            client.setblocking(False)
            await loop.sock_connect(client, ("127.0.0.1", port))
            with pytest.raises(ConnectionError):  # the server stops reading until its answers are read
                await loop.sock_sendall(client, b"GET /page/outlines.json HTTP/1.1\r\nHost: a\r\n\r\n" * 500_000)


async def test_each_request_of_a_connection_has_its_own_deadline() -> None:
    async with served(UNLIMITED) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(3):
            writer.write(b"GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n")
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 404 Not Found")
            await reader.readuntil(b"}")
        writer.close()


async def test_a_connection_above_the_limit_is_answered_with_503_and_closed() -> None:
    async with served(ConnectionLimits(connections=1)) as port:
        first = await asyncio.open_connection("127.0.0.1", port)
        first[1].write(b"GET /api/v1/alerts HTTP/1.1\r\nHost: a\r\n\r\n")
        assert (await first[0].readuntil(b"\r\n")) == b"HTTP/1.1 200 OK\r\n"
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 30\r\n" in answer
        first[1].close()
        writer.close()


@each_row("files", [1, 256, 1_024, 4_096, 1_000_000])
def test_streams_leave_connections_for_other_requests_at_every_file_limit(files: int) -> None:
    limits = ConnectionLimits.for_open_files(files)
    assert 0 < limits.streams < limits.connections <= MAX_CONNECTIONS
    assert limits.connections < files or files < 256
    assert ConnectionLimits.for_open_files(1_000_000).streams == MAX_STREAMS


async def test_an_unreadable_request_is_answered_with_a_problem_and_not_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with served(ConnectionLimits()) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET\r\n\r\n")
        answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert not caplog.records
        assert b"content-type: application/problem+json\r\n" in answer
        assert b'"type":"/problems/invalid-request"' in answer
        writer.close()


async def test_head_of_a_stream_leaves_the_connection_usable() -> None:
    async with served(ConnectionLimits()) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(2):
            writer.write(b"HEAD /api/v1/events HTTP/1.1\r\nHost: a\r\n\r\n")
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 OK\r\n")
            assert b"content-type: text/event-stream" in head
        writer.close()
