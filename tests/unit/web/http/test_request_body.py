"""Late and incomplete bodies, and clients that disconnect."""

from __future__ import annotations

import asyncio
import logging
from typing import NoReturn

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from starlette.types import Message, Receive, Scope, Send

from streams.io.kafka_config import KafkaConfig
from tests.support.tables import each_row
from web.app import WebConfig, build_web
from web.http.problem import add_problem_handlers
from web.http.request_body import read_body, until_disconnect


def app_with(seconds: float) -> FastAPI:
    app = FastAPI()
    add_problem_handlers(app)

    @app.post("/")
    async def read(request: Request) -> Response:
        return Response(await read_body(request, 10, seconds))

    return app


async def answers(app: FastAPI, path: str, *messages: Message, length: str = "5") -> list[Message]:
    """Return the answer to a client that sends some messages and then nothing more."""
    sent: list[Message] = []
    left = list(messages)

    async def receive() -> Message:
        return left.pop(0) if left else await never()

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"content-length", length.encode("latin-1")), (b"authorization", b"Bearer w"), (b"host", b"page")]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "path": path,
        "raw_path": path.encode(), "root_path": "", "scheme": "http", "query_string": b"", "headers": headers,
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
    }  # fmt: skip
    await app(scope, receive, send)
    return sent


async def never() -> NoReturn:
    await asyncio.get_running_loop().create_future()
    raise AssertionError


BEGUN = {"type": "http.request", "body": b"x", "more_body": True}


async def test_a_late_body_is_answered_with_408_and_the_connection_closes() -> None:
    start, *_ = await answers(app_with(0.0), "/", BEGUN)
    assert start["status"] == 408
    assert (b"connection", b"close") in start["headers"]


async def test_a_client_that_disconnects_in_its_body_causes_no_traceback(caplog: pytest.LogCaptureFixture) -> None:
    web = build_web(KafkaConfig("127.0.0.1:9"), "test", WebConfig(producers={"wire": "w"}))
    with caplog.at_level(logging.WARNING):
        start, *_ = await answers(web, "/api/v1/sightings", BEGUN, {"type": "http.disconnect"})
    assert start["status"] == 400
    assert caplog.text == ""


@each_row(("length", "status"), [("", 411), ("-1", 411), ("\xb2", 411), ("1e3", 411), ("11", 413), ("9" * 5_000, 413)])
async def test_an_invalid_or_large_length_is_rejected_before_the_body_is_read(length: str, status: int) -> None:
    start, *_ = await answers(app_with(1.0), "/", length=length)
    assert start["status"] == status


async def test_work_is_cancelled_when_its_client_disconnects() -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def work() -> bytes:
        began.set()
        try:
            await never()
        finally:
            ended.set()

    async def receive() -> Message:
        await began.wait()
        return {"type": "http.disconnect"}

    assert await until_disconnect(Request({"type": "http"}, receive), work()) is None
    assert ended.is_set()


async def test_work_returns_or_raises_while_its_client_is_connected() -> None:
    async def receive() -> Message:
        await never()

    async def work() -> bytes:
        return b"done"

    async def broken() -> bytes:
        raise OSError("no")

    request = Request({"type": "http"}, receive)
    assert await until_disconnect(request, work()) == b"done"
    with pytest.raises(OSError, match="no"):
        await until_disconnect(request, broken())


async def test_a_map_state_is_cancelled_when_its_client_disconnects() -> None:
    cancelled = asyncio.Event()

    async def read_map_state(*_: object) -> bytes:
        try:
            await never()
        finally:
            cancelled.set()

    app = build_web(KafkaConfig("127.0.0.1:9"), "test", WebConfig(map_states=read_map_state))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(_Disconnecting(app)), base_url="http://page") as client:
        answer = await client.get("/api/v1/map-state", params={"as_of": "2026-01-01"})
    assert cancelled.is_set()
    assert answer.status_code == 408


class _Disconnecting:
    """An application whose clients disconnect as soon as a request is read."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        left = [{"type": "http.request", "body": b"", "more_body": False}]

        async def leaving() -> Message:
            await asyncio.sleep(0)
            return left.pop() if left else {"type": "http.disconnect"}

        await self._app(scope, leaving, send)
