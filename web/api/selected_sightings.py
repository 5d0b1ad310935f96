"""The sightings that a request selects: the parameters of ``GET /sightings`` in every format, and the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Annotated

from fastapi import Depends, Query, Request

from history.sightings import SightingQuery, sightings
from schemas.evidence import Evidence
from schemas.limits import shorten
from web.api.filter_param import PlacesFilter, sighting_warnings
from web.api.query_params import FirstDay, KnownBy, LastDay, known_at, page_size
from web.api.services import Injected
from web.http.links import next_header, server_address, with_params
from web.http.problem import LONGEST_VALUE, ParameterNote, ParameterProblem

_MAX_RETURNED = 10_000
_MAX_QUOTED = 40


@dataclass(frozen=True, slots=True)
class SightingsOfPage:
    """The sightings of a page, the latest first."""

    rows: Sequence[Evidence]
    next_page: str | None
    """Path and query of the next page, or None on the last page."""
    headers: dict[str, str]
    """Those that link to the next page."""
    cache: str
    """The ``Cache-Control`` of the response."""
    warnings: tuple[ParameterNote, ...]


async def select_sightings(
    request: Request,
    services: Injected,
    wanted: PlacesFilter,
    first: FirstDay = None,
    last: LastDay = None,
    known_by: KnownBy = None,
    after: Annotated[
        str | None,
        Query(description="Where the previous page ended: `next` has it.", examples=["2017-11-24/wire/art-09"]),
    ] = None,
    limit: Annotated[int, page_size(_MAX_RETURNED)] = 1_000,
) -> SightingsOfPage:
    """Return the page of sightings that the parameters of a request select."""
    query = SightingQuery(
        first,
        last,
        wanted.group,
        known_at=known_at(known_by),
        filter=wanted.places,
        after=_position(after) if after else None,
    )
    found = await services.queries.ask(partial(sightings, query=query, limit=limit + 1))
    rows, next_page = found[:limit], None
    if len(found) > limit:
        next_page = with_params(request, after=f"{rows[-1].first_day}/{rows[-1].source}/{rows[-1].id}")
    headers = next_header(server_address(request, services.page_url), next_page)
    cache = services.caching(wanted.settled(known_by))
    return SightingsOfPage(rows, next_page, headers, cache, sighting_warnings(wanted))


SelectedSightings = Annotated[SightingsOfPage, Depends(select_sightings)]


def _position(after: str) -> tuple[date, str]:
    """Return the first day and the identity of the sighting at which a page ended. Raises ParameterProblem."""
    first_day, _, identity = after.partition("/")
    try:
        return date.fromisoformat(first_day), identity
    except ValueError as error:
        detail = f'"{shorten(after, _MAX_QUOTED)}" is not a position: use the address in `next` of the previous page'
        note = ParameterNote(parameter="after", value=shorten(after, LONGEST_VALUE), detail=detail)
        raise ParameterProblem("invalid-parameter", [note]) from error
