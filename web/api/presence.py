"""``GET /api/v1/presence``, ``/regions`` and ``/countries/{code}``: the episodes of groups in countries."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import date
from functools import partial
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from history.alerts import AlertEntry, AlertQuery, alert_entries
from history.episode_selection import EpisodeQuery
from history.episodes import Json, counts_by_region, episode_key, episodes, episodes_of_country
from places.areas import Areas
from places.countries import REGIONS, countries
from schemas.codes import CountryCode, EpisodeKind
from streams.dispatch.matching import names_any
from web.api.alert_query import was_announced_as
from web.api.alert_rows import AlertRow, Expand
from web.api.filter_param import AppliedPlaces, GroupsFilter, PlacesFilter, notes_as_json
from web.api.query_params import Before, KnownBy, UpTo, known_at, page_size
from web.api.services import NO_ANSWER, Injected
from web.formats.json import alert_to_json
from web.http.caching import CachedResponse
from web.http.links import next_header, path_of, server_address, with_params
from web.http.params import parse_country
from web.http.problem import ParameterNote, documented, parameter_note, parameter_problem
from web.http.strict_route import StrictRoute
from web.state.alert_log import State

_MAX_EPISODES = 10_000
_MAX_ALERTS = 100
_OF_A_COUNTRY = ("alerts", "groups", "presence", "sightings", "timeline")

router = APIRouter(route_class=StrictRoute, tags=["On record"])


FirstAndLast = Annotated[list[date], Field(min_length=2, max_length=2)]
"""Generators of clients know lists better than tuples."""


class EpisodeRow(BaseModel):
    """A run of days of one group in one country."""

    group: str
    country: CountryCode
    country_name: str
    region: str
    kind: EpisodeKind
    kind_name: str
    """What a filter calls the kind."""
    first_day: date
    last_day: date
    """Inclusive."""
    begins_by: date
    """The latest day on which it can have begun; ``first_day`` when that day is certain."""
    ends_from: date
    """The earliest day on which it can have ended; ``last_day`` when that day is certain."""
    by_affiliation: list[str]
    """The factions that the sightings of its beginning name; empty if one names the group itself."""
    begins_there: bool | None = None
    """Whether a report of its beginning lies where the filter's ``province``, ``near`` and ``within`` say; missing if
    the filter selects it wherever it is."""
    days_there: list[FirstAndLast] | None = None
    """First and last days of the reports that lie there, both inclusive; missing like ``begins_there``."""


class PresencePage(BaseModel):
    """Episodes by group, country and first day."""

    episodes: list[EpisodeRow]
    next_after: str | None
    """Value of ``after`` for the next page, or null on the last page."""
    next: str | None
    """Address of the next page, relative to the server, or null on the last page."""
    warnings: list[ParameterNote]
    """Warnings about the filter, such as an unknown group."""


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
    alerts: list[AlertRow]
    """As in ``/alerts``."""
    next_before: int | None
    """Value of ``before`` for the next page of alerts, or null on the last page."""
    next: str | None
    """Address of the next page, relative to the server, or null on the last page."""
    state: State
    warnings: list[ParameterNote]
    links: dict[str, str]
    """Where more about it is, relative to the server."""


@router.get(
    "/api/v1/presence",
    name="episodes",
    responses={200: {"model": PresencePage}, **documented(status_400="A parameter is invalid.", status_503=NO_ANSWER)},
)
async def list_episodes(
    request: Request,
    services: Injected,
    wanted: PlacesFilter,
    as_of: UpTo = None,
    known_by: KnownBy = None,
    after: Annotated[
        str | None,
        Query(
            description="Where the previous page ended: its `next_after`.",
            examples=["JNIM|ML|2017-10-01"],
        ),
    ] = None,
    limit: Annotated[int | None, page_size(_MAX_EPISODES)] = None,
) -> Response:
    """Return the episodes of groups in countries, all of them without ``limit``."""
    query = EpisodeQuery(
        wanted.group, as_of=as_of, known_at=known_at(known_by), after=after, limit=limit and limit + 1,
        filter=wanted.places, window_days=services.policy.window_days,
    )  # fmt: skip

    async def compute() -> CachedResponse:
        page, next_after = await services.queries.ask(partial(_page, query))
        next_page = with_params(request, after=next_after) if next_after else None
        warnings = notes_as_json(wanted.warnings)
        value = {"episodes": page, "next_after": next_after, "next": next_page, "warnings": warnings}
        return CachedResponse.json(value, next_page=next_page)

    response = await services.responses.get((request.url.query, query, services.page.alerts.end), compute)
    headers = next_header(server_address(request, services.page_url), response.next_page)
    return response.respond(request, services.caching(wanted.settled(known_by)), headers)


def _page(query: EpisodeQuery, connection: sqlite3.Connection) -> tuple[list[Json], str | None]:
    """Return a page of episodes, and the key after which the next one begins."""
    found = episodes(connection, query)
    page = found if query.limit is None else found[: query.limit - 1]
    return page, episode_key(page[-1]) if len(page) < len(found) else None


@router.get(
    "/api/v1/regions",
    name="regions",
    responses={200: {"model": Regions}, **documented(status_400="A parameter is invalid.", status_503=NO_ANSWER)},
)
async def list_regions(
    request: Request,
    services: Injected,
    wanted: PlacesFilter,
    as_of: UpTo = None,
    known_by: KnownBy = None,
) -> Response:
    """Return every region with its countries, and how many groups and episodes are on record there."""
    query = EpisodeQuery(
        wanted.group,
        as_of=as_of,
        known_at=known_at(known_by),
        filter=wanted.places,
        window_days=services.policy.window_days,
    )
    counts = await services.queries.ask(partial(counts_by_region, query=query))
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
        "warnings": notes_as_json(wanted.warnings),
    }
    return CachedResponse.json(page).respond(request, services.caching(wanted.settled(known_by)))


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
    as_of: UpTo = None,
    known_by: KnownBy = None,
    before: Before = None,
    expand: Expand = None,
    limit: Annotated[int, page_size(_MAX_ALERTS)] = _MAX_ALERTS,
) -> Response:
    """Return a country: its episodes, and a page of its alerts. ``known_by`` selects episodes only, ``as_of`` both."""
    try:
        code = parse_country(code)
    except ValueError as error:
        note = parameter_note("code", code, str(error))
        return parameter_problem("not-found", [note])
    known = countries()[code]
    on_record = EpisodeQuery(
        wanted.group,
        country=code,
        as_of=as_of,
        known_at=known_at(known_by),
        filter=wanted.places,
        window_days=services.policy.window_days,
    )
    alerts = AlertQuery(as_of, before, country=code)
    matching = partial(_is_wanted, wanted, services.areas)
    found, entries = await services.queries.ask(partial(_of_country, on_record, alerts, matching, limit + 1))
    page = entries[:limit]
    next_before = page[-1].number if len(entries) > limit else None
    next_page = with_params(request, before=next_before) if next_before else None
    country = {
        "country": code,
        "country_name": known.name,
        "region": known.region,
        "episodes": found,
        "alerts": [alert_to_json(entry, evidence=bool(expand)) for entry in page],
        "next_before": next_before,
        "next": next_page,
        "state": services.page.alerts.state,
        "warnings": notes_as_json(wanted.warnings),
        "links": _country_links(code),
    }
    headers = next_header(server_address(request, services.page_url), next_page)
    return CachedResponse.json(country).respond(request, services.caching(as_of, wanted.settled(known_by)), headers)


def _country_links(code: str) -> dict[str, str]:
    return {
        "self": path_of("countries", code),
        **{name: f"{path_of(name)}?country={code}" for name in _OF_A_COUNTRY},
        "feed": f"{path_of('alerts.atom')}?country={code}",
        "page": f"/country/{code}",
    }


def _of_country(
    on_record: EpisodeQuery,
    alerts: AlertQuery,
    matching: Callable[[AlertEntry], bool],
    limit: int,
    connection: sqlite3.Connection,
) -> tuple[list[Json], list[AlertEntry]]:
    """Return the episodes of a country, and up to ``limit`` of its alerts."""
    entries = (entry for entry in alert_entries(connection, alerts) if matching(entry))
    return episodes_of_country(connection, on_record), list(islice(entries, limit))


def _is_wanted(wanted: AppliedPlaces, areas: Areas, entry: AlertEntry) -> bool:
    if wanted.group is not None and not names_any((wanted.group,), entry.latest):
        return False
    return wanted.subscription is None or was_announced_as(entry, (wanted.subscription,), areas)
