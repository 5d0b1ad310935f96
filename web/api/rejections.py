"""``GET /api/v1/rejections``: a producer reads the rejections of its own source, with their reasons."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from history.rejections import rejection_counts, rejections
from schemas.rejection import Reason
from schemas.sighting import Instant
from web.api.query_params import page_size
from web.api.services import Injected, ProducerSource
from web.http.caching import CachedResponse
from web.http.links import next_header, server_address, with_params
from web.http.problem import documented, problem
from web.http.strict_route import StrictRoute

_MAX_RETURNED = 1_000

router = APIRouter(route_class=StrictRoute, tags=["Sightings"])


class RejectionRow(BaseModel):
    """A rejected sighting."""

    id: str | None = None
    """The sighting's id within its source, if it could be read."""
    arrived: datetime | None = None
    """When it arrived, UTC."""
    reason: Reason
    detail: str
    """What is wrong, and where."""
    remedy: str
    """What to do about it."""
    suggestions: list[str]
    """Countries that it may mean."""
    partition: int
    """Its partition of ``sightings``."""
    offset: int
    """Its offset on that partition."""


class RejectionsPage(BaseModel):
    """The rejections of a source."""

    source: str
    counts: dict[str, int]
    """How many sightings were ever rejected, by reason."""
    rejections: list[RejectionRow]
    """The newest first."""
    next: str | None
    """Address of the next page, relative to the server, or null on the last page."""


@router.get(
    "/api/v1/rejections",
    name="rejections",
    responses={
        200: {"model": RejectionsPage},
        **documented(
            status_400="A parameter is invalid.",
            status_401="The producer's key is missing or unknown.",
            status_403="The key is for another source.",
            status_503="The server has not read the rejections yet.",
        ),
    },
)
async def list_rejections(
    request: Request,
    services: Injected,
    own_source: ProducerSource,
    source: Annotated[
        str | None, Query(description="The source of the key; for another one the status is 403.", examples=["wire"])
    ] = None,
    since: Annotated[
        Instant | None,
        Query(description="Only what arrived at this instant or later.", examples=["2026-11-24T12:00:00Z"]),
    ] = None,
    reason: Annotated[Reason | None, Query(description="Only this reason.", examples=["bad_days"])] = None,
    before: Annotated[
        str | None,
        Query(
            pattern=r"^[0-9]{1,9}-[0-9]{1,18}$",
            description="Where the previous page ended: `next` has it.",
            examples=["0-1047"],
        ),
    ] = None,
    limit: Annotated[int, page_size(_MAX_RETURNED)] = 100,
) -> Response:
    """Return the rejections of the key's source, the newest first."""
    if source not in {None, own_source}:
        return problem(403, f"This key is for the source {own_source!r} and cannot read rejections of another.")
    if not services.page.was_complete:
        return problem(503, "The server has not read the rejections yet; retry in 2 s.", {"Retry-After": "2"})
    counted = await services.queries.ask(partial(rejection_counts, source=own_source))
    partition, _, offset = (before or "").partition("-")
    selected = await services.queries.ask(
        partial(
            rejections, source=own_source, since=since, reason=reason, limit=limit + 1,
            before=(int(partition), int(offset)) if before else None,
        )
    )  # fmt: skip
    found = selected[:limit]
    next_page = None
    if len(selected) > limit:
        (partition_of_last, offset_of_last), _ = found[-1]
        next_page = with_params(request, before=f"{partition_of_last}-{offset_of_last}")
    rows = [
        RejectionRow.model_validate(rejection, from_attributes=True).model_dump(mode="json", exclude_none=True)
        for _, rejection in found
    ]
    page = {
        "source": own_source,
        "counts": {why: count for _, why, count in sorted(counted)},
        "rejections": rows,
        "next": next_page,
    }
    headers = next_header(server_address(request, services.page_url), next_page)
    return CachedResponse.json(page).respond(request, headers=headers)
