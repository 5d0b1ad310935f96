"""The application: the page, its HTTP API and the Slack app.

Tasks read Kafka's topics into :mod:`web.state`; the routers below read it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from fastapi import FastAPI, Request, Response

from history.database import History, HistoryError
from history.located_reports import MAX_REPORTS, TooManyReportsError
from places.areas import Areas, packaged
from streams.intake.day_limits import DEFAULT_DAYS, DayPolicy
from streams.io.clock import monotonic
from streams.io.kafka_config import KafkaConfig
from streams.presence.policy import Policy
from web.api import (
    alerts,
    changes,
    documentation,
    events,
    filters,
    groups,
    health,
    map_state,
    openapi,
    presence,
    rejections,
    sightings,
    timeline,
    unsubscribe,
)
from web.api.idempotency import SentResponses
from web.api.services import Services
from web.api.sighting_writer import SightingWriter
from web.http.auth import ReadTokenAuth
from web.http.compression import Compression
from web.http.connections import ConnectionLimits
from web.http.head_requests import HeadRequests
from web.http.hosts import AllowedHosts, HostCheck
from web.http.problem import ParameterNote, add_problem_handlers, parameter_problem, problem
from web.http.rate_limit import RateLimiter
from web.http.security_headers import SecurityHeaders
from web.page import addresses, files
from web.slack_app import http as slack_http
from web.slack_app.config import SlackAppConfig
from web.slack_app.handlers import build_slack
from web.slack_app.service import SlackService
from web.slack_app.signatures import SignatureCheck
from web.slack_app.socket_mode import listen
from web.state.alert_log import AlertLog
from web.state.follower import FollowedTopics
from web.state.health import Health, check_stages
from web.state.known_names import KnownNames
from web.state.outcomes_follower import OutcomesFollower
from web.state.page_state import PageState
from web.state.queries import BusyError, Queries
from web.state.response_cache import ResponseCache
from web.state.subscription_writer import SubscriptionWriter

_COMPRESS_FROM_BYTES = 1_000

_ROUTERS = (
    addresses.router,
    files.router,
    documentation.index_router,
    documentation.router,
    presence.router,
    groups.router,
    timeline.router,
    map_state.router,
    sightings.router,
    alerts.router,
    events.router,
    changes.router,
    filters.router,
    rejections.router,
    health.router,
)


@dataclass(frozen=True, slots=True)
class WebConfig:
    """What an operator configures."""

    slack: SlackAppConfig | None = None
    """The Slack app; None: the server takes no commands and clicks."""
    areas: Areas = field(default_factory=packaged)
    """The areas that a filter may name."""
    producers: Mapping[str, str] = field(default_factory=dict)
    """The keys of producers that may post sightings, by source."""
    read_token: str | None = None
    """The token that readers need; None: everybody may read."""
    hosts: AllowedHosts | None = None
    """The host names that readers may use; None: any."""
    limits: ConnectionLimits = field(default_factory=ConnectionLimits)
    """How long the server waits for clients, and how many there may be."""
    days: DayPolicy = DEFAULT_DAYS
    """The days that a sighting may have."""
    policy: Policy = field(default_factory=Policy)
    """The thresholds of the presence rules."""
    page_url: str | None = None
    """The address of the page that readers use; None: that of each request."""
    unsubscribe_secret: str | None = None
    """The secret that signs the links in mails; None: nobody can unsubscribe on the page."""
    history: Path | None = None
    """File of the history database; None: it is kept in memory."""


def build_web(cluster: KafkaConfig, prefix: str, config: WebConfig | None = None) -> FastAPI:
    """Return the application. It follows Kafka from start-up to shutdown; ``app.state.services`` holds its state."""
    config = config or WebConfig()
    outcomes = OutcomesFollower()
    history = History(config.history, {"prefix": prefix, "policy": config.policy.fingerprint})
    queries = Queries(history)
    services = Services(
        queries=queries,
        responses=ResponseCache(),
        names=KnownNames(queries),
        page=PageState(AlertLog(queries)),
        page_url=config.page_url,
        health=Health(),
        policy=config.policy,
        areas=config.areas,
        writer=SightingWriter(cluster, prefix, outcomes),
        sent_responses=SentResponses(),
        producer_keys=config.producers,
        days=config.days,
        body_seconds=config.limits.body_seconds,
    )
    slack = config.slack
    subscriptions = SubscriptionWriter(cluster, prefix)
    bolt = build_slack(slack, SlackService(cluster, prefix, queries, config.areas, subscriptions)) if slack else None

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with suppress(HistoryError):  # a new file has no events yet
            await services.page.alerts.refresh()
        tasks = [
            asyncio.create_task(FollowedTopics(cluster, prefix, config.policy, history, services.page).follow()),
            asyncio.create_task(check_stages(cluster, prefix, services.health, services.page)),
            asyncio.create_task(outcomes.follow(cluster, prefix)),
        ]
        if bolt and slack and slack.app_token:
            tasks.append(asyncio.create_task(listen(bolt, slack.app_token, slack.own_host)))
        yield
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await asyncio.to_thread(services.writer.close)
        await asyncio.to_thread(queries.close)

    # No generated documentation pages: they would load scripts from other sites.
    app = FastAPI(
        **openapi.DESCRIPTION,
        lifespan=lifespan,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.services = services
    _add_middleware(app, config)
    add_problem_handlers(app)
    app.add_exception_handler(404, addresses.not_found)  # type: ignore[arg-type]
    app.add_exception_handler(HistoryError, _no_answer)
    app.add_exception_handler(TooManyReportsError, _too_many_reports)
    # include_router() would analyse every route again, on the first request: a tenth of a second.
    for router in _ROUTERS:
        app.router.routes.extend(router.routes)
    if bolt and slack and slack.signing_secret:
        signatures = SignatureCheck(slack.signing_secret)
        app.state.slack_endpoint = slack_http.SlackEndpoint(
            bolt, signatures, slack.own_host, config.limits.body_seconds
        )
        app.router.routes.extend(slack_http.router.routes)
    if config.unsubscribe_secret:
        app.state.unsubscribe_service = unsubscribe.UnsubscribeService(config.unsubscribe_secret, subscriptions)
        app.router.routes.extend(unsubscribe.router.routes)
    app.mount("/page", files.PageFiles())
    openapi.complete(app)
    return app


async def _too_many_reports(_: Request, __: Exception) -> Response:
    detail = f"more than {MAX_REPORTS:,} reports lie in the places of the filter: name a smaller place, or groups"
    return parameter_problem("invalid-filter", [ParameterNote(parameter="filter", detail=detail)])


async def _no_answer(_: Request, error: Exception) -> Response:
    return problem(503, f"{error}.", {"Retry-After": "1" if isinstance(error, BusyError) else "5"})


def _add_middleware(app: FastAPI, config: WebConfig) -> None:
    """Add what every request passes. The last one added runs first."""
    app.add_middleware(Compression, minimum_size=_COMPRESS_FROM_BYTES, compresslevel=6)
    app.add_middleware(RateLimiter, clock=monotonic, max_streams=config.limits.streams)
    if config.read_token:
        app.add_middleware(ReadTokenAuth, token=config.read_token)
    app.add_middleware(HostCheck, allowed=config.hosts)
    app.add_middleware(HeadRequests)
    app.add_middleware(SecurityHeaders)
