"""``GET /api/v1/map-state``: a window of days as it was known then and as it is known now."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, fields
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from history.map_state import MapQuery, MapState, map_state
from streams.presence.policy import Policy
from web.api.filter_param import GroupsFilter, notes_as_json
from web.api.services import NO_ANSWER, Injected
from web.http.caching import CachedResponse
from web.http.params import Day
from web.http.problem import ParameterNote, documented
from web.http.strict_route import StrictRoute

_MAX_WINDOW_DAYS = 3_660

router = APIRouter(route_class=StrictRoute, tags=["On record"])


@dataclass(frozen=True, slots=True)
class MapStatePage(MapState):
    """The map of a window, as known at two times."""

    warnings: tuple[ParameterNote, ...]
    """Warnings about the filter, such as an unknown group."""


@router.get(
    "/api/v1/map-state",
    name="map_state",
    responses={
        200: {"model": MapStatePage},
        **documented(status_400="A parameter is invalid.", status_503=NO_ANSWER),
    },
)
async def get_map_state(
    request: Request,
    services: Injected,
    wanted: GroupsFilter,
    as_of: Annotated[
        Day, Query(description="The last day of the window, UTC; known then: by its end.", examples=["2017-11-24"])
    ],
    days: Annotated[
        int, Query(ge=1, le=_MAX_WINDOW_DAYS, description="The length of the window in days.", examples=[365])
    ] = 30,
) -> Response:
    """Return the days up to ``as_of`` as known then and as known now, with differences and reasons.

    The content is that of `firstseen history map`.
    """
    query = MapQuery(as_of, days=days, groups=None if wanted.group is None else (wanted.group,), filter=wanted.places)

    async def compute() -> CachedResponse:
        return await services.queries.ask(partial(_answer, query, services.policy, wanted.warnings))

    response = await services.responses.get((query, wanted.warnings, services.page.alerts.end), compute)
    return response.respond(request)


def _answer(
    query: MapQuery, policy: Policy, warnings: tuple[ParameterNote, ...], connection: sqlite3.Connection
) -> CachedResponse:
    state = map_state(connection, query, policy)
    shown = {field.name: getattr(state, field.name) for field in fields(state)}
    return CachedResponse.json({**shown, "warnings": notes_as_json(warnings)})
