"""The server of the page and of the HTTP interface: every part on one screen, and how it is run.

Kafka's topics come in through ``follower`` and are held in ``views``, ``presence`` and ``activity``; each ``*_api``
answers from one of them, and ``live`` streams.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import uvicorn
from fastapi import FastAPI

from places.areas import Areas, packaged
from streams.intake.days import DEFAULT_DAYS, DayPolicy
from streams.io.clock import monotonic
from streams.io.kafka_config import Cluster
from web.api.alerts import serve_alerts
from web.api.events import serve_events
from web.api.health import Health, keep_looking, serve_health
from web.api.presence import Past, serve_presence
from web.api.publish import Writer, take_sightings
from web.api.rejections import serve_rejections
from web.api.sightings import serve_activity
from web.http.connections import Patience, protocol
from web.http.gate import Hosts, Limits, Names, ReadToken
from web.http.problem import Problem, tell_problems
from web.http.security_headers import SecurityHeaders
from web.page.files import serve_page
from web.slack_app.config import Access
from web.slack_app.handlers import build_slack
from web.slack_app.http import take_requests
from web.slack_app.service import Desk
from web.slack_app.socket_mode import listen
from web.state.activity import ActivityView
from web.state.alert_log import AlertView
from web.state.follower import Views, follow_topics
from web.state.presence import PresenceView
from web.state.verdicts import Judging

_SHUTDOWN_SECONDS = 3
VERSION = "1"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Options:
    """What an operator may choose."""

    slack: Access | None = None
    """How Slack's commands and clicks come in; None: they do not."""
    areas: Areas = field(default_factory=packaged)
    """The areas that a filter may name."""
    producers: Mapping[str, str] = field(default_factory=dict)
    """The keys of those who may post sightings, by source."""
    read_token: str | None = None
    """What a reader must know; None: nothing."""
    past: Past | None = None
    """Reads what was known at a time."""
    names: Names | None = None
    """Under which names the page is answered; None: under any."""
    patience: Patience = field(default_factory=Patience)
    """How long clients are waited for, and how many there may be."""
    days: DayPolicy = DEFAULT_DAYS
    """Which days a sighting may tell of."""


def build_web(cluster: Cluster, prefix: str, options: Options | None = None) -> FastAPI:
    """Return the application; it reads Kafka from its start-up to its end. Its views are ``app.state.views``."""
    chosen = options or Options()
    views = Views(AlertView(secrets.token_hex(4)), PresenceView(), ActivityView())
    alerts, slack, health, judging = views.alerts, chosen.slack, Health(), Judging(chosen.producers)
    bolt = build_slack(slack, Desk(cluster, prefix, alerts, views.presence, chosen.areas)) if slack else None

    @asynccontextmanager
    async def following(_: FastAPI) -> AsyncIterator[None]:
        tasks = [
            asyncio.create_task(follow_topics(cluster, prefix, views)),
            asyncio.create_task(keep_looking(cluster, prefix, health, views)),
            asyncio.create_task(judging.follow(cluster, prefix)),
        ]
        if bolt and slack and slack.app_token:
            tasks.append(asyncio.create_task(listen(bolt, slack.app_token)))
        yield
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await asyncio.to_thread(app.state.close_writer)

    # No generated pages for the API: they would load scripts from elsewhere.
    app = FastAPI(
        title="Firstseen",
        version=VERSION,
        summary="Armed groups in countries where they had not been seen.",
        lifespan=following,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    # The last that is added is asked first.
    app.add_middleware(Limits, clock=monotonic, most_streams=chosen.patience.streams)
    if chosen.read_token:
        app.add_middleware(ReadToken, token=chosen.read_token)
    app.add_middleware(Hosts, names=chosen.names)
    app.add_middleware(SecurityHeaders)
    app.state.views = views
    tell_problems(app)
    serve_page(app)
    serve_presence(app, views.presence, alerts, chosen.past)
    serve_activity(app, views.activity)
    serve_alerts(app, alerts, chosen.areas)
    serve_events(app, alerts, chosen.areas)
    take_sightings(app, Writer(cluster, prefix, judging), chosen.producers, chosen.days, chosen.patience.body_seconds)
    serve_rejections(app, judging.rejections, chosen.producers)
    if bolt and slack and slack.signing_secret:
        take_requests(app, bolt, chosen.patience.body_seconds)

    serve_health(app, health, views)
    _describe(app)
    return app


def _describe(app: FastAPI) -> None:
    """Add to the OpenAPI document what no route's signature says, and leave out what no route answers."""
    document = app.openapi()
    components = document["components"]
    # The framework promises this for every parameter; :mod:`web.http.problem` answers 400 instead.
    for name in ("HTTPValidationError", "ValidationError"):
        del components["schemas"][name]
    for operations in document["paths"].values():
        for operation in operations.values():
            if "HTTPValidationError" in str(operation["responses"].get("422")):
                del operation["responses"]["422"]
    components["schemas"]["Problem"] = Problem.model_json_schema()
    components["securitySchemes"] = {"producer": {"type": "http", "scheme": "bearer"}}


def serve(cluster: Cluster, prefix: str, host: str, port: int, options: Options | None = None) -> None:
    """Serve the page until SIGINT or SIGTERM, then return, open pages or not. Port 0 takes any free one."""
    # Its clients log each attempt to reach a lost broker; the follower says it once, in our words.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    chosen = options or Options()
    server = server_of(build_web(cluster, prefix, chosen), host, port, chosen.patience)

    def end(*_: object) -> None:
        server.should_exit = True

    # uvicorn ends in order and then raises the signal once more for those who had set a handler before it.
    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        server.run()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def server_of(app: FastAPI, host: str, port: int, patience: Patience) -> uvicorn.Server:
    """Return the server of an application, not yet started."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=protocol(patience),
        ws="none",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )
    return _Server(config, app.state.views.alerts)


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
