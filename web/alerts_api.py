"""``GET /api/v1/alerts``, one alert with its whole life, and a feed for each filter."""

from __future__ import annotations

from itertools import islice
from typing import Annotated, get_args

import orjson
from fastapi import FastAPI, Query, Request, Response

from places.areas import Areas
from schemas.alert import AlertStatus
from schemas.subscription import PUSHED, Clause, Subscription
from streams.dispatch.grammar import Mistake, parse, told
from web.alerts import as_json, atom, chosen, lives
from web.problems import problem
from web.views import AlertView

_MOST = 1_000
_IN_A_FEED = 50
_EVERYTHING = Subscription(clauses=(Clause(kinds=(*PUSHED, "returned")),))
_STATUSES: tuple[AlertStatus, ...] = get_args(AlertStatus)


def serve_alerts(app: FastAPI, view: AlertView, areas: Areas) -> None:
    """Let the application answer. A filter is written as for a subscription; without one it is every kind."""

    @app.get("/api/v1/alerts")
    async def alerts(
        filter: str = "",  # noqa: A002 - its name in the address
        status: Annotated[list[AlertStatus] | None, Query()] = None,
        before: Annotated[int | None, Query(ge=1)] = None,
        limit: Annotated[int, Query(ge=1, le=_MOST)] = 100,
    ) -> Response:
        wanted = _wanted(filter, areas)
        if isinstance(wanted, Mistake):
            return problem(400, told(wanted))
        statuses = status or _STATUSES
        found = list(islice(chosen(lives(view.histories()), wanted, areas, statuses, before), limit + 1))
        more = found[limit - 1].number if len(found) > limit else None
        answer = {"alerts": [as_json(one) for one in found[:limit]], "next_before": more, "state": view.state}
        return Response(orjson.dumps(answer), media_type="application/json")

    @app.get("/api/v1/alerts.atom")
    async def feed(request: Request, filter: str = "") -> Response:  # noqa: A002 - its name in the address
        wanted = _wanted(filter, areas)
        if isinstance(wanted, Mistake):
            return problem(400, told(wanted))
        proved: tuple[AlertStatus, ...] = ("confirmed", "superseded", "retracted")
        found = list(islice(chosen(lives(view.histories()), wanted, areas, proved, None), _IN_A_FEED))
        page = str(request.base_url).rstrip("/")
        return Response(atom(found, page, filter), media_type="application/atom+xml")

    @app.get("/api/v1/alerts/{alert_id}")
    async def life(alert_id: str) -> Response:
        events = view.events(alert_id)
        if not events:
            return problem(404, "There is no alert of this id, or it is not known here yet.")
        return Response(
            orjson.dumps({"events": [one.model_dump(mode="json") for one in events]}), media_type="application/json"
        )


def _wanted(text: str, areas: Areas) -> Subscription | Mistake:
    if not text.strip():
        return _EVERYTHING
    parsed = parse(text, areas)
    return parsed if isinstance(parsed, Mistake) else parsed.subscription
