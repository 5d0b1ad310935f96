"""A server that takes webhooks, for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web


@dataclass
class Receiver:
    """What came to the server of a webhook."""

    url: str = ""
    statuses: list[int | None] = field(default_factory=list)
    """Statuses of the next responses, then 200. None cuts the connection; 0 takes the request and never answers."""
    accepted: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    seen: int = 0
    queries: list[str] = field(default_factory=list)
    retry_after: str = "1"
    """The header of every response."""
    silent: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once a request was taken and not answered."""


@asynccontextmanager
async def receiver(*statuses: int | None) -> AsyncIterator[Receiver]:
    """Serve on loopback."""
    state = Receiver(statuses=list(statuses))

    async def accept(request: web.Request) -> web.Response:
        state.seen += 1
        state.queries.append(request.rel_url.raw_query_string)
        status = state.statuses.pop(0) if state.statuses else 200
        if status == 0:
            state.accepted.append(({k.lower(): v for k, v in request.headers.items()}, await request.read()))
            state.silent.set()
            await asyncio.Event().wait()
        if status is None:
            assert request.transport
            request.transport.abort()
            return web.Response()
        if status == 200:
            state.accepted.append(({k.lower(): v for k, v in request.headers.items()}, await request.read()))
        return web.Response(status=status, headers={"Location": "/elsewhere", "Retry-After": state.retry_after})

    app = web.Application()
    app.router.add_post("/hook", accept)
    app.router.add_route("*", "/elsewhere", accept)
    runner = web.AppRunner(app, handler_cancellation=True, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    state.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield state
    await runner.cleanup()
