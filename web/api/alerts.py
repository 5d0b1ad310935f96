"""``GET /api/v1/alerts``, with a path for each format; one alert's events, its evidence, and its CAP message."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal
from urllib.parse import urlsplit

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel

from history.alerts import AlertEntry, AlertQuery, events_with_prefix
from schemas.alert import AlertEvent, AlertStatus, Cause
from schemas.evidence import Evidence
from schemas.limits import shorten
from web.api.alert_query import names_of, was_announced_as
from web.api.alert_rows import AlertLinks, AlertRow, Expand
from web.api.filter_param import AlertFilter, notes_as_json
from web.api.query_params import Before
from web.api.selected_alerts import AlertsOfPage, SelectedAlerts, matching
from web.api.services import NO_ANSWER, Injected, Services
from web.formats import atom, cap, csv, geojson, stix
from web.formats.json import alert_links, alert_to_json
from web.http.caching import CachedResponse
from web.http.documented_formats import documented_format
from web.http.links import next_header, server_address, with_params
from web.http.problem import LONGEST_VALUE, ParameterNote, ParameterProblem, documented, parameter_note
from web.http.strict_route import StrictRoute
from web.state.alert_log import State

_FEED_ENTRIES = 50
_PROVEN: tuple[AlertStatus, ...] = ("confirmed", "superseded", "retracted")
_INVALID = "The filter or another parameter is invalid."

router = APIRouter(route_class=StrictRoute, tags=["Alerts"])


AlertId = Annotated[
    str,
    Path(description="The id of an alert, or a unique prefix of it.", examples=["ed6c87de"]),
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
    """Warnings about the filter, such as an unknown group."""


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
    origins: int
    """Number of independent origins. If there are more than `sightings` shows, ask `/sightings` for the rest."""
    cause: Cause
    """The change that caused the event, with its sightings."""


@router.get(
    "/api/v1/alerts",
    name="alerts",
    responses={200: {"model": AlertsPage}, **documented(status_400=_INVALID, status_503=NO_ANSWER)},
)
async def list_alerts(
    request: Request,
    services: Injected,
    selected: SelectedAlerts,
    expand: Expand = None,
    format: Annotated[  # noqa: A002 - the parameter's name in the URL
        Literal["json", "geojson", "csv", "stix"], Query(include_in_schema=False)
    ] = "json",
) -> Response:
    """Return alerts in their current state, or as they were at the end of a day, the newest first."""
    if format != "json":  # an earlier address of the paths below
        return _FORMATS[format](selected).respond(request, headers=selected.headers)
    page = {
        "alerts": [alert_to_json(entry, evidence=bool(expand)) for entry in selected.entries],
        "next_before": selected.next_before,
        "next": selected.next_page,
        "state": services.page.alerts.state,
        "position": services.page.alerts.position,
        "warnings": notes_as_json(selected.warnings),
    }
    return CachedResponse.json(page).respond(request, headers=selected.headers)


@router.get(
    "/api/v1/alerts.csv",
    response_class=Response,
    responses={**documented_format(csv.MEDIA_TYPE), **documented(status_400=_INVALID, status_503=NO_ANSWER)},
)
async def get_alerts_csv(request: Request, selected: SelectedAlerts) -> Response:
    """Return the same page of alerts as CSV, a line for each alert."""
    return _csv(selected).respond(request, headers=selected.headers)


@router.get(
    "/api/v1/alerts.geojson",
    response_class=Response,
    responses={
        **documented_format(geojson.MEDIA_TYPE, geojson.FeatureCollection),
        **documented(status_400=_INVALID, status_503=NO_ANSWER),
    },
)
async def get_alerts_geojson(request: Request, selected: SelectedAlerts) -> Response:
    """Return the same page of alerts as GeoJSON, a feature for each alert."""
    return _geojson(selected).respond(request, headers=selected.headers)


@router.get(
    "/api/v1/alerts.stix",
    response_class=Response,
    responses={
        **documented_format(stix.MEDIA_TYPE, stix.Bundle), **documented(status_400=_INVALID, status_503=NO_ANSWER)
    },
)  # fmt: skip
async def get_alerts_stix(request: Request, selected: SelectedAlerts) -> Response:
    """Return the same page of alerts as a STIX 2.1 bundle, a sighting of a threat actor for each alert."""
    return _stix(selected).respond(request, headers=selected.headers)


@router.get(
    "/api/v1/alerts.atom",
    name="feed",
    response_class=Response,
    responses={
        **documented_format(atom.MEDIA_TYPE),
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

    An alert that a correction turned into another kind stays in the feed in which it was announced. One that was never
    confirmed is in none.
    """
    filters = wanted.subscriptions
    query = AlertQuery(before=before, statuses=_PROVEN, names=names_of(filters))

    def is_wanted(entry: AlertEntry) -> bool:
        return entry.announced is not None and was_announced_as(entry, filters, services.areas)

    found = await services.queries.ask(partial(matching, query, is_wanted, _FEED_ENTRIES + 1))
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
    event = {field: latest[field] for field in ("alert_id", "revision", "cause")}
    evidence = {field: latest["why"][field] for field in ("sightings", "origins")}
    return CachedResponse.json(event | evidence).respond(request)


@router.get(
    "/api/v1/alerts/{alert_id}/cap",
    name="message",
    response_class=Response,
    responses={
        **documented_format(cap.MEDIA_TYPE),
        **documented(status_404="There is no such alert.", status_503=NO_ANSWER),
    },
)
async def get_cap_message(request: Request, services: Injected, alert_id: AlertId) -> Response:
    """Return the latest event of an alert as a CAP 1.2 message."""
    events = await _events_of(alert_id, services)
    server = server_address(request, services.page_url)
    message = cap.alert_to_cap(events, server, urlsplit(server).hostname or "localhost")
    return CachedResponse(message, cap.MEDIA_TYPE).respond(request)


def _csv(selected: AlertsOfPage) -> CachedResponse:
    return CachedResponse(csv.alerts_to_csv(selected.entries), csv.MEDIA_TYPE)


def _geojson(selected: AlertsOfPage) -> CachedResponse:
    return CachedResponse(geojson.alerts_to_geojson(selected.entries), geojson.MEDIA_TYPE)


def _stix(selected: AlertsOfPage) -> CachedResponse:
    return CachedResponse.json(stix.alerts_to_stix(selected.entries), stix.MEDIA_TYPE)


_FORMATS = {"csv": _csv, "geojson": _geojson, "stix": _stix}


async def _events_of(alert_id: str, services: Services) -> list[AlertEvent]:
    """Return the events of the only alert whose id has this prefix. Raises ParameterProblem if there is none."""
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
