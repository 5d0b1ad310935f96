"""``GET /api/v1/map-state``: a window of days as it was known then and as it is known now."""

from __future__ import annotations

import sqlite3
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from history.map_state import MapQuery, map_state
from streams.presence.policy import Policy
from web.api.services import Injected
from web.http.caching import CachedResponse
from web.http.params import Day
from web.http.problem import documented

_MAX_WINDOW_DAYS = 3_660

router = APIRouter()


@router.get(
    "/api/v1/map-state",
    name="map_state",
    responses={200: {"model": dict[str, object]}, **documented(status_400="A parameter is invalid.")},
)
async def get_map_state(
    request: Request,
    services: Injected,
    as_of: Day,
    days: Annotated[int, Query(ge=1, le=_MAX_WINDOW_DAYS)] = 30,
) -> Response:
    """Return the days up to ``as_of`` as known then and as known now, with differences and reasons.

    The content is that of `firstseen history map`.
    """
    query = MapQuery(as_of, days=days)

    async def compute() -> CachedResponse:
        return await services.questions.ask(partial(_answer, query, services.policy))

    answer = await services.answers.get((as_of, days, services.page.alerts.end), compute)
    return answer.respond(request)


def _answer(query: MapQuery, policy: Policy, connection: sqlite3.Connection) -> CachedResponse:
    return CachedResponse.json(map_state(connection, query, policy))
