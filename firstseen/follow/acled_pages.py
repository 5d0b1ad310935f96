"""The interface of ACLED: what to ask, and what the answers say. Pure: :mod:`firstseen.follow.acled` fetches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlencode

import orjson

from firstseen.follow.batch import Event
from firstseen.follow.json_rows import read_page

PAGE_ROWS = 5_000
MOST_PAGES = 200
OVERLAP = timedelta(days=30)
"""A deletion may be published later than its own time says: deletions are asked for from so much earlier."""


def token_url(base: str) -> str:
    """Return where tokens are given."""
    return f"{base.rstrip('/')}/oauth/token"


def password_form(user: str, password: str) -> dict[str, str]:
    """Return what to send for a first token."""
    return {"username": user, "password": password, "grant_type": "password", "client_id": "acled"}


def refresh_form(refresh_token: str) -> dict[str, str]:
    """Return what to send for the next token."""
    return {"refresh_token": refresh_token, "grant_type": "refresh_token", "client_id": "acled"}


def parse_token(body: bytes) -> tuple[str, str | None]:
    """Return the token, and that for the next one. Raises ValueError when there is none."""
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ValueError("the answer is not JSON") from error
    token = answer.get("access_token") if isinstance(answer, dict) else None
    if not isinstance(token, str) or not token:
        raise ValueError("the answer has no access_token")
    following = answer.get("refresh_token")
    return token, following if isinstance(following, str) else None


def events_url(base: str, since: int, page: int) -> str:
    """Return the address of a page, from 1, of the events that were written at ``since`` (Unix time) or later."""
    return _url(base, "acled", {"timestamp": since, "timestamp_where": ">=", "limit": PAGE_ROWS, "page": page})


def deleted_url(base: str, since: int, page: int) -> str:
    """Return the address of a page, from 1, of the events that were deleted at ``since`` (Unix time) or later."""
    asked: dict[str, str | int] = {
        "deleted_timestamp": since,
        "deleted_timestamp_where": ">=",
        "limit": PAGE_ROWS,
        "page": page,
    }
    return _url(base, "deleted", asked)


def _url(base: str, what: str, asked: dict[str, str | int]) -> str:
    return f"{base.rstrip('/')}/api/{what}/read?{urlencode({'_format': 'json', **asked})}"


def parse_rows(body: bytes) -> list[dict[str, object]]:
    """Return the rows of a page. Raises ValueError that says what it is instead."""
    page, rows = read_page(body, "data")
    status = page.get("status", 200)
    if status != 200 or page.get("success") is False:
        raise ValueError(f"the answer says status {str(status)[:40]}")
    return rows


def latest(rows: Sequence[dict[str, object]], now: int) -> int | None:
    """Return the latest ``timestamp`` of the rows that is at most ``now`` (Unix time); None when there is none.

    After one from the future nothing would be new any more.
    """
    times = (_number(row.get("timestamp")) for row in rows)
    return max((at for at in times if at and at <= now), default=None)


def parse_deleted(rows: Sequence[dict[str, object]]) -> list[Event]:
    """Return what the rows of deletions say; rows without id or time say nothing."""
    found = ((row.get("event_id_cnty"), _number(row.get("deleted_timestamp"))) for row in rows)
    return [Event("acled", str(event), at) for event, at in found if event and at]


def event_of(row: dict[str, object]) -> Event | None:
    """Return which event a row is about; None when it does not say."""
    event, at = row.get("event_id_cnty"), _number(row.get("timestamp"))
    return Event("acled", str(event), at) if event and at else None


def _number(value: object) -> int | None:
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19 else None
