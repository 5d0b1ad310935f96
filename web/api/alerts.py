"""``GET /api/v1/alerts`` in several formats, the Atom feed, one alert's events, and its CAP message."""

from __future__ import annotations

import sqlite3
from functools import partial
from itertools import islice
from typing import Annotated, Literal
from urllib.parse import urlsplit

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel

from history.alerts import AlertEntry, AlertQuery, alert_entries, events_with_prefix
from places.areas import Areas
from schemas.alert import AlertEvent, AlertStatus
from schemas.codes import AlertKind
from schemas.subscription import Subscription
from web.api.alert_query import kinds_of, matches
from web.api.filter_param import AlertFilter, notes_as_json
from web.api.query_params import Before, FirstDay, LastDay, page_size
from web.api.services import NO_ANSWER, Injected
from web.formats import atom, cap, csv, geojson, stix
from web.formats.json import alert_to_json
from web.http.caching import CachedResponse
from web.http.links import next_header, server_address, with_params
from web.http.params import Day
from web.http.problem import ParameterNote, documented, problem
from web.http.strict_route import StrictRoute
from web.state.alert_log import State

_MAX_ALERTS = 1_000
_FEED_ENTRIES = 50
_PROVEN: tuple[AlertStatus, ...] = ("confirmed", "superseded", "retracted")
_FORMATS = {
    geojson.MEDIA_TYPE: {"schema": {"type": "object"}},
    csv.MEDIA_TYPE: {"schema": {"type": "string"}},
    stix.MEDIA_TYPE: {"schema": {"type": "object"}},
}

router = APIRouter(route_class=StrictRoute, tags=["Alerts"])


AlertId = Annotated[
    str,
    Path(description="The id of an alert, or its beginning while no other id begins like it.", examples=["ed6c87de"]),
]


class AlertRow(AlertEvent):
    """An alert as it is now: its latest event."""

    number: int
    """Position in the order of first events, counted from 1."""
    published: str
    """Arrival of its first event."""
    announced: AlertKind | None
    """Kind with which it was first confirmed; null: it never was, and nobody was notified."""
    country_name: str


class AlertsPage(BaseModel):
    """Alerts, the newest first."""

    alerts: list[AlertRow]
    next_before: int | None
    """Value of ``before`` for the next page, or null on the last page."""
    next: str | None
    """Address of the next page, relative to the server, or null on the last page."""
    state: State
    """Whether the server has read everything on record."""
    position: str
    """Where the event stream continues: the value of ``from`` for ``/events``."""
    warnings: list[ParameterNote]
    """What is doubtful in the filter, such as a group that nobody knows."""


class LifePage(BaseModel):
    """An alert's events in order."""

    events: list[AlertEvent]


@router.get(
    "/api/v1/alerts",
    name="alerts",
    responses={
        200: {"model": AlertsPage, "content": _FORMATS},
        **documented(status_400="The filter or another parameter is invalid.", status_503=NO_ANSWER),
    },
)
async def list_alerts(
    request: Request,
    services: Injected,
    wanted: AlertFilter,
    status: Annotated[
        list[AlertStatus] | None,
        Query(description="Only alerts with this status; may be repeated.", examples=[["confirmed"]]),
    ] = None,
    as_of: Annotated[
        Day | None,
        Query(description="Alerts that had arrived by the end of this day, UTC, as of then.", examples=["2017-11-24"]),
    ] = None,
    first: FirstDay = None,
    last: LastDay = None,
    before: Before = None,
    limit: Annotated[int, page_size(_MAX_ALERTS)] = 100,
    format: Annotated[  # noqa: A002 - the parameter's name in the URL
        Literal["json", "geojson", "csv", "stix"],
        Query(description="The form of the answer; stix is STIX 2.1.", examples=["csv"]),
    ] = "json",
) -> Response:
    """Return alerts in their current state, or as they were at the end of a day, the newest first."""
    query = AlertQuery(as_of, before, status or (), kinds_of(wanted.subscription), first, last)
    selected = await services.questions.ask(partial(_matching, query, wanted.subscription, services.areas, limit + 1))
    next_before = selected[limit - 1].number if len(selected) > limit else None
    next_page = with_params(request, before=next_before) if next_before else None
    page: dict[str, object] = {
        "next_before": next_before,
        "next": next_page,
        "state": services.page.alerts.state,
        "position": services.page.alerts.position,
        "warnings": notes_as_json(wanted.warnings),
    }
    headers = next_header(server_address(request, services.page_url), next_page)
    return _format(selected[:limit], format, page).respond(request, headers=headers)


