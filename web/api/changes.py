"""``GET /api/v1/changes``: what became known between two instants, as ``firstseen history changes`` prints it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict

from history.alerts import AlertEntry
from history.changes import ChangedAlert, ChangedAs, Changes, NewEpisode, changes, end_of_page
from history.database import instant_of, instant_text
from history.revisions import Revision
from places.countries import country_name, region_of
from schemas.alert import AlertStatus
from schemas.codes import AlertKind, CountryCode, EpisodeKind
from schemas.sighting import Instant
from streams.io.clock import now
from streams.notify.phrases import short_id
from streams.presence.policy import Policy
from web.api.alert_query import was_announced_as
from web.api.alert_rows import AlertLinks, EventRow, Expand
from web.api.filter_param import AlertFilter, notes_as_json
from web.api.query_params import page_size
from web.api.services import NO_ANSWER, Injected
from web.formats.json import alert_links, event_to_json
from web.formats.rows import KIND_NAMES, instant
from web.http.caching import CachedResponse
from web.http.links import next_header, server_address, with_params
from web.http.problem import ParameterNote, ParameterProblem, documented, parameter_note
from web.http.strict_route import StrictRoute

_MAX_EVENTS = 1_000

router = APIRouter(route_class=StrictRoute, tags=["Alerts"])


class _Row(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)


class ChangedAlertRow(_Row):
    """What became of one alert, by all of its changes in the time together."""

    alert_id: str
    short_id: str
    """The beginning of the id, which every address and command takes."""
    what: ChangedAs
    """`new`: it became news, and still is. `taken_back`: it was news, then or in between, and no longer is."""
    headline: str
    """The headline. For an alert that was known before, it first says whether it is still news."""
    because: str | None
    """What caused the change that counts most; null if the alert is new."""
    status: AlertStatus
    kind: AlertKind
    announced: AlertKind | None
    """Kind with which it was first confirmed."""
    group: str
    country: CountryCode
    first_day: date
    last_day: date
    begins_by: date | None
    """Latest possible first day. Null: `first_day` is exact."""
    ends_from: date | None
    """Earliest possible last day. Null: `last_day` is exact."""
    arrived: AwareDatetime
    """When its last change in the time arrived."""
    links: AlertLinks


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
    """Beginning of the time, inclusive."""
    until: AwareDatetime
    """End of the time, exclusive. Ask for what follows with this as `since`."""
    alerts: list[EventRow]
    """Events of alerts that were ever confirmed, and that the filter selects."""
    changed: list[ChangedAlertRow]
    """The same alerts, each with what became of it, by their last events."""
    episodes: list[NewEpisodeRow]
    reported: int
    """Number of new sightings."""
    corrected: int
    """Number of sightings that a later version replaced."""
    withdrawn: int
    """Number of sightings without a later version."""
    groups: list[GroupRevisionRow]
    next: str | None
    """Address of the next page, up to the requested end, relative to the server; null on the last page."""
    warnings: list[ParameterNote]
    """Warnings about the filter, such as an unknown group."""


@router.get(
    "/api/v1/changes",
    responses={
        200: {"model": ChangesPage},
        **documented(status_400="The filter or another parameter is invalid.", status_503=NO_ANSWER),
    },
)
async def list_changes(
    request: Request,
    services: Injected,
    wanted: AlertFilter,
    since: Annotated[
        Instant, Query(description="Beginning of the time, inclusive.", examples=["2026-11-24T12:00:00Z"])
    ],
    until: Annotated[
        Instant | None,
        Query(description="End of the time, exclusive; now by default.", examples=["2026-11-25T12:00:00Z"]),
    ] = None,
    expand: Expand = None,
    limit: Annotated[int, page_size(_MAX_EVENTS)] = 100,
) -> Response:
    """Return what became known in a time: alert events, episodes, counts of sightings, changes of groups.

    The filter selects alerts only and does not affect the rest. A page ends after about `limit` alert events: its
    `until` is then earlier than the requested one.
    """
    begin, end = instant_text(since), instant_text(until or now())
    if end < begin:
        detail = "it is before since: write a later instant, or none for now"
        raise ParameterProblem(
            "invalid-parameter", [parameter_note("until", request.query_params.get("until"), detail)]
        )
    is_wanted = partial(was_announced_as, wanted=wanted.subscriptions, areas=services.areas)
    found, page_end = await services.queries.ask(partial(_page, begin, end, limit, services.policy, is_wanted))
    next_page = with_params(request, since=_written(page_end), until=_written(end)) if page_end < end else None
    page = {
        "since": _written(begin),
        "until": _written(page_end),
        "alerts": [event_to_json(event, evidence=bool(expand)) for event in found.alerts],
        "changed": [_changed(changed) for changed in found.changed],
        "episodes": [_episode(episode) for episode in found.episodes],
        "reported": found.reported,
        "corrected": found.corrected,
        "withdrawn": found.withdrawn,
        "groups": [_revision(revision) for revision in found.groups],
        "next": next_page,
        "warnings": notes_as_json(wanted.warnings),
    }
    headers = next_header(server_address(request, services.page_url), next_page)
    return CachedResponse.json(page).respond(request, headers=headers)


def _page(
    begin: str,
    end: str,
    limit: int,
    policy: Policy,
    is_wanted: Callable[[AlertEntry], bool],
    connection: sqlite3.Connection,
) -> tuple[Changes, str]:
    """Return the changes of a page, and the instant before which it ends."""
    page_end = end_of_page(connection, begin, end, limit)
    return changes(connection, begin, page_end, policy, is_wanted), page_end


def _changed(changed: ChangedAlert) -> dict[str, Any]:
    event = changed.event
    return {
        "alert_id": event.alert_id,
        "short_id": short_id(event),
        "what": changed.what,
        "headline": changed.headline,
        "because": changed.because,
        "status": event.status,
        "kind": event.kind,
        "announced": changed.announced,
        "group": event.group,
        "country": event.country,
        "first_day": event.first_day,
        "last_day": event.last_day,
        "begins_by": event.begins_by,
        "ends_from": event.ends_from,
        "arrived": instant(event.arrived),
        "links": alert_links(event),
    }


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
