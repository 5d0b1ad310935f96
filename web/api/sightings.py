"""``GET /api/v1/sightings``: the evidence itself, as JSON, GeoJSON or CSV."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import FastAPI, Query, Request, Response
from pydantic import BaseModel

from schemas.evidence import Evidence
from web.formats.tables import sightings_as_csv, sightings_as_geojson
from web.http.caching import Answer
from web.http.params import Code, Day
from web.http.problem import documented
from web.state.activity import ActivityView, Seen

_MOST = 10_000


class SightingsPage(BaseModel):
    """Sightings, the latest first."""

    sightings: list[Evidence]
    more: bool
    """Whether there are more than were asked for: ask for fewer days."""


def serve_activity(app: FastAPI, activity: ActivityView) -> None:
    """Let the application answer. Filters that are left out let everything through."""

    @app.get(
        "/api/v1/sightings",
        responses={
            200: {
                "model": SightingsPage,
                "content": {
                    "application/geo+json": {"schema": {"type": "object"}}, "text/csv": {"schema": {"type": "string"}},
                },
            },
            **documented(status_400="A value is wrong."),
        },
    )  # fmt: skip
    async def sightings(
        request: Request,
        first: Day | None = None,
        last: Day | None = None,
        group: str | None = None,
        region: str | None = None,
        country: Code | None = None,
        limit: Annotated[int, Query(ge=1, le=_MOST)] = 1_000,
        format: Literal["json", "geojson", "csv"] = "json",  # noqa: A002 - its name in the address
    ) -> Response:
        """Return the sightings that begin on the days from first to last, both in, and count for a group."""
        found = activity.sightings(Seen(first, last, group, region, country), limit + 1)
        page = found[:limit]
        match format:
            case "geojson":
                return Answer(sightings_as_geojson(page), "application/geo+json").to(request)
            case "csv":
                return Answer(sightings_as_csv(page), "text/csv").to(request)
            case _:
                told = {"sightings": [one.model_dump(mode="json") for one in page], "more": len(found) > limit}
                return Answer.of(told).to(request)
