"""``GET /api/v1/presence``, ``/regions`` and ``/countries/{code}``: the episodes of groups in countries."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import date
from functools import partial
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel

from history.alerts import AlertEntry, AlertQuery, alert_entries
from history.database import end_of_day
from history.episodes import EpisodeQuery, Json, counts_by_region, episode_key, episodes, episodes_of_country
from places.areas import Areas
from places.regions import REGIONS, countries
from schemas.alert import AlertEvent
from schemas.codes import CountryCode, EpisodeKind
from streams.dispatch.matching import names_any
from web.api.alert_query import matches
from web.api.filter_param import AppliedPlaces, GroupsFilter, PlacesFilter, episode_warnings, notes_as_json
from web.api.services import NO_ANSWER, Injected
from web.formats.json import alert_to_json
from web.http.caching import CachedResponse
from web.http.params import Day, parse_country
from web.http.problem import ParameterNote, documented, problem
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
    warnings: list[ParameterNote]
    """What is doubtful in the filter, such as a group that nobody knows."""


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
    warnings: list[ParameterNote]


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
    warnings: list[ParameterNote]


@router.get(
    "/api/v1/presence",
    name="episodes",
    responses={200: {"model": PresencePage}, **documented(status_400="A parameter is invalid.", status_503=NO_ANSWER)},
)
async def list_episodes(
    request: Request,
    services: Injected,
    wanted: PlacesFilter,
    as_of: Day | None = None,
    known_by: Day | None = None,
    after: str | None = None,
    limit: Annotated[int | None, Query(ge=1, le=_MAX_EPISODES)] = None,
) -> Response:
    """Return episodes, all without ``limit``.

    ``as_of`` selects episodes that began by a day, cut at that day; ``known_by`` what was known by the end of a day
    (UTC).
    """
    query = EpisodeQuery(
        wanted.group, as_of=as_of, known_at=_instant(known_by), after=after, limit=limit and limit + 1,
        filter=wanted.places,
    )  # fmt: skip

    async def compute() -> CachedResponse:
        return await services.questions.ask(partial(_page, query, episode_warnings(wanted)))

    answer = await services.answers.get((query, episode_warnings(wanted), services.page.alerts.end), compute)
    return answer.respond(request, services.caching(known_by))


def _page(query: EpisodeQuery, warnings: tuple[ParameterNote, ...], connection: sqlite3.Connection) -> CachedResponse:
    found = episodes(connection, query)
    page = found if query.limit is None else found[: query.limit - 1]
    next_after = episode_key(page[-1]) if len(page) < len(found) else None
    return CachedResponse.json({"episodes": page, "next_after": next_after, "warnings": notes_as_json(warnings)})


def _instant(known_by: date | None) -> str | None:
    return end_of_day(known_by) if known_by else None


@router.get(
    "/api/v1/regions",
    name="regions",
    responses={200: {"model": Regions}, **documented(status_400="A parameter is invalid.", status_503=NO_ANSWER)},
)
async def list_regions(
    request: Request,
    services: Injected,
    wanted: PlacesFilter,
    as_of: Day | None = None,
    known_by: Day | None = None,
) -> Response:
    """Return every region with its countries and what is on record there, up to a day, as known by a day."""
    query = EpisodeQuery(wanted.group, as_of=as_of, known_at=_instant(known_by), filter=wanted.places)
    counts = await services.questions.ask(partial(counts_by_region, query=query))
    regions = [
        {
            "region": region,
            "countries": [country.code for country in countries().values() if country.region == region],
            "groups": counts.get(region, (0, 0))[0],
            "episodes": counts.get(region, (0, 0))[1],
        }
        for region in REGIONS
    ]
    page = {
        "regions": regions,
        "state": services.page.alerts.state,
        "warnings": notes_as_json(episode_warnings(wanted)),
    }
    return CachedResponse.json(page).respond(request)


@router.get(
    "/api/v1/countries/{code}",
    name="country",
    responses={
        200: {"model": CountryPage},
        **documented(
            status_400="A parameter is invalid.", status_404="There is no such country.", status_503=NO_ANSWER
        ),
    },
)
async def get_country(
    request: Request,
    services: Injected,
    code: Annotated[str, Path(description="Its ISO 3166-1 code, or any usual name.", examples=["ML", "Mali"])],
    wanted: GroupsFilter,
    as_of: Day | None = None,
    known_by: Day | None = None,
    before: Annotated[int | None, Query(ge=1)] = None,
    limit: Annotated[int, Query(ge=1, le=_MAX_ALERTS)] = _MAX_ALERTS,
) -> Response:
    """Return a country: its episodes, and a page of its alerts, up to a day.

    ``known_by`` selects the episodes that were known by the end of a day (UTC).
    """
    try:
        code = parse_country(code)
    except ValueError as error:
        return problem(404, f"{error}.")
    known = countries()[code]
    on_record = EpisodeQuery(wanted.group, country=code, as_of=as_of, known_at=_instant(known_by), filter=wanted.places)
    alerts = AlertQuery(as_of, before, country=code)
    matching = partial(_is_wanted, wanted, services.areas)
    found, entries = await services.questions.ask(partial(_of_country, on_record, alerts, matching, limit + 1))
    page = entries[:limit]
    country = {
        "country": code,
        "country_name": known.name,
        "region": known.region,
        "episodes": found,
        "alerts": [alert_to_json(entry) for entry in page],
        "next_before": page[-1].number if len(entries) > limit else None,
        "state": services.page.alerts.state,
        "warnings": notes_as_json(episode_warnings(wanted)),
    }
    return CachedResponse.json(country).respond(request)


def _of_country(
    on_record: EpisodeQuery,
    alerts: AlertQuery,
    matching: Callable[[AlertEvent], bool],
    limit: int,
    connection: sqlite3.Connection,
) -> tuple[list[Json], list[AlertEntry]]:
    """Return the episodes of a country, and up to ``limit`` of its alerts."""
    entries = (entry for entry in alert_entries(connection, alerts) if matching(entry.latest))
    return episodes_of_country(connection, on_record), list(islice(entries, limit))


def _is_wanted(wanted: AppliedPlaces, areas: Areas, alert: AlertEvent) -> bool:
    if wanted.group is not None and not names_any((wanted.group,), alert):
        return False
    return wanted.subscription is None or matches(alert, wanted.subscription, areas)
