"""``GET /api/v1/alerts`` in several formats, and one alert with its whole life."""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Literal, get_args

from fastapi import FastAPI, Query, Request, Response
from pydantic import BaseModel

from places.areas import Areas
from schemas.alert import AlertEvent, AlertStatus
from schemas.labels import KINDS
from schemas.subscription import Clause, Subscription
from streams.dispatch.filters.errors import FilterError, error_text
from streams.dispatch.filters.parser import parse_filter
from web.formats import cap, stix
from web.formats.alerts import Life, as_json, atom, chosen, lives
from web.formats.tables import alerts_as_csv, alerts_as_geojson
from web.http.caching import Answer
from web.http.params import Day
from web.http.problem import documented, problem
from web.state.alert_log import AlertView, State

_MOST = 1_000
_IN_A_FEED = 50
_EVERYTHING = Subscription(clauses=(Clause(kinds=tuple(KINDS)),))
_STATUSES: tuple[AlertStatus, ...] = get_args(AlertStatus)
_PROVED: tuple[AlertStatus, ...] = ("confirmed", "superseded", "retracted")


class AlertRow(AlertEvent):
    """An alert as it is: the last event of its life."""

    number: int
    """Its place in the order of first events, counted from 1."""
    published: str
    """Arrival of its first event."""
    country_name: str


class AlertsPage(BaseModel):
    """Alerts, the newest first."""

    alerts: list[AlertRow]
    next_before: int | None
    """What ``before`` of the next page is; None: this is the last."""
    state: State
    """Whether all that is on record is known here yet."""
    position: str
    """Where the stream of events goes on from here: ``from`` of ``/events``."""


class LifePage(BaseModel):
    """An alert's events in their order."""

    events: list[AlertEvent]


_FORMATS = {
    "application/geo+json": {"schema": {"type": "object"}},
    "text/csv": {"schema": {"type": "string"}},
    stix.MEDIA_TYPE: {"schema": {"type": "object"}},
}


def serve_alerts(app: FastAPI, view: AlertView, areas: Areas) -> None:
    """Let the application answer. A filter is written as for a subscription; without one it is every kind."""

    @app.get(
        "/api/v1/alerts",
        responses={
            200: {"model": AlertsPage, "content": _FORMATS},
            **documented(status_400="A value is wrong, or the filter."),
        },
    )
    async def alerts(
        request: Request,
        filter: str = "",  # noqa: A002 - its name in the address
        status: Annotated[list[AlertStatus] | None, Query()] = None,
        as_of: Day | None = None,
        before: Annotated[int | None, Query(ge=1)] = None,
        limit: Annotated[int, Query(ge=1, le=_MOST)] = 100,
        format: Literal["json", "geojson", "csv", "stix"] = "json",  # noqa: A002 - its name in the address
    ) -> Response:
        """Return alerts; ``as_of``: those that had come up to the end of a day (UTC), as they were then."""
        wanted = _wanted(filter, areas)
        if isinstance(wanted, FilterError):
            return problem(400, error_text(wanted))
        known = lives(view.histories(), as_of)
        found = list(islice(chosen(known, wanted, areas, status or _STATUSES, before), limit + 1))
        more = found[limit - 1].number if len(found) > limit else None
        follows = {"Link": f'<{request.url.include_query_params(before=more)}>; rel="next"'} if more else None
        return _formatted(found[:limit], format, view, more).to(request, headers=follows)

    @app.get(
        "/api/v1/alerts.atom",
        response_class=Response,
        responses={
            200: {"content": {"application/atom+xml": {"schema": {"type": "string"}}}, "description": "A feed."},
            **documented(status_400="The filter is wrong."),
        },
    )
    async def feed(request: Request, filter: str = "") -> Response:  # noqa: A002 - its name in the address
        """Return the newest fifty as an Atom feed, each with a link to its message in CAP."""
        wanted = _wanted(filter, areas)
        if isinstance(wanted, FilterError):
            return problem(400, error_text(wanted))
        found = list(islice(chosen(lives(view.histories()), wanted, areas, _PROVED, None), _IN_A_FEED))
        return Answer(atom(found, _page(request), filter), "application/atom+xml").to(request)

    @app.get(
        "/api/v1/alerts/{alert_id}",
        responses={200: {"model": LifePage}, **documented(status_404="There is no such alert.")},
    )
    async def life(request: Request, alert_id: str) -> Response:
        """Return every event of an alert."""
        events = view.events(alert_id)
        if not events:
            return _unknown()
        return Answer.of({"events": [one.model_dump(mode="json") for one in events]}).to(request)

    @app.get(
        "/api/v1/alerts/{alert_id}/cap",
        response_class=Response,
        responses={
            200: {"content": {cap.MEDIA_TYPE: {"schema": {"type": "string"}}}, "description": "A message."},
            **documented(status_404="There is no such alert."),
        },
    )
    async def message(request: Request, alert_id: str) -> Response:
        """Return the last event of an alert as a message of CAP 1.2."""
        events = view.events(alert_id)
        if not events:
            return _unknown()
        return Answer(cap.as_cap(events, _page(request), request.url.hostname or "localhost"), cap.MEDIA_TYPE).to(
            request
        )


def _formatted(several: list[Life], format_: str, view: AlertView, more: int | None) -> Answer:
    match format_:
        case "geojson":
            return Answer(alerts_as_geojson(several), "application/geo+json")
        case "csv":
            return Answer(alerts_as_csv(several), "text/csv")
        case "stix":
            return Answer.of(stix.as_stix(several), stix.MEDIA_TYPE)
        case _:
            rows = [as_json(one) for one in several]
            return Answer.of({"alerts": rows, "next_before": more, "state": view.state, "position": view.position})


def _unknown() -> Response:
    return problem(404, "There is no alert of this id, or it is not known here yet.")


def _page(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _wanted(text: str, areas: Areas) -> Subscription | FilterError:
    if not text.strip():
        return _EVERYTHING
    parsed = parse_filter(text, areas)
    return parsed if isinstance(parsed, FilterError) else parsed.subscription
