"""The alerts that a request selects: the parameters of ``/alerts`` in every format, and the page that they select."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Annotated

from fastapi import Depends, Query, Request

from history.alerts import AlertEntry, AlertQuery, alert_entries
from schemas.labels import StatusName, statuses_named
from web.api.alert_query import LeftOut, is_left_out, kinds_of, names_of, was_announced_as
from web.api.filter_param import AlertFilter
from web.api.query_params import Before, FirstDay, LastDay, page_size
from web.api.services import Injected
from web.http.links import next_header, server_address, with_params
from web.http.params import Day
from web.http.problem import ParameterNote

_MAX_ALERTS = 1_000


@dataclass(frozen=True, slots=True)
class AlertsOfPage:
    """The alerts of a page, the newest first."""

    entries: Sequence[AlertEntry]
    next_before: int | None
    """Value of ``before`` for the next page, or None on the last page."""
    next_page: str | None
    """Path and query of the next page."""
    headers: dict[str, str]
    """Those that link to the next page."""
    warnings: Sequence[ParameterNote]


async def select_alerts(
    request: Request,
    services: Injected,
    wanted: AlertFilter,
    status: Annotated[
        list[StatusName] | None,
        Query(
            description="Only alerts with this status, by its code or in words; `taken-back`: superseded or withdrawn. "
            "May be repeated.",
            examples=[["confirmed"]],
        ),
    ] = None,
    as_of: Annotated[
        Day | None,
        Query(description="Alerts that had arrived by the end of this day, UTC, as of then.", examples=["2017-11-24"]),
    ] = None,
    first: FirstDay = None,
    last: LastDay = None,
    without: Annotated[
        list[LeftOut] | None,
        Query(
            description="Leave out `candidates`, which were never confirmed, or `returns`; may be repeated. What was "
            "announced as news and became a return stays.",
            examples=[["candidates"]],
        ),
    ] = None,
    before: Before = None,
    limit: Annotated[int, page_size(_MAX_ALERTS)] = 100,
) -> AlertsOfPage:
    """Return the page of alerts that the parameters of a request select."""
    filters = wanted.subscriptions
    query = AlertQuery(as_of, before, statuses_named(status or ()), kinds_of(filters), first, last, names_of(filters))

    def is_wanted(entry: AlertEntry) -> bool:
        return not is_left_out(entry, without or ()) and was_announced_as(entry, filters, services.areas)

    found = await services.queries.ask(partial(matching, query, is_wanted, limit + 1))
    next_before = found[limit - 1].number if len(found) > limit else None
    next_page = with_params(request, before=next_before) if next_before else None
    headers = next_header(server_address(request, services.page_url), next_page)
    return AlertsOfPage(found[:limit], next_before, next_page, headers, wanted.warnings)


SelectedAlerts = Annotated[AlertsOfPage, Depends(select_alerts)]


def matching(
    query: AlertQuery, is_wanted: Callable[[AlertEntry], bool], limit: int, connection: sqlite3.Connection
) -> list[AlertEntry]:
    """Return up to ``limit`` wanted alerts that a query selects, the newest first."""
    return list(islice(filter(is_wanted, alert_entries(connection, query)), limit))
