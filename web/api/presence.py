"""``GET /api/v1/presence``, ``/regions`` and ``/countries/{code}``: where each group has been, episode by episode."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import date
from typing import Annotated, Any

from fastapi import FastAPI, Path, Query, Request, Response
from pydantic import BaseModel

from faust_batches.errors import reason
from places.regions import countries
from schemas.codes import CountryCode, EpisodeKind
from schemas.names import comparable
from web.formats.alerts import as_json, lives
from web.http.caching import Answer
from web.http.clients import unless_gone
from web.http.params import Code, Day
from web.http.problem import documented, problem
from web.state.alert_log import AlertView, State
from web.state.presence import PresenceView

_MOST = 10_000
_LONGEST_WINDOW_DAYS = 3_660
_MOST_ALERTS = 100

ReadMapState = Callable[[date, int], Coroutine[Any, Any, bytes]]
"""The picture of so many days up to one, as known then and as known now, in JSON. Raises OSError when it cannot be had;
cancelled when nobody waits for it any more."""


class EpisodeRow(BaseModel):
    """A run of days of one group in one country."""

    group: str
    country: CountryCode
    country_name: str
    region: str
    kind: EpisodeKind
    first_day: date
    last_day: date
    """Itself in."""
    begins_by: date
    """The latest day on which it can have begun: ``first_day`` where that is known."""
    ends_from: date
    """The earliest day on which it can have ended: ``last_day`` where that is known."""


class PresencePage(BaseModel):
    """Episodes by group, country and first day."""

    episodes: list[EpisodeRow]
    next_after: str | None
    """What ``after`` of the next page is; None: this is the last."""


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
    """What ``before`` of the next page of alerts is; None: this is the last."""
    state: State


def serve_presence(app: FastAPI, presence: PresenceView, view: AlertView, past: ReadMapState) -> None:
    """Let the application answer. Filters that are left out let everything through."""

    @app.get("/api/v1/presence", responses={200: {"model": PresencePage}, **documented(status_400="A value is wrong.")})
    async def episodes(
        request: Request,
        group: str | None = None,
        region: str | None = None,
        country: Code | None = None,
        as_of: Day | None = None,
        after: str | None = None,
        limit: Annotated[int | None, Query(ge=1, le=_MOST)] = None,
    ) -> Response:
        """Return episodes; ``as_of``: those that began up to a day, as far as that day. Without ``limit`` all."""
        return presence.answer(group, region, country, as_of, after, limit).to(request)

    @app.get("/api/v1/regions", responses={200: {"model": Regions}, **documented(status_400="A value is wrong.")})
    async def regions(request: Request, group: str | None = None, as_of: Day | None = None) -> Response:
        """Return every region with its countries and what is on record there, up to a day."""
        return Answer.of({"regions": presence.regions(group, as_of), "state": view.state}).to(request)

    @app.get(
        "/api/v1/countries/{code}",
        responses={
            200: {"model": CountryPage}, **documented(status_400="A value is wrong.", status_404="No such country."),
        },
    )  # fmt: skip
    async def country(
        request: Request,
        code: Annotated[str, Path(pattern="^[A-Z]{2}$")],
        group: str | None = None,
        as_of: Day | None = None,
        before: Annotated[int | None, Query(ge=1)] = None,
        limit: Annotated[int, Query(ge=1, le=_MOST_ALERTS)] = _MOST_ALERTS,
    ) -> Response:
        """Return a country, by its code of ISO 3166-1, or XK: its episodes, and a page of its alerts, up to a day."""
        known = countries().get(code)
        if known is None:
            return problem(404, f"{code} is no country of ISO 3166-1: write its alpha-2 code, such as ML.")
        there = [
            one for one in lives(view.histories(), as_of)
            if code in {one.latest.country, *one.latest.countries}
            and (group is None or comparable(group) == comparable(one.latest.group))
            and (before is None or one.number < before)
        ]  # fmt: skip
        page = there[:limit]
        told = {
            "country": code,
            "country_name": known.name,
            "region": known.region,
            "episodes": presence.of_country(code, group, as_of),
            "alerts": [as_json(one) for one in page],
            "next_before": page[-1].number if len(there) > limit else None,
            "state": view.state,
        }
        return Answer.of(told).to(request)

    @app.get(
        "/api/v1/map-state",
        responses={
            200: {"model": dict[str, object]},
            **documented(status_400="A value is wrong.", status_503="The evidence cannot be read just now."),
        },
    )
    async def map_state(
        request: Request, as_of: Day, days: Annotated[int, Query(ge=1, le=_LONGEST_WINDOW_DAYS)] = 30
    ) -> Response:
        """Return the days up to one as known then and as known now, what differs and why: `firstseen map-state`."""
        try:
            found = await unless_gone(request, past(as_of, days))
        except OSError as error:
            return problem(503, f"The evidence cannot be read just now: {reason(error)}.", {"Retry-After": "5"})
        return problem(408, "The client left.") if found is None else Answer(found).to(request)
