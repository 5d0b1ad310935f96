"""``GET /api/v1/map-state``: a window of days as it was known then and as it is known now."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from faust_batches.errors import reason
from web.api.services import Injected
from web.http.caching import CachedResponse
from web.http.params import Day
from web.http.problem import documented, problem
from web.http.request_body import until_disconnect

_MAX_WINDOW_DAYS = 3_660

router = APIRouter()


@router.get(
    "/api/v1/map-state",
    name="map_state",
    responses={
        200: {"model": dict[str, object]},
        **documented(status_400="A parameter is invalid.", status_503="The evidence cannot be read at the moment."),
    },
)
async def get_map_state(
    request: Request,
    services: Injected,
    as_of: Day,
    days: Annotated[int, Query(ge=1, le=_MAX_WINDOW_DAYS)] = 30,
) -> Response:
    """Return the days up to ``as_of`` as known then and as known now, with differences and reasons.

    The content is that of `firstseen map-state`.
    """
    try:
        state = await until_disconnect(request, services.read_map_state(as_of, days))
    except OSError as error:
        return problem(503, f"The evidence cannot be read at the moment: {reason(error)}.", {"Retry-After": "5"})
    if state is None:
        return problem(408, "The client disconnected.")
    return CachedResponse(state).respond(request)
