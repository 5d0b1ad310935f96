"""``GET /api/v1/groups`` and ``/groups/{group}``: the groups, their names, affiliations and spread."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from history.episode_selection import EpisodeQuery
from history.groups import GroupSummary, UnknownName, group_details, group_key, group_summaries
from places.countries import country_name
from schemas.codes import CountryCode
from streams.dispatch.filters.tokens import quote
from web.api.filter_param import PlacesFilter, notes_as_json
from web.api.presence import EpisodeRow
from web.api.query_params import KnownBy, known_at, page_size
from web.api.services import NO_ANSWER, Injected
from web.http.caching import CachedResponse
from web.http.links import API, next_header, path_of, server_address, with_params
from web.http.problem import ParameterNote, ParameterProblem, documented, parameter_note
from web.http.strict_route import StrictRoute

_MAX_GROUPS = 1_000

router = APIRouter(route_class=StrictRoute, tags=["On record"])


class _Row(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)


class GroupLinks(_Row):
    """Where more about a group is, relative to the server."""

    self: str
    presence: str
    """Its episodes."""
    sightings: str
    alerts: str
    feed: str
    page: str
    """The page for people."""


class GroupRow(_Row):
    """A group that is registered, or that has a confirmed episode."""

    group: str
    """Its id; of an unregistered group, the spelling that arrived first."""
    names: list[str]
    """Its other names."""
    is_registered: bool
    parents: list[str]
    """The groups to which it ever belonged."""
    factions: list[str]
    """The groups that ever belonged to it, directly."""
    countries: list[CountryCode]
    """Where it is on record."""
    country_names: list[str]
    episodes: int
    """How many episodes are on record."""
    first_day: date | None
    """The first day on record; null if there is none."""
    last_day: date | None
    links: GroupLinks


class GroupsPage(_Row):
    """Groups by name."""

    groups: list[GroupRow]
    next: str | None
    """Address of the next page, relative to the server, or null on the last page."""
    warnings: list[ParameterNote]
    """Warnings about the filter, such as an unknown group."""


class NameRow(_Row):
    """Another name of a group."""

    name: str
    source: str | None
    """Citation."""


class ParentRow(_Row):
    """A group to which the group belongs, or belonged."""

    group: str
    since: date | None
    """First day, inclusive; null: since the beginning."""
    until: date | None
    """Last day, inclusive; null: the affiliation continues."""
    source: str | None
    """Citation."""


class GroupPage(GroupRow):
    """A group with its sources, and its spread."""

    aliases: list[NameRow]
    """Its other names, with their sources."""
    affiliations: list[ParentRow]
    """The groups to which it belongs, with dates and sources."""
    members: list[ParentRow]
    """The groups that belong to it, with dates and sources."""
    spread: list[EpisodeRow]
    """Its first episode in each country, by first day."""
    all_episodes: list[EpisodeRow]
    """Every episode, by first day."""


@router.get(
    "/api/v1/groups",
    responses={200: {"model": GroupsPage}, **documented(status_400="A parameter is invalid.", status_503=NO_ANSWER)},
)
async def list_groups(
    request: Request,
    services: Injected,
    wanted: PlacesFilter,
    known_by: KnownBy = None,
    after: Annotated[
        str | None,
        Query(description="Only groups after this name: `next` of the previous page has it.", examples=["JNIM"]),
    ] = None,
    limit: Annotated[int, page_size(_MAX_GROUPS)] = 100,
) -> Response:
    """Return the groups that are registered or on record; with a filter, those with an episode that it selects."""
    query = EpisodeQuery(
        wanted.group,
        known_at=known_at(known_by),
        filter=wanted.places,
        window_days=services.policy.window_days,
    )

    async def compute() -> CachedResponse:
        found = await services.queries.ask(partial(group_summaries, query=query))
        later = [row for row in found if after is None or group_key(row.group) > group_key(after)]
        page = later[:limit]
        next_page = with_params(request, after=page[-1].group) if len(later) > limit else None
        value = {
            "groups": [group_to_json(summary) for summary in page],
            "next": next_page,
            "warnings": notes_as_json(wanted.warnings),
        }
        return CachedResponse.json(value, next_page=next_page)

    response = await services.responses.get(("groups", request.url.query, query, services.page.alerts.end), compute)
    headers = next_header(server_address(request, services.page_url), response.next_page)
    return response.respond(request, services.caching(wanted.settled(known_by)), headers)


@router.get(
    "/api/v1/groups/{group:path}",
    responses={
        200: {"model": GroupPage},
        **documented(status_400="A parameter is invalid.", status_404="No group has this name.", status_503=NO_ANSWER),
    },
)
async def get_group(
    request: Request,
    services: Injected,
    group: Annotated[str, Path(description="Any of its names, in any spelling.", examples=["Islamic State", "ISIS"])],
    known_by: KnownBy = None,
) -> Response:
    """Return a group: its names and affiliations with their sources, and where it was seen first."""
    found = await services.queries.ask(partial(group_details, name=group, known_at=known_at(known_by)))
    if isinstance(found, UnknownName):
        near = next(iter(found.similar), None)
        detail = f"no group has this name{f'; did you mean {near}?' if near else ''}"
        raise ParameterProblem("not-found", [parameter_note("group", group, detail, near)])
    value = {
        **group_to_json(found.summary),
        "aliases": [alias.model_dump(mode="json") for alias in found.aliases],
        "affiliations": [
            {"group": parent.parent, **parent.model_dump(mode="json", exclude={"parent"})}
            for parent in found.affiliations
        ],
        "members": [asdict(faction) for faction in found.factions],
        "spread": found.spread,
        "all_episodes": found.episodes,
    }
    return CachedResponse.json(value).respond(request)


def group_to_json(summary: GroupSummary) -> dict[str, Any]:
    """Return a group with links."""
    of_group = urlencode({"group": summary.group})
    filtered = urlencode({"filter": f"group:{quote(summary.group)} kind:all"})
    links = {
        "self": path_of("groups", summary.group),
        "presence": f"{API}/presence?{of_group}",
        "sightings": f"{API}/sightings?{of_group}",
        "alerts": f"{API}/alerts?{filtered}",
        "feed": f"{API}/alerts.atom?{filtered}",
        "page": path_of("group", summary.group, root=""),
    }
    return {**asdict(summary), "country_names": [*map(country_name, summary.countries)], "links": links}
