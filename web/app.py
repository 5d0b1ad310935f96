"""The page's server: every route on one screen, and how it is run.

Kafka's topic of alerts comes in through ``follower``, is held in ``views`` and goes out through ``live``.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Annotated, Any

import uvicorn
from fastapi import FastAPI, Header
from sse_starlette import EventSourceResponse

from places.areas import Areas, packaged
from streams.runtime.cluster import Cluster
from web.access import Access
from web.alerts_api import serve_alerts
from web.desk import Desk
from web.follower import follow_alerts
from web.headers import SecurityHeaders
from web.live import stream
from web.page_files import serve_page
from web.presence import PresenceView
from web.presence_api import serve_presence
from web.sightings_api import take_sightings
from web.slack_app import build_slack
from web.slack_http import take_requests
from web.slack_socket import listen
from web.views import AlertView

_PING_SECONDS = 15
_GRACE_SECONDS = 2
_SHUTDOWN_SECONDS = 3

_log = logging.getLogger(__name__)


def build_web(
    cluster: Cluster,
    prefix: str,
    slack: Access | None = None,
    areas: Areas | None = None,
    producers: Mapping[str, str] | None = None,
) -> FastAPI:
    """Return the application; it reads Kafka from its start-up to its end. Its view is ``app.state.view``.

    ``slack``: its commands and clicks are answered, too; ``areas`` are those that a filter may name. ``producers`` are
    the keys of those who may post sightings, by source.
    """
    view, presence, run = AlertView(), PresenceView(), secrets.token_hex(4)
    known = areas or packaged()
    bolt = build_slack(slack, Desk(cluster, prefix, view, known)) if slack else None

    @asynccontextmanager
    async def following(_: FastAPI) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(follow_alerts(cluster, prefix, view, presence))]
        if bolt and slack and slack.app_token:
            tasks.append(asyncio.create_task(listen(bolt, slack.app_token)))
        yield
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await asyncio.to_thread(app.state.close_writer)

    # No generated API pages: they would load scripts from elsewhere.
    app = FastAPI(title="Firstseen", lifespan=following, openapi_url=None)
    app.add_middleware(SecurityHeaders)
    app.state.view, app.state.presence = view, presence
    serve_page(app)
    serve_presence(app, presence)
    serve_alerts(app, view, known)
    take_sightings(app, cluster, prefix, producers or {})

    @app.get("/events")
    async def events(last_event_id: Annotated[str | None, Header()] = None) -> EventSourceResponse:
        return EventSourceResponse(
            stream(view, run, last_event_id), ping=_PING_SECONDS, sep="\n", shutdown_grace_period=_GRACE_SECONDS
        )

    if bolt and slack and slack.signing_secret:
        take_requests(app, bolt)

    @app.get("/health")
    async def health() -> dict[str, Any]:
        return {"caught_up": view.state == "caught-up", "alerts": view.alerts}

    return app


def serve(
    cluster: Cluster,
    prefix: str,
    host: str,
    port: int,
    slack: Access | None = None,
    areas: Areas | None = None,
    producers: Mapping[str, str] | None = None,
) -> None:
    """Serve the page until SIGINT or SIGTERM, then return, open pages or not. Port 0 takes any free one."""
    # Its clients log each attempt to reach a lost broker; the follower says it once, in our words.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    app = build_web(cluster, prefix, slack, areas, producers)
    server = _Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
        ),
        app.state.view,
    )

    def end(*_: object) -> None:
        server.should_exit = True

    # uvicorn ends in order and then raises the signal once more for those who had set a handler before it.
    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        server.run()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, view: AlertView) -> None:
        super().__init__(config)
        self._view = view

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        _log.info("web ready: http://%s:%d", f"[{host}]" if ":" in host else host, port)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._view.close()  # else open pages would be waited for, then cut
        await super().shutdown(sockets)
