"""The interface of the UCDP: which versions of the candidate events there may be, and what is on a page. Pure.

A version is a month, ``26.0.10`` the candidate events of October 2026; it appears some weeks after the month's end.
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
MOST_PAGES = 200
_VERSION = re.compile(r"([0-9]{2})\.0\.([0-9]{1,2})")
_MIDNIGHT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T00:00:00(?:\.0+)?")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of events."""

    rows: tuple[dict[str, object], ...]
    next_query: str | None
    """Query of the next page; None: this is the last."""


def versions(cursor: str | None, today: date, most: timedelta) -> list[str]:
    """Return the versions that may be there, the oldest first: from ``cursor`` on, itself in, up to this month.

    Without a cursor they begin with the month of ``most`` before today. Raises ValueError for a cursor that is none.
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
    """Read a page. Raises ValueError that says what it is instead."""
    page, rows = read_page(body, "Result")
    following = page.get("NextPageUrl")
    query = urlsplit(following).query if isinstance(following, str) else ""
    return Page(tuple(map(_row, rows)), query or None)


def page_url(base: str, version: str, query: str | None) -> str:
    """Return the address of a page: below our own address, wherever the page before points to.

    The key goes with it, and must not go elsewhere.
    """
    parts = urlsplit(base)
    path = f"{parts.path.rstrip('/')}/{version}"
    return urlunsplit((parts.scheme, parts.netloc, path, query or f"pagesize={PAGE_ROWS}&page=0", ""))


def event_of(row: Mapping[str, object]) -> Event | None:
    """Return which event a row is about; None when it does not say."""
    return Event("ucdp", f"ged-{row['id']}") if row.get("id") else None


def _row(row: Mapping[str, object]) -> dict[str, object]:
    """Return a row as the table has it, where a day stands without the midnight that the interface adds."""
    days = {
        name: found[1]
        for name in ("date_start", "date_end")
        if isinstance(text := row.get(name), str) and (found := _MIDNIGHT.fullmatch(text))
    }
    return {**row, **days}
