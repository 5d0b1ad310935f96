"""``GET /api/v1/timeline``: how many episodes begin in each month or year."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from history.episode_selection import EpisodeQuery
from history.episodes import timeline
from schemas.codes import CountryCode, EpisodeKind
from web.api.filter_param import PlacesFilter, notes_as_json
from web.api.query_params import FirstDay, KnownBy, LastDay, known_at
from web.api.services import NO_ANSWER, Injected
from web.http.caching import CachedResponse
from web.http.problem import ParameterNote, documented
from web.http.strict_route import StrictRoute

router = APIRouter(route_class=StrictRoute, tags=["On record"])


class PeriodRow(BaseModel):
    """What begins in a month or a year."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    first_day: date
    """The first day of the period."""
    kinds: dict[EpisodeKind, int]
    """Episodes that begin, by kind."""
    countries: list[CountryCode]
    """The countries in which an episode other than a return begins."""


class TimelinePage(BaseModel):
    """The periods in which an episode begins, in order; others are left out."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    step: Literal["month", "year"]
    periods: list[PeriodRow]
    warnings: list[ParameterNote]
    """Warnings about the filter, such as an unknown group."""


@router.get(
    "/api/v1/timeline",
    responses={200: {"model": TimelinePage}, **documented(status_400="A parameter is invalid.", status_503=NO_ANSWER)},
)
async def get_timeline(
    request: Request,
    services: Injected,
    wanted: PlacesFilter,
    first: FirstDay = None,
    last: LastDay = None,
    known_by: KnownBy = None,
    step: Annotated[
        Literal["month", "year"], Query(description="The length of a period.", examples=["month"])
    ] = "month",
) -> Response:
    """Return when news began: how many episodes, of which kinds, and where, by month or year."""
    query = EpisodeQuery(
        wanted.group,
        as_of=last,
        known_at=known_at(known_by),
        first=first,
        filter=wanted.places,
        window_days=services.policy.window_days,
    )

    async def compute() -> CachedResponse:
        periods = await services.queries.ask(partial(timeline, query=query, step=step))
        warnings = notes_as_json(wanted.warnings)
        return CachedResponse.json({"step": step, "periods": periods, "warnings": warnings})

    key = ("timeline", step, query, wanted.warnings, services.page.alerts.end)
    return (await services.responses.get(key, compute)).respond(request, services.caching(wanted.settled(known_by)))
