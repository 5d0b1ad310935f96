"""Versions and pages of UCDP's API for candidate events. Pure: :mod:`firstseen.follow.ucdp` requests them.

A version is a month: ``26.0.10`` has the candidate events of October 2026. It appears some weeks after the month's end.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlsplit, urlunsplit

from firstseen.follow.batch import Event
from firstseen.follow.json_rows import read_page

PAGE_ROWS = 1_000
MAX_PAGES = 200
_VERSION = re.compile(r"([0-9]{2})\.0\.([0-9]{1,2})")
_MIDNIGHT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T00:00:00(?:\.0+)?")


@dataclass(frozen=True, slots=True)
class Page:
    """A page of events."""

    rows: tuple[dict[str, object], ...]
    next_query: str | None
    """Query of the next page; None on the last page."""


def versions(cursor: str | None, today: date, most: timedelta) -> list[str]:
    """Return the versions that may exist, oldest first: from ``cursor`` to this month, both included.

    Without a cursor they start with the month of the day ``most`` before today. Raises ValueError for an invalid
    cursor.
    """
    first = today - most
    year, month = first.year, first.month
    if cursor:
        if not (found := _VERSION.fullmatch(cursor)):
            raise ValueError(f"{cursor!r} is not a version such as 26.0.10")
        year, month = 2000 + int(found[1]), int(found[2])
    months = range(year * 12 + month - 1, today.year * 12 + today.month)
    return [f"{number // 12 % 100}.0.{number % 12 + 1}" for number in months]


def parse_page(body: bytes) -> Page:
    """Parse a page. Raises ValueError if the response is not a page."""
    page, rows = read_page(body, "Result")
    following = page.get("NextPageUrl")
    query = urlsplit(following).query if isinstance(following, str) else ""
    return Page(tuple(map(_row, rows)), query or None)


def page_url(base: str, version: str, query: str | None) -> str:
    """Return the address of a page below the configured address, wherever the previous page points.

    The token is sent with the request and must not go to another address.
    """
    parts = urlsplit(base)
    path = f"{parts.path.rstrip('/')}/{version}"
    return urlunsplit((parts.scheme, parts.netloc, path, query or f"pagesize={PAGE_ROWS}&page=0", ""))


def event_of(row: Mapping[str, object]) -> Event | None:
    """Return the event of a row, or None for a row without an id."""
    return Event("ucdp", f"ged-{row['id']}") if row.get("id") else None


def _row(row: Mapping[str, object]) -> dict[str, object]:
    """Return a row as the CSV release has it: days without the midnight that the API adds."""
    days = {
        name: found[1]
        for name in ("date_start", "date_end")
        if isinstance(text := row.get(name), str) and (found := _MIDNIGHT.fullmatch(text))
    }
    return {**row, **days}
