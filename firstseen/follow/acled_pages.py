"""Requests and responses of ACLED's API. Pure: :mod:`firstseen.follow.acled` sends them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlencode

from pydantic_core import from_json

from firstseen.follow.batch import Event
from firstseen.follow.json_rows import read_page
from schemas.sighting import LARGEST_REVISION

PAGE_ROWS = 5_000
MAX_PAGES = 200
_LONGEST_TIME = 19
OVERLAP = timedelta(days=30)
"""A deletion may be published after the time that it states, so deletions are requested from this much earlier."""


def token_url(base: str) -> str:
    """Return the address that issues tokens."""
    return f"{base.rstrip('/')}/oauth/token"


def password_form(user: str, password: str) -> dict[str, str]:
    """Return the form that requests a first token."""
    return {"username": user, "password": password, "grant_type": "password", "client_id": "acled"}


def refresh_form(refresh_token: str) -> dict[str, str]:
    """Return the form that requests the next token."""
    return {"refresh_token": refresh_token, "grant_type": "refresh_token", "client_id": "acled"}


def parse_token(body: bytes) -> tuple[str, str | None]:
    """Return the access token and the refresh token. Raises ValueError without an access token."""
    try:
        answer = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise ValueError("the response is not JSON") from error
    token = answer.get("access_token") if isinstance(answer, dict) else None
    if not isinstance(token, str) or not token:
        raise ValueError("the response has no access_token")
    following = answer.get("refresh_token")
    return token, following if isinstance(following, str) else None


def events_url(base: str, since: int, page: int) -> str:
    """Return the address of a page, from 1, of the events that changed at ``since`` (Unix time) or later."""
    return _url(base, "acled", {"timestamp": since, "timestamp_where": ">=", "limit": PAGE_ROWS, "page": page})


def deleted_url(base: str, since: int, page: int) -> str:
    """Return the address of a page, from 1, of the events that were deleted at ``since`` (Unix time) or later."""
    query: dict[str, str | int] = {
        "deleted_timestamp": since,
        "deleted_timestamp_where": ">=",
        "limit": PAGE_ROWS,
        "page": page,
    }
    return _url(base, "deleted", query)


def _url(base: str, resource: str, query: dict[str, str | int]) -> str:
    return f"{base.rstrip('/')}/api/{resource}/read?{urlencode({'_format': 'json', **query})}"


def parse_rows(body: bytes) -> list[dict[str, object]]:
    """Return the rows of a page. Raises ValueError with what the response is instead."""
    page, rows = read_page(body, "data")
    status = page.get("status", 200)
    if status != 200 or page.get("success") is False:
        raise ValueError(f"the response has status {str(status)[:40]}")
    return rows


def latest(rows: Sequence[dict[str, object]], now: int) -> int | None:
    """Return the latest ``timestamp`` of the rows that is at most ``now`` (Unix time), or None.

    A timestamp in the future would hide all later changes.
    """
    times = (_whole_number(row.get("timestamp")) for row in rows)
    return max((at for at in times if at and at <= now), default=None)


def parse_deleted(rows: Sequence[dict[str, object]]) -> list[Event]:
    """Return the deleted events; rows without an id or a time are ignored."""
    found = ((row.get("event_id_cnty"), _whole_number(row.get("deleted_timestamp"))) for row in rows)
    return [Event("acled", str(event), at) for event, at in found if event and at]


def event_of(row: dict[str, object]) -> Event | None:
    """Return the event of a row, or None for a row without an id or a time."""
    event, at = row.get("event_id_cnty"), _whole_number(row.get("timestamp"))
    return Event("acled", str(event), at) if event and at else None


def _whole_number(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < _LONGEST_TIME:
        value = int(value)
    return value if isinstance(value, int) and 0 < value <= LARGEST_REVISION else None
