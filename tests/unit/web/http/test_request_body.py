"""Late and incomplete bodies, and clients that disconnect."""

from __future__ import annotations

import asyncio
import logging
from typing import NoReturn

import pytest
from fastapi import FastAPI, HTTPException, Request, Response
from starlette.types import Message

from streams.io.kafka_config import KafkaConfig
from tests.support.tables import each_row
from web.app import WebConfig, build_web
from web.http.problem import add_problem_handlers
from web.http.request_body import read_body, require_json


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


@each_row(
    "headers",
    [
        {},
        {"content-type": ""},
        {"content-type": "application/json"},
        {"content-type": "Application/JSON; charset=UTF-8"},
        {"content-type": "text/json"},
        {"content-type": "application/cloudevents-batch+json; charset=utf-8"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "garbage"},
        {"content-encoding": "identity"},
    ],
)
def test_a_body_that_may_be_json_is_read(headers: dict[str, str]) -> None:
    require_json(headers)


@each_row(
    ("headers", "detail"),
    [
        ({"content-type": "text/csv"}, "The body is text/csv: send JSON as application/json"),
        ({"content-type": "application/xml"}, "The body is application/xml: send JSON as application/json"),
        ({"content-type": "multipart/form-data; boundary=x"}, "The body is multipart/form-data: send JSON"),
        ({"content-type": "application/" + "x" * 5_000}, f"The body is application/{'x' * 28}: send JSON"),
        ({"content-type": "application/json; charset=utf-16"}, "The body is in utf-16: send it in UTF-8"),
        ({"content-encoding": "gzip"}, "The body is encoded with gzip: send it uncompressed"),
    ],
)
def test_a_body_that_is_something_else_is_refused(headers: dict[str, str], detail: str) -> None:
    with pytest.raises(HTTPException) as refused:
        require_json(headers)
    assert refused.value.status_code == 415
    assert str(refused.value.detail).startswith(detail)
