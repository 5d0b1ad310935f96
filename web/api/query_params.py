"""Query parameters that several routes share, each with what it means and an example."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Query

from history.database import end_of_day
from web.http.params import Day

FirstDay = Annotated[
    Day | None, Query(description="The earliest day on which a result begins, UTC, inclusive.", examples=["2017-11-01"])
]
LastDay = Annotated[
    Day | None, Query(description="The latest day on which a result begins, UTC, inclusive.", examples=["2017-11-30"])
]
UpTo = Annotated[
    Day | None,
    Query(description="Only episodes that began by this day, UTC, cut at its end.", examples=["2017-11-24"]),
]
KnownBy = Annotated[
    Day | None,
    Query(
        description="As known at the end of this day, UTC; without it, as known now.",
        examples=["2017-11-24"],
    ),
]
Before = Annotated[
    int | None,
    Query(ge=1, description="Only alerts with a lower `number`: `next_before` of the previous page.", examples=[120]),
]


def page_size(most: int, example: int = 100) -> object:
    """Return what a parameter ``limit`` accepts and means."""
    return Query(ge=1, le=most, description=f"The most rows of a page, up to {most:,}.", examples=[example])


def known_at(known_by: date | None) -> str | None:
    """Return the instant that a parameter ``known_by`` means, as the history database stores it; None: now."""
    return end_of_day(known_by) if known_by else None
