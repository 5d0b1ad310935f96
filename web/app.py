"""The server of the page and of the HTTP interface: every part on one screen, and how it is run.

Kafka's topics come in through ``follower`` and are held in ``views``, ``presence`` and ``activity``; each ``*_api``
answers from one of them, and ``live`` streams.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI

from history.past import PastMapStates
from places.areas import Areas, packaged
from streams.intake.days import DEFAULT_DAYS, DayPolicy
from streams.io.clock import monotonic
from streams.io.kafka_config import KafkaConfig
from web.api.alerts import serve_alerts
from web.api.events import serve_events
from web.api.health import Health, keep_looking, serve_health
from web.api.presence import ReadMapState, serve_presence
from web.api.publish import Writer, take_sightings
from web.api.rejections import serve_rejections
from web.api.sightings import serve_activity
from web.http.auth import ReadTokenAuth
from web.http.connections import ConnectionLimits
from web.http.hosts import AllowedHosts, HostCheck
from web.http.problem import Problem, tell_problems
from web.http.rate_limit import RateLimiter
from web.http.security_headers import SecurityHeaders
from web.page.files import serve_page
from web.slack_app.config import SlackAppConfig
from web.slack_app.handlers import build_slack
from web.slack_app.http import take_requests
from web.slack_app.service import SlackService
from web.slack_app.socket_mode import listen
from web.state.activity import ActivityView
from web.state.alert_log import AlertView
from web.state.follower import Views, follow_topics
from web.state.presence import PresenceView
from web.state.verdicts import Judging

VERSION = "1"


@dataclass(frozen=True, slots=True)
class WebConfig:
    """What an operator may choose."""

    slack: SlackAppConfig | None = None
    """How Slack's commands and clicks come in; None: they do not."""
    areas: Areas = field(default_factory=packaged)
    """The areas that a filter may name."""
    producers: Mapping[str, str] = field(default_factory=dict)
    """The keys of those who may post sightings, by source."""
    read_token: str | None = None
    """What a reader must know; None: nothing."""
    map_states: ReadMapState | None = None
    """Reads map states; None: a child process folds the evidence."""
    hosts: AllowedHosts | None = None
    """Under which names the page is answered; None: under any."""
    limits: ConnectionLimits = field(default_factory=ConnectionLimits)
    """How long clients are waited for, and how many there may be."""
    days: DayPolicy = DEFAULT_DAYS
    """Which days a sighting may tell of."""


def build_web(cluster: KafkaConfig, prefix: str, config: WebConfig | None = None) -> FastAPI:
    """Return the application; it reads Kafka from its start-up to its end. Its views are ``app.state.views``."""
    chosen = config or WebConfig()
    views = Views(AlertView(secrets.token_hex(4)), PresenceView(), ActivityView())
    alerts, slack, health, judging = views.alerts, chosen.slack, Health(), Judging(chosen.producers)
    bolt = build_slack(slack, SlackService(cluster, prefix, alerts, views.presence, chosen.areas)) if slack else None

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
    app.add_middleware(RateLimiter, clock=monotonic, max_streams=chosen.limits.streams)
    if chosen.read_token:
        app.add_middleware(ReadTokenAuth, token=chosen.read_token)
    app.add_middleware(HostCheck, allowed=chosen.hosts)
    app.add_middleware(SecurityHeaders)
    app.state.views = views
    tell_problems(app)
    serve_page(app)
    serve_presence(app, views.presence, alerts, chosen.map_states or PastMapStates(monotonic))
    serve_activity(app, views.activity)
    serve_alerts(app, alerts, chosen.areas)
    serve_events(app, alerts, chosen.areas)
    take_sightings(app, Writer(cluster, prefix, judging), chosen.producers, chosen.days, chosen.limits.body_seconds)
    serve_rejections(app, judging.rejections, chosen.producers)
    if bolt and slack and slack.signing_secret:
        take_requests(app, bolt, chosen.limits.body_seconds)

    serve_health(app, health, views)
    _describe(app)
    return app


def _describe(app: FastAPI) -> None:
    """Let the OpenAPI document say what no route's signature says, and leave out what no route answers.

    It is generated for the first reader: to generate it takes five times as long as everything else here.
    """
    generate = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(generate())
        return generate()

    app.openapi = described  # type: ignore[method-assign]


def _complete(document: dict[str, Any]) -> None:
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