@router.get(
    "/api/v1/alerts.atom",
    name="feed",
    response_class=Response,
    responses={
        200: {"content": {atom.MEDIA_TYPE: {"schema": {"type": "string"}}}, "description": "A feed."},
        **documented(status_400="The filter is invalid.", status_503=NO_ANSWER),
    },
)
async def get_feed(
    request: Request,
    services: Injected,
    wanted: AlertFilter,
    before: Before = None,
) -> Response:
    """Return the newest fifty alerts as an Atom feed, each with a link to its CAP message."""
    query = AlertQuery(before=before, statuses=_PROVEN, kinds=kinds_of(wanted.subscription))
    found = await services.questions.ask(
        partial(_matching, query, wanted.subscription, services.areas, _FEED_ENTRIES + 1)
    )
    entries, server = found[:_FEED_ENTRIES], server_address(request, services.page_url)
    next_page = with_params(request, before=entries[-1].number) if len(found) > len(entries) else None
    links = atom.FeedLinks(f"{server}{request.url.path}{_query(request)}", next_page and f"{server}{next_page}")
    feed = atom.alerts_to_atom(entries, server, wanted.text, links)
    return CachedResponse(feed, atom.MEDIA_TYPE).respond(request, headers=next_header(server, next_page))


@router.get(
    "/api/v1/alerts/{alert_id}",
    name="life",
    responses={200: {"model": LifePage}, **documented(status_404="There is no such alert.", status_503=NO_ANSWER)},
)
async def get_alert_events(request: Request, services: Injected, alert_id: AlertId) -> Response:
    """Return every event of an alert. The beginning of its id is enough while no other id begins like it."""
    events = await services.questions.ask(partial(events_with_prefix, prefix=alert_id))
    if not events:
        return _unknown_alert()
    if len({event.alert_id for event in events}) > 1:
        return problem(404, f"Several alerts have an id that begins with {alert_id}: write more of it.")
    return CachedResponse.json({"events": [event.to_json() for event in events]}).respond(request)


@router.get(
    "/api/v1/alerts/{alert_id}/cap",
    name="message",
    response_class=Response,
    responses={
        200: {"content": {cap.MEDIA_TYPE: {"schema": {"type": "string"}}}, "description": "A message."},
        **documented(status_404="There is no such alert.", status_503=NO_ANSWER),
    },
)
async def get_cap_message(request: Request, services: Injected, alert_id: AlertId) -> Response:
    """Return the latest event of an alert as a CAP 1.2 message."""
    events = await services.questions.ask(partial(events_with_prefix, prefix=alert_id))
    if not events or events[0].alert_id != alert_id:
        return _unknown_alert()
    server = server_address(request, services.page_url)
    message = cap.alert_to_cap(events, server, urlsplit(server).hostname or "localhost")
    return CachedResponse(message, cap.MEDIA_TYPE).respond(request)


def _matching(
    query: AlertQuery, wanted: Subscription, areas: Areas, limit: int, connection: sqlite3.Connection
) -> list[AlertEntry]:
    """Return up to ``limit`` alerts that a query selects and a filter matches, the newest first."""
    entries = alert_entries(connection, query)
    return list(islice((entry for entry in entries if matches(entry.latest, wanted, areas)), limit))


def _format(entries: list[AlertEntry], format_: str, page: dict[str, object]) -> CachedResponse:
    match format_:
        case "geojson":
            return CachedResponse(geojson.alerts_to_geojson(entries), geojson.MEDIA_TYPE)
        case "csv":
            return CachedResponse(csv.alerts_to_csv(entries), csv.MEDIA_TYPE)
        case "stix":
            return CachedResponse.json(stix.alerts_to_stix(entries), stix.MEDIA_TYPE)
        case _:
            return CachedResponse.json({"alerts": [alert_to_json(entry) for entry in entries], **page})


def _unknown_alert() -> Response:
    return problem(404, "There is no alert with this id, or the server has not read it yet.")


def _query(request: Request) -> str:
    return f"?{request.url.query}" if request.url.query else ""
