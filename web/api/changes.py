"""``GET /api/v1/changes``: what became known between two instants, as ``firstseen history changes`` prints it."""

from __future__ import annotations

import sqlite3
from datetime import date
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict

from history.changes import Changes, NewEpisode, changes, end_of_page
from history.database import instant_of, instant_text
from history.revisions import Revision
from places.countries import country_name, region_of
from schemas.codes import CountryCode, EpisodeKind
from schemas.sighting import Instant
from streams.io.clock import now
from streams.presence.policy import Policy
from web.api.alert_rows import EventRow, Expand
from web.api.query_params import page_size
from web.api.services import NO_ANSWER, Injected
from web.formats.json import event_to_json
from web.formats.rows import KIND_NAMES, instant
from web.http.caching import CachedResponse
from web.http.links import next_header, server_address, with_params
from web.http.problem import ParameterProblem, documented, parameter_note
from web.http.strict_route import StrictRoute

_MAX_EVENTS = 1_000

router = APIRouter(route_class=StrictRoute, tags=["Alerts"])


class _Row(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)


class NewEpisodeRow(_Row):
    """An episode that is on record at the end, and does not continue one that was at the beginning."""

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


class GroupRevisionRow(_Row):
    """A change of the registered groups."""

    arrived: AwareDatetime
    groups: list[str]
    """Ids of the groups that changed."""
    details: list[str]
    """The differences, in words."""


class ChangesPage(_Row):
    """What became known. Each list is in order of arrival, or of days."""

    since: AwareDatetime
    """From when, inclusive."""
    until: AwareDatetime
    """Until before when; ask for what follows with this as `since`."""
    alerts: list[EventRow]
    """Events of alerts that were ever confirmed."""
    episodes: list[NewEpisodeRow]
    reported: int
    """Number of new sightings."""
    corrected: int
    """Number of sightings that a later version replaced."""
    withdrawn: int
    """Number of sightings without a later version."""
    groups: list[GroupRevisionRow]
    next: str | None
    """Address of what follows, up to the end that was asked for, relative to the server; null: nothing does."""


@router.get(
    "/api/v1/changes",
    responses={200: {"model": ChangesPage}, **documented(status_400="A parameter is invalid.", status_503=NO_ANSWER)},
)
async def list_changes(
    request: Request,
    services: Injected,
    since: Annotated[Instant, Query(description="From when, inclusive.", examples=["2026-11-24T12:00:00Z"])],
    until: Annotated[
        Instant | None, Query(description="Until before when; now by default.", examples=["2026-11-25T12:00:00Z"])
    ] = None,
    expand: Expand = None,
    limit: Annotated[int, page_size(_MAX_EVENTS)] = 100,
) -> Response:
    """Return what became known in a time: alert events, episodes, counts of sightings, changes of groups.

    A page ends after about `limit` alert events: its `until` is then earlier than the one that was asked for.
    """
    begin, end = instant_text(since), instant_text(until or now())
    if end < begin:
        detail = "it is before since: write a later instant, or none for now"
        raise ParameterProblem(
            "invalid-parameter", [parameter_note("until", request.query_params.get("until"), detail)]
        )
    found, page_end = await services.queries.ask(partial(_page, begin, end, limit, services.policy))
    next_page = with_params(request, since=_written(page_end), until=_written(end)) if page_end < end else None
    page = {
        "since": _written(begin),
        "until": _written(page_end),
        "alerts": [event_to_json(event, evidence=bool(expand)) for event in found.alerts],
        "episodes": [_episode(episode) for episode in found.episodes],
        "reported": found.reported,
        "corrected": found.corrected,
        "withdrawn": found.withdrawn,
        "groups": [_revision(revision) for revision in found.groups],
        "next": next_page,
    }
    headers = next_header(server_address(request, services.page_url), next_page)
    return CachedResponse.json(page).respond(request, headers=headers)


def _page(begin: str, end: str, limit: int, policy: Policy, connection: sqlite3.Connection) -> tuple[Changes, str]:
    """Return the changes of a page, and the instant before which it ends."""
    page_end = end_of_page(connection, begin, end, limit)
    return changes(connection, begin, page_end, policy), page_end


def _episode(episode: NewEpisode) -> dict[str, Any]:
    return {
        "group": episode.group,
        "country": episode.country,
        "country_name": country_name(episode.country),
        "region": region_of(episode.country),
        "kind": episode.kind,
        "kind_name": KIND_NAMES[episode.kind],
        "first_day": episode.first_day,
        "last_day": episode.last_day,
    }


def _revision(revision: Revision) -> dict[str, Any]:
    return {"arrived": instant(revision.arrived), "groups": revision.groups, "details": revision.details}


def _written(text: str) -> str:
    return instant(instant_of(text))
