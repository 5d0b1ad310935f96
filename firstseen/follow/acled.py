"""Reads ACLED's API: the events that changed since the last poll, and the deletions."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from http import HTTPStatus

from pydantic_core import to_json

from firstseen.follow.acled_pages import (
    MAX_PAGES,
    OVERLAP,
    PAGE_ROWS,
    deleted_url,
    event_of,
    events_url,
    latest,
    parse_deleted,
    parse_rows,
    parse_token,
    password_form,
    refresh_form,
    token_url,
)
from firstseen.follow.addresses import shown
from firstseen.follow.batch import Batch
from firstseen.follow.http import Client, DeniedError, FeedError
from firstseen.follow.json_rows import as_csv, events_of
from schemas.feed import FeedProgress


class Acled:
    """Reads ACLED's API with a token that it requests with user and password."""

    def __init__(self, url: str, user: str, password: str, most: timedelta) -> None:
        """``most``: how far back the first poll reads."""
        self._url, self._user, self._password, self._most = url, user, password, most
        self._token: str | None = None
        self._refresh_token: str | None = None

    async def batches(self, client: Client, progress: FeedProgress, now: datetime) -> AsyncIterator[Batch]:
        """Yield one batch of changed and deleted events, unless it equals the last one. Raises FeedError."""
        since = int(progress.cursor) if progress.cursor else round((now - self._most).timestamp())
        rows = await self._rows(client, events_url, since)
        deleted = await self._rows(client, deleted_url, since - round(OVERLAP.total_seconds()))
        digest = hashlib.sha256(to_json([rows, deleted])).hexdigest()
        if digest != progress.digest:
            cursor = str(max(since, latest(rows, round(now.timestamp())) or 0))
            changes = {"cursor": cursor, "digest": digest}
            yield Batch(as_csv(rows), events_of(rows, event_of), parse_deleted(deleted), changes)

    async def _rows(
        self, client: Client, url_of: Callable[[str, int, int], str], since: int
    ) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = []
        for page in range(1, MAX_PAGES + 1):
            url = url_of(self._url, since, page)
            found = await self._page(client, url)
            if found and found == rows[-PAGE_ROWS:]:
                raise FeedError(f"{shown(url)}: page {page} is the same as the page before it")
            rows += found
            if len(found) < PAGE_ROWS:
                return rows
        raise FeedError(f"{shown(url)}: more than {MAX_PAGES} pages")

    async def _page(self, client: Client, url: str) -> list[dict[str, object]]:
        if self._token is None:
            await self._request_token(client)
        try:
            answer = await client.get(url, secret={"Authorization": f"Bearer {self._token}"})
        except DeniedError:  # a token lasts for a day
            await self._request_token(client)
            try:
                answer = await client.get(url, secret={"Authorization": f"Bearer {self._token}"})
            except DeniedError as error:
                hint = "accept ACLED's terms in your account, and request access to the API"
                raise DeniedError(f"{error} with a new token: {hint}") from error
        if answer.status == HTTPStatus.NOT_FOUND:
            raise FeedError(f"{shown(url)}: answered 404 Not Found")
        try:
            return parse_rows(answer.body)
        except ValueError as error:
            raise FeedError(f"{shown(url)}: {error}") from error

    async def _request_token(self, client: Client) -> None:
        url = token_url(self._url)
        self._token = None
        if self._refresh_token:
            form, self._refresh_token = refresh_form(self._refresh_token), None
            try:
                self._token, self._refresh_token = parse_token((await client.post(url, form)).body)
            except (FeedError, ValueError):
                self._token = None  # the refresh token has expired, too: use the password below
        if self._token is None:
            try:
                answer = await client.post(url, password_form(self._user, self._password))
                self._token, self._refresh_token = parse_token(answer.body)
            except (DeniedError, ValueError) as error:
                raise DeniedError(f"{error}: {_LOGIN_FAILED}") from error
            except FeedError as error:
                bad = " 400 " in f"{error} "
                raise FeedError(f"{error}: {_LOGIN_FAILED}" if bad else str(error), error.retry_after) from error


_LOGIN_FAILED = "ACLED rejected FIRSTSEEN_ACLED_USER and FIRSTSEEN_ACLED_PASSWORD"
