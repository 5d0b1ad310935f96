"""Reads UCDP's candidate events. Each monthly version is a batch; the last one is read again for changes."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from http import HTTPStatus

from pydantic_core import to_json

from firstseen.follow.addresses import shown
from firstseen.follow.batch import Batch
from firstseen.follow.http import Client, DeniedError, FeedError
from firstseen.follow.json_rows import as_csv, events_of
from firstseen.follow.ucdp_pages import MAX_PAGES, event_of, page_url, parse_page, versions
from schemas.feed import FeedProgress


class UcdpCandidate:
    """Reads UCDP's API, which has required a token since February 2026."""

    def __init__(self, url: str, token: str | None, most: timedelta) -> None:
        """``most``: how far back the first poll reads."""
        self._url, self._most = url, most
        self._secret = {"x-ucdp-access-token": token} if token else None

    async def batches(self, client: Client, progress: FeedProgress, now: datetime) -> AsyncIterator[Batch]:
        """Yield a batch for the last version, if it changed, and for each new version. Raises FeedError."""
        try:
            wanted = versions(progress.cursor, now.date(), self._most)
        except ValueError as error:
            raise FeedError(f"ucdp-candidate: {error}: `firstseen feeds forget ucdp-candidate`") from error
        found_any = False
        for version in wanted:
            rows = await self._rows(client, version)
            if not rows:  # not published yet
                continue
            found_any = True
            digest = hashlib.sha256(to_json(rows)).hexdigest()
            if version != progress.cursor or digest != progress.digest:
                yield Batch(as_csv(rows), events_of(rows, event_of), changes={"cursor": version, "digest": digest})
        if wanted and not found_any:
            first, last = wanted[0], wanted[-1]
            range_ = f"version {first}" if first == last else f"version from {first} to {last}"
            hint = "check FIRSTSEEN_UCDP_URL, or go further back with a longer --catch-up"
            raise FeedError(f"{shown(self._url)}: there is no {range_}: {hint}")

    async def _rows(self, client: Client, version: str) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = []
        query = None
        asked: set[str] = set()
        for _ in range(MAX_PAGES):
            url = page_url(self._url, version, query)
            try:
                answer = await client.get(url, secret=self._secret)
            except DeniedError as error:
                hint = "UCDP rejected FIRSTSEEN_UCDP_TOKEN" if self._secret else "set FIRSTSEEN_UCDP_TOKEN"
                raise DeniedError(f"{error}: {hint}. UCDP issues tokens on request.") from error
            if answer.status == HTTPStatus.NOT_FOUND:
                if query is None:
                    return []
                raise FeedError(f"{shown(url)}: a page is missing that the previous page names")
            try:
                page = parse_page(answer.body)
            except ValueError as error:
                raise FeedError(f"{shown(url)}: {error}") from error
            rows += page.rows
            if page.next_query is None or page.next_query == query or not page.rows:
                return rows
            if page.next_query in asked:
                raise FeedError(f"{shown(url)}: its pages go round in a circle")
            query = page.next_query
            asked.add(query)
        raise FeedError(f"{shown(self._url)}: version {version} has more than {MAX_PAGES} pages")
