"""``GET /api/v1/events``: alert events as server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from pydantic_core import to_json
from sse_starlette import EventSourceResponse, JSONServerSentEvent, ServerSentEvent

from places.areas import Areas
from schemas.alert import AlertEvent
from schemas.limits import shorten
from schemas.subscription import Subscription
from web.api.alert_query import concerns
from web.api.filter_param import AlertFilter
from web.api.services import Injected
from web.formats.json import event_to_json
from web.http.problem import LONGEST_VALUE, ParameterNote, ParameterProblem, documented
from web.http.strict_route import StrictRoute
from web.state.alert_log import AlertLog, NumberedEvent

_RETRY_MS = 3000
_PING_SECONDS = 15
_GRACE_SECONDS = 2
_BEGINNING = "beginning"

router = APIRouter(route_class=StrictRoute, tags=["Alerts"])


@router.get(
    "/api/v1/events",
    name="events",
    response_class=Response,
    responses={
        200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}, "description": "Alert events."},
        **documented(status_400="The filter or the position is invalid.", status_503="Too many streams are open."),
    },
)
async def stream_events(
    services: Injected,
    wanted: AlertFilter,
    begin: Annotated[
        str,
        Query(
            alias="from",
            description="Where to begin: an event's id, an instant, or `beginning`; without it, with new events.",
            examples=["2026-11-24T12:00:00Z", "beginning"],
        ),
    ] = "",
    last_event_id: Annotated[
        str,
        Header(
            description="The id of the last event; it takes precedence over `from`.",
            examples=["3f2a-17-1511510400000"],
        ),
    ] = "",
) -> Response:
    """Stream alert events as they arrive, from ``from`` or ``Last-Event-ID`` on, or from now on.

    Events named ``alert`` hold an alert event as JSON. ``catching-up``, ``caught-up`` and ``kafka-away`` say whether
    the server has read everything on record, how many alerts it knows, and how many offsets are left to read.
    """
    log = services.page.alerts
    number = await _parse_position(log, last_event_id or begin)
    if number is None and begin and not last_event_id:
        detail = "write an event's id, an instant such as 2026-11-24T12:00:00Z, or `beginning`"
        note = ParameterNote(parameter="from", value=shorten(begin, LONGEST_VALUE), detail=detail)
        raise ParameterProblem("invalid-parameter", [note])
    return EventSourceResponse(
        stream(log, number, wanted.subscriptions, services.areas),
        ping=_PING_SECONDS,
        sep="\n",
        shutdown_grace_period=_GRACE_SECONDS,
    )


async def stream(
    log: AlertLog, number: int | None, wanted: Sequence[Subscription], areas: Areas
) -> AsyncIterator[ServerSentEvent]:
    """Yield the state of the log and the events after a number that a filter matches; None: new events only."""
    yield ServerSentEvent(retry=_RETRY_MS)
    if number is None:
        number = log.end.number
        async for item in log.watch(number):
            number = log.end.number
            if item == "caught-up":
                break
            if not isinstance(item, NumberedEvent):
                yield _state_event(log, item)
    async for item in log.watch(number):
        if not isinstance(item, NumberedEvent):
            yield _state_event(log, item)
        elif concerns(item.event, wanted, areas):
            position = log.position_of(item.number, item.event.arrived)
            yield ServerSentEvent(log.text(item, _render), id=position, event="alert")


def _render(event: AlertEvent) -> str:
    return to_json(event_to_json(event)).decode()


def _state_event(log: AlertLog, state: str) -> ServerSentEvent:
    return JSONServerSentEvent({"alerts": log.end.alerts, "behind": log.lag}, event=state)


async def _parse_position(log: AlertLog, position: str) -> int | None:
    """Return the number that a stream starts after; None for an empty or invalid position."""
    if position == _BEGINNING:
        return 0
    if (number := await log.number_after(position)) is not None:
        return number
    try:
        instant = datetime.fromisoformat(position)
    except ValueError:
        return None
    return await log.number_before(instant if instant.tzinfo else instant.replace(tzinfo=UTC))
