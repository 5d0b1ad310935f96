"""A publisher of feeds on this machine: it answers as a test sets it up: late, cut short, or with errors."""

from __future__ import annotations

import asyncio
import hashlib
import io
import threading
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from aiohttp import web

from tests.support.waiting import PATIENCE_SECONDS


@dataclass(frozen=True)
class Reply:
    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    marked: bool = False
    """True: it carries an etag made of the body, and what has not changed is not sent again."""
    sent: int | None = None
    """So many bytes of the body are sent before the connection is cut; None: all."""
    measured: bool = True
    """False: it does not say how long it is, and ends when the connection does."""
    seconds: float = 0.0
    """How long it takes."""
    gate: threading.Event | None = None
    """It is not sent before this is set."""


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    form: Mapping[str, str]


Answering = Reply | Callable[[Asked], Reply]


class Publisher:
    """Each address answers with its replies in their order, and with the last of them forever."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.asked: list[Asked] = []
        self._replies: dict[str, list[Answering]] = defaultdict(list)

    def serve(self, path: str, *replies: Answering) -> None:
        self._replies[path] = list(replies)

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def serve_gdelt(self, tables: Mapping[datetime, bytes], *, md5: str | None = None) -> None:
        """Publish files of events; the last of them is the newest."""
        for at, table in tables.items():
            file = io.BytesIO()
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(f"{at:%Y%m%d%H%M%S}.export.CSV", table)
            name = f"{at:%Y%m%d%H%M%S}.export.CSV.zip"
            self.serve(f"/gdeltv2/{name}", Reply(file.getvalue()))
            last = (
                f"{len(file.getvalue())} {md5 or hashlib.md5(file.getvalue()).hexdigest()} http://data.example/{name}\n"
            )
        self.serve("/gdeltv2/lastupdate.txt", Reply(last.encode(), marked=True))

    def reply_to(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        waiting = self._replies.get(asked.path)
        if not waiting:
            return Reply(b"nothing here", status=404)
        answering = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return answering if isinstance(answering, Reply) else answering(asked)


@contextmanager
def publisher() -> Iterator[Publisher]:
    """Run a publisher in a thread of its own until the context ends."""
    started: asyncio.Queue[Publisher] = asyncio.Queue()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    runner = asyncio.run_coroutine_threadsafe(_start(started), loop).result(PATIENCE_SECONDS)
    try:
        yield asyncio.run_coroutine_threadsafe(started.get(), loop).result(PATIENCE_SECONDS)
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(PATIENCE_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _start(started: asyncio.Queue[Publisher]) -> web.AppRunner:
    here: list[Publisher] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        form = {name: str(value) for name, value in (await request.post()).items()}
        asked = Asked(request.method, request.path, dict(request.query), dict(request.headers), form)
        reply = here[0].reply_to(asked)
        await asyncio.sleep(reply.seconds)
        if reply.gate:
            await asyncio.to_thread(reply.gate.wait, PATIENCE_SECONDS)
        headers = dict(reply.headers)
        if reply.marked:
            headers["ETag"] = f'"{hashlib.sha256(reply.body).hexdigest()}"'
            if request.headers.get("If-None-Match") == headers["ETag"]:
                return web.Response(status=304, headers=headers)
        if not reply.measured:
            return await _unmeasured(request, reply)
        if reply.sent is None:
            return web.Response(body=reply.body, status=reply.status, headers=headers)
        response = web.StreamResponse(status=reply.status, headers={**headers, "Content-Length": str(len(reply.body))})
        await response.prepare(request)
        await response.write(reply.body[: reply.sent])
        assert request.transport
        request.transport.close()
        return response

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    here.append(Publisher(runner.addresses[0][1]))
    await started.put(here[0])
    return runner


async def _unmeasured(request: web.Request, reply: Reply) -> web.StreamResponse:
    assert request.transport
    request.transport.write(b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n" + reply.body)
    await asyncio.sleep(0.05)
    request.transport.close()
    return web.Response()
