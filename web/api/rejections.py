"""``GET /api/v1/rejections``: a producer sees what was rejected of its own source, and why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated

from fastapi import FastAPI, Query, Request, Response
from pydantic import BaseModel

from schemas.rejection import Reason
from schemas.sighting import Instant
from web.api.submissions import source_of
from web.http.caching import Answer
from web.http.problem import documented, problem
from web.state.rejections import MOST_KEPT, RejectionsView

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


class RejectionRow(BaseModel):
    """A sighting that was rejected."""

    id: str | None = None
    """The sighting's id within the source, if it tells."""
    arrived: datetime | None = None
    """When it came, UTC."""
    reason: Reason
    detail: str
    """What is wrong, and where."""
    remedy: str
    """What to do about it."""
    suggestions: list[str]
    """Countries that may have been meant."""
    partition: int
    """Partition of ``sightings`` on which it lies."""
    offset: int
    """Its offset there."""


class RejectionsPage(BaseModel):
    """What was rejected of a source."""

    source: str
    counts: dict[str, int]
    """How many were ever rejected, by reason."""
    rejections: list[RejectionRow]
    """The newest first; of each source the last thousand are kept."""


def serve_rejections(app: FastAPI, view: RejectionsView, keys: Mapping[str, str]) -> None:
    """Let the application answer; ``keys`` are the producers' by source."""

    @app.get(
        "/api/v1/rejections",
        responses={
            200: {"model": RejectionsPage},
            **documented(
                status_400="A value is wrong.",
                status_401="The key is nobody's.",
                status_403="The key is for another source.",
                status_503="The rejections are not read yet.",
            ),
        },
        openapi_extra={"security": [{"producer": []}]},
    )
    async def rejections(
        request: Request,
        source: str | None = None,
        since: Instant | None = None,
        reason: Reason | None = None,
        limit: Annotated[int, Query(ge=1, le=MOST_KEPT)] = 100,
    ) -> Response:
        """Return what was rejected of the source that the key is for, the newest first, ``since`` a time (UTC)."""
        own = source_of(request.headers.get("authorization", ""), keys)
        if own is None:
            told = "Send `Authorization: Bearer KEY` with the key of a producer (FIRSTSEEN_PRODUCER_KEYS)."
            return problem(401, told, {"WWW-Authenticate": "Bearer"})
        if source not in {None, own}:
            return problem(403, f"This key is for the source {own!r}: it cannot read the rejections of another.")
        if not view.is_whole:
            return problem(503, "The rejections are not read yet: ask again.", {"Retry-After": "2"})
        found = islice(view.of(own, since or _BEFORE_ALL, reason), limit)
        rows = [
            RejectionRow.model_validate(one, from_attributes=True).model_dump(mode="json", exclude_none=True)
            for one in found
        ]
        return Answer.of({"source": own, "counts": view.counts(own), "rejections": rows}).to(request)
