"""Follows GDELT 2.0: each file of 15 minutes is a batch. What was published never changes, so the time suffices."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import urljoin

from firstseen.follow.batch import Batch
from firstseen.follow.gdelt_files import CatchUp, Newest, name_of, parse_lastupdate, stamp_of, to_catch_up, unpack
from firstseen.follow.http import Client, FeedError, shown
from firstseen.follow.waiting import in_words
from schemas.feed import FeedProgress

_AHEAD = timedelta(hours=1)
_ABSENT = "files that GDELT does not have"


class Gdelt:
    """Reads what ``lastupdate.txt`` names, and what was missed before it."""

    def __init__(self, url: str, most: timedelta) -> None:
        """``most``: how far to go back at the first poll, and at most after a stop."""
        self._url, self._most = url, most

    async def batches(self, client: Client, progress: FeedProgress, now: datetime) -> AsyncIterator[Batch]:
        """Yield a batch for each file that is new, the oldest first. Raises FeedError."""
        answer = await client.get(self._url, etag=progress.etag, last_modified=progress.last_modified)
        if answer.status == HTTPStatus.NOT_MODIFIED:
            return
        if answer.status == HTTPStatus.NOT_FOUND:
            raise FeedError(f"{shown(self._url)}: answered 404 Not Found")
        try:
            newest = parse_lastupdate(answer.body.decode("utf-8", "replace"))
            todo = to_catch_up(progress.cursor, newest.at, self._most)
        except ValueError as error:
            raise FeedError(f"{shown(self._url)}: {error}") from error
        if newest.at > now + _AHEAD:  # after which nothing would be new any more
            raise FeedError(f"{shown(self._url)}: it names a file of the future, {name_of(newest.at)}")
        skipped = self._skipped(todo)
        for at in todo.files:
            lines = await self._table(client, at, newest)
            if lines is None:
                skipped[_ABSENT] = skipped.get(_ABSENT, 0) + 1
                continue
            # Only once the newest file is read, nothing is left to do until lastupdate.txt changes.
            marks = {"etag": answer.etag, "last_modified": answer.last_modified} if at == newest.at else {}
            yield Batch(lines, changes={"cursor": stamp_of(at), **marks}, skipped=skipped)
            skipped = {}

    def _skipped(self, todo: CatchUp) -> dict[str, int]:
        return {f"files older than {in_words(self._most)}": todo.skipped} if todo.skipped else {}

    async def _table(self, client: Client, at: datetime, newest: Newest) -> list[bytes] | None:
        # Beside the list, not where the list says: a list that somebody changed on the way must not lead elsewhere.
        url = urljoin(self._url, name_of(at))
        answer = await client.get(url)
        if answer.status == HTTPStatus.NOT_FOUND:
            if at == newest.at:
                raise FeedError(f"{shown(url)}: answered 404 Not Found, though lastupdate.txt names it")
            return None
        try:
            return unpack(answer.body, newest.md5 if at == newest.at else None)
        except ValueError as error:
            raise FeedError(f"{shown(url)}: {error}") from error
