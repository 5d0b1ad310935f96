"""Alert events as server-sent events: ``GET /api/v1/events``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from fastapi import FastAPI, Header, Query, Response
from sse_starlette import EventSourceResponse, JSONServerSentEvent, ServerSentEvent

from places.areas import Areas
from places.regions import country_name
from schemas.alert import AlertEvent
from schemas.subscription import Subscription
from streams.dispatch.filters.errors import FilterError, error_text
from streams.dispatch.filters.parser import parse_filter
from web.formats.alerts import matches
from web.http.problem import documented, problem
from web.state.alert_log import AlertView, Numbered

_RETRY_MS = 3000
_PING_SECONDS = 15
_GRACE_SECONDS = 2
_BEGINNING = "beginning"


def serve_events(app: FastAPI, view: AlertView, areas: Areas) -> None:
    """Let the application stream."""

    @app.get(
        "/api/v1/events",
        response_class=Response,
        responses={
            200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}, "description": "Alert events."},
            **documented(status_400="The filter or the position is wrong.", status_503="Too many streams are open."),
        },
    )
    async def events(
        filter: str = "",  # noqa: A002 - its name in the address
        begin: Annotated[
            str,
            Query(alias="from", description="An event's id, an instant such as 2026-11-24T12:00:00Z, or `beginning`."),
        ] = "",
        last_event_id: Annotated[str, Header()] = "",
    ) -> Response:
        """Stream alert events as they come; from where ``from`` or ``Last-Event-ID`` says, else from now.

        Events called ``alert`` have an alert event as JSON; ``catching-up``, ``caught-up`` and ``kafka-away`` say
        whether what is on record is known here, how many alerts are, and how many offsets are left to read.
        """
        wanted = parse_filter(filter, areas) if filter.strip() else None
        if isinstance(wanted, FilterError):
            return problem(400, error_text(wanted))
        number = _number(view, last_event_id or begin)
        if number is None and begin and not last_event_id:
            return problem(400, "from: give an event's id, an instant such as 2026-11-24T12:00:00Z, or `beginning`.")
        return EventSourceResponse(
            stream(view, number, wanted.subscription if wanted else None, areas),
            ping=_PING_SECONDS,
            sep="\n",
            shutdown_grace_period=_GRACE_SECONDS,
        )


async def stream(
    view: AlertView, number: int | None, wanted: Subscription | None, areas: Areas
) -> AsyncIterator[ServerSentEvent]:
    """Yield the events behind a number that a filter wants, and the state of the view; None: only what is new."""
    yield ServerSentEvent(retry=_RETRY_MS)
    if number is None:
        number = len(view)
        async for news in view.watch(number):
            number = len(view)
            if news == "caught-up":
                break
            if not isinstance(news, Numbered):
                yield _state(view, news)
    async for news in view.watch(number):
        if not isinstance(news, Numbered):
            yield _state(view, news)
        elif wanted is None or matches(news.event, wanted, areas):
            yield ServerSentEvent(view.text(news.number, _text), id=view.position_of(news.number), event="alert")


def for_page(event: AlertEvent) -> dict[str, Any]:
    """Return the event as JSON values, with the name of its country. Nothing is escaped: the page sets text only."""
    named = {"country_name": country_name(event.country), "country_names": [*map(country_name, event.countries)]}
    return {**event.model_dump(mode="json"), **named}


def _text(event: AlertEvent) -> str:
    return orjson.dumps(for_page(event)).decode()


def _state(view: AlertView, state: str) -> ServerSentEvent:
    return JSONServerSentEvent({"alerts": view.alerts, "behind": view.behind}, event=state)


def _number(view: AlertView, position: str) -> int | None:
    """Return the number behind which a stream begins; None for what is no position, and for none."""
    if position == _BEGINNING:
        return 0
    if (number := view.number_after(position)) is not None:
        return number
    try:
        instant = datetime.fromisoformat(position)
    except ValueError:
        return None
    return view.number_before(instant if instant.tzinfo else instant.replace(tzinfo=UTC))
