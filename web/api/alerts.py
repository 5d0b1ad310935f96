"""``GET /api/v1/alerts`` in several formats, the Atom feed, one alert's events, and its CAP message."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from itertools import islice
from typing import Annotated, Literal
from urllib.parse import urlsplit

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel

from history.alerts import AlertEntry, AlertQuery, alert_entries, events_with_prefix
from schemas.alert import AlertEvent, AlertStatus, Cause
from schemas.evidence import Evidence
from schemas.limits import shorten
from web.api.alert_query import LeftOut, is_left_out, kinds_of, matches, names_of, was_announced_as
from web.api.alert_rows import AlertLinks, AlertRow, Expand
from web.api.filter_param import AlertFilter, notes_as_json
from web.api.query_params import Before, FirstDay, LastDay, page_size
from web.api.services import NO_ANSWER, Injected, Services
from web.formats import atom, cap, csv, geojson, stix
from web.formats.json import alert_links, alert_to_json
from web.http.caching import CachedResponse
from web.http.links import next_header, server_address, with_params
from web.http.params import Day
from web.http.problem import LONGEST_VALUE, ParameterNote, ParameterProblem, documented, parameter_note
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
    links: AlertLinks


class EvidencePage(BaseModel):
    """The evidence of an alert's latest event."""

    alert_id: str
    revision: int
    sightings: list[Evidence]
    """The deciding sightings, at most ten, the earliest of each origin first."""
    cause: Cause
    """The change that caused the event, with its sightings."""


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
    without: Annotated[
        list[LeftOut] | None,
        Query(
            description="Leave out `candidates`, which were never confirmed, or `returns`; may be repeated. What was "
            "announced as news and became a return stays.",
            examples=[["candidates"]],
        ),
    ] = None,
    before: Before = None,
    expand: Expand = None,
    limit: Annotated[int, page_size(_MAX_ALERTS)] = 100,
    format: Annotated[  # noqa: A002 - the parameter's name in the URL
        Literal["json", "geojson", "csv", "stix"],
        Query(description="The form of the response; stix is STIX 2.1.", examples=["csv"]),
    ] = "json",
) -> Response:
    """Return alerts in their current state, or as they were at the end of a day, the newest first."""
    filters = wanted.subscriptions
    query = AlertQuery(as_of, before, status or (), kinds_of(filters), first, last, names_of(filters))

    def is_wanted(entry: AlertEntry) -> bool:
        return not is_left_out(entry, without or ()) and matches(entry.latest, filters, services.areas)

    selected = await services.queries.ask(partial(_matching, query, is_wanted, limit + 1))
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
    return _format(selected[:limit], format, page, evidence=bool(expand)).respond(request, headers=headers)


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
    """Return the newest fifty alerts as an Atom feed, each with a link to its CAP message.

    An alert that a correction turned into another kind stays in the feed in which it was announced.
    """
    filters = wanted.subscriptions
    query = AlertQuery(before=before, statuses=_PROVEN, names=names_of(filters))
    is_wanted = partial(was_announced_as, wanted=filters, areas=services.areas)
    found = await services.queries.ask(partial(_matching, query, is_wanted, _FEED_ENTRIES + 1))
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
    """Return every event of an alert, with its evidence."""
    events = await _events_of(alert_id, services)
    links = alert_links(events[-1])
    return CachedResponse.json({"events": [event.to_json() for event in events], "links": links}).respond(request)


@router.get(
    "/api/v1/alerts/{alert_id}/evidence",
    name="evidence",
    responses={200: {"model": EvidencePage}, **documented(status_404="There is no such alert.", status_503=NO_ANSWER)},
)
async def get_alert_evidence(request: Request, services: Injected, alert_id: AlertId) -> Response:
    """Return the sightings behind the latest event of an alert."""
    latest = (await _events_of(alert_id, services))[-1].to_json()
    evidence = {"alert_id": latest["alert_id"], "revision": latest["revision"], "cause": latest["cause"]}
    return CachedResponse.json({**evidence, "sightings": latest["why"]["sightings"]}).respond(request)


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
    events = await _events_of(alert_id, services)
    server = server_address(request, services.page_url)
    message = cap.alert_to_cap(events, server, urlsplit(server).hostname or "localhost")
    return CachedResponse(message, cap.MEDIA_TYPE).respond(request)


def _matching(
    query: AlertQuery, is_wanted: Callable[[AlertEntry], bool], limit: int, connection: sqlite3.Connection
) -> list[AlertEntry]:
    """Return up to ``limit`` wanted alerts that a query selects, the newest first."""
    return list(islice(filter(is_wanted, alert_entries(connection, query)), limit))


def _format(entries: list[AlertEntry], format_: str, page: dict[str, object], *, evidence: bool) -> CachedResponse:
    match format_:
        case "geojson":
            return CachedResponse(geojson.alerts_to_geojson(entries), geojson.MEDIA_TYPE)
        case "csv":
            return CachedResponse(csv.alerts_to_csv(entries), csv.MEDIA_TYPE)
        case "stix":
            return CachedResponse.json(stix.alerts_to_stix(entries), stix.MEDIA_TYPE)
        case _:
            return CachedResponse.json(
                {"alerts": [alert_to_json(entry, evidence=evidence) for entry in entries], **page}
            )


async def _events_of(alert_id: str, services: Services) -> list[AlertEvent]:
    """Return the events of the one alert whose id begins like this. Raises ParameterProblem if there is none."""
    prefix = alert_id.strip().casefold()
    events = await services.queries.ask(partial(events_with_prefix, prefix=prefix))
    if not events:
        detail = "there is no alert with this id, or the server has not read it yet"
    elif len({event.alert_id for event in events}) > 1:
        detail = f"several alerts have an id that begins with {shorten(prefix, LONGEST_VALUE)}: write more of it"
    else:
        return events
    raise ParameterProblem("not-found", [parameter_note("alert_id", alert_id, detail)])


def _query(request: Request) -> str:
    return f"?{request.url.query}" if request.url.query else ""
