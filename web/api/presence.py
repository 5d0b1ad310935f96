"""``GET /api/v1/presence``, ``/regions`` and ``/countries/{code}``: the episodes of groups in countries."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel

from places.regions import countries
from schemas.codes import CountryCode, EpisodeKind
from schemas.names import comparable
from web.api.alert_query import alert_entries
from web.api.services import Injected
from web.formats.json import alert_to_json
from web.http.caching import CachedResponse
from web.http.params import Code, Day
from web.http.problem import documented, problem
from web.state.alert_log import State

_MAX_EPISODES = 10_000
_MAX_ALERTS = 100

router = APIRouter()


class EpisodeRow(BaseModel):
    """A run of days of one group in one country."""

    group: str
    country: CountryCode
    country_name: str
    region: str
    kind: EpisodeKind
    first_day: date
    last_day: date
    """Inclusive."""
    begins_by: date
    """The latest day on which it can have begun; ``first_day`` when that day is certain."""
    ends_from: date
    """The earliest day on which it can have ended; ``last_day`` when that day is certain."""


class PresencePage(BaseModel):
    """Episodes by group, country and first day."""

    episodes: list[EpisodeRow]
    next_after: str | None
    """Value of ``after`` for the next page, or null on the last page."""


class RegionRow(BaseModel):
    """A region of UN M49 and what is on record there."""

    region: str
    countries: list[CountryCode]
    groups: int
    episodes: int


class Regions(BaseModel):
    """All regions."""

    regions: list[RegionRow]
    state: State


class CountryPage(BaseModel):
    """A country, its episodes and its alerts, the latest first."""

    country: CountryCode
    country_name: str
    region: str
    episodes: list[EpisodeRow]
    alerts: list[dict[str, object]]
    """As in ``/alerts``."""
    next_before: int | None
    """Value of ``before`` for the next page of alerts, or null on the last page."""
    state: State


@router.get(
    "/api/v1/presence",
    name="episodes",
    responses={200: {"model": PresencePage}, **documented(status_400="A parameter is invalid.")},
)
async def list_episodes(
    request: Request,
    services: Injected,
    group: str | None = None,
    region: str | None = None,
    country: Code | None = None,
    as_of: Day | None = None,
    after: str | None = None,
    limit: Annotated[int | None, Query(ge=1, le=_MAX_EPISODES)] = None,
) -> Response:
    """Return episodes, all without ``limit``. ``as_of`` selects episodes that began by a day, cut at that day."""
    return services.page.presence.episodes_response(group, region, country, as_of, after, limit).respond(request)


@router.get(
    "/api/v1/regions",
    name="regions",
    responses={200: {"model": Regions}, **documented(status_400="A parameter is invalid.")},
)
async def list_regions(
    request: Request, services: Injected, group: str | None = None, as_of: Day | None = None
) -> Response:
    """Return every region with its countries and what is on record there, up to a day."""
    regions = services.page.presence.regions(group, as_of)
    return CachedResponse.json({"regions": regions, "state": services.page.alerts.state}).respond(request)


@router.get(
    "/api/v1/countries/{code}",
    name="country",
    responses={
        200: {"model": CountryPage},
        **documented(status_400="A parameter is invalid.", status_404="There is no such country."),
    },
)
async def get_country(
    request: Request,
    services: Injected,
    code: Annotated[str, Path(pattern="^[A-Z]{2}$")],
    group: str | None = None,
    as_of: Day | None = None,
    before: Annotated[int | None, Query(ge=1)] = None,
    limit: Annotated[int, Query(ge=1, le=_MAX_ALERTS)] = _MAX_ALERTS,
) -> Response:
    """Return a country (ISO 3166-1 alpha-2, or XK): its episodes, and a page of its alerts, up to a day."""
    known = countries().get(code)
    if known is None:
        return problem(404, f"{code} is not a country of ISO 3166-1: write its alpha-2 code, such as ML.")
    log = services.page.alerts
    entries = [
        entry for entry in alert_entries(log.histories(), as_of)
        if code in {entry.latest.country, *entry.latest.countries}
        and (group is None or comparable(group) == comparable(entry.latest.group))
        and (before is None or entry.number < before)
    ]  # fmt: skip
    page = entries[:limit]
    country = {
        "country": code,
        "country_name": known.name,
        "region": known.region,
        "episodes": services.page.presence.episodes_in(code, group, as_of),
        "alerts": [alert_to_json(entry) for entry in page],
        "next_before": page[-1].number if len(entries) > limit else None,
        "state": log.state,
    }
    return CachedResponse.json(country).respond(request)
