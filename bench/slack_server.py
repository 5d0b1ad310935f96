"""A minimal Slack Web API for the latency: accepts every message and records when it arrived."""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

_MARKER = re.compile(rb"Marked (\d+) Group|Marked\+(\d+)\+Group|Marked%20(\d+)%20Group")
_CHANNEL = re.compile(rb"C[A-Z]{2}A{8}")


def marked(number: int) -> str:
    """Return the name of a group that can be found in a message."""
    return f"Marked {number} Group"


def number_of(group: str) -> int | None:
    """Return the number of a marked group, or None for another."""
    found = _MARKER.search(group.encode())
    return int(found.group(1)) if found else None


class SlackServer:
    """Records when messages arrived."""

    def __init__(self) -> None:
        self.arrivals: dict[int, float] = {}
        """Seconds since 1970 of the first request, by the marked group's number."""

    async def answer(self, request: web.Request) -> web.Response:
        """Answer any method with success."""
        now = time.time()
        body = await request.read()
        found = _MARKER.search(body)
        if found:
            number = next(int(group) for group in found.groups() if group)
            self.arrivals.setdefault(number, now)
        named = _CHANNEL.search(body)
        channel = named.group().decode() if named else "C0123456789"
        answer = {
            "ok": True, "channel": channel, "ts": f"{now:.6f}", "message": {},
            "upload_url": str(request.url.with_path("/upload").with_query(None)), "file_id": "F0123456789", "files": [],
        }  # fmt: skip
        return web.Response(text=json.dumps(answer), content_type="application/json")


@contextmanager
def slack_server() -> Iterator[tuple[SlackServer, str]]:
    """Serve on a free port of this machine; yields the server and its address."""
    server = SlackServer()
    application = web.Application()
    application.router.add_route("*", "/{rest:.*}", server.answer)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    runner = web.AppRunner(application, access_log=None)

    async def start() -> int:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return int(runner.addresses[0][1])

    try:
        port = asyncio.run_coroutine_threadsafe(start(), loop).result(20)
        yield server, f"http://127.0.0.1:{port}/api/"
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
