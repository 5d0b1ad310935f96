"""Reads GDELT 2.0. Each 15-minute file is a batch; published files never change, so the last time is the position."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import urljoin

from firstseen.follow.addresses import shown
from firstseen.follow.batch import Batch
from firstseen.follow.gdelt_files import CatchUp, Newest, name_of, parse_lastupdate, stamp_of, to_catch_up, unpack
from firstseen.follow.http import Client, FeedError
from firstseen.follow.poll_times import duration_in_words
from schemas.feed import FeedProgress

_AHEAD = timedelta(hours=1)
_ABSENT = "files that GDELT does not have"


class Gdelt:
    """Reads the newest file, which ``lastupdate.txt`` names, and the files missed before it."""

    def __init__(self, url: str, most: timedelta) -> None:
        """``most``: how far back the first poll reads, and the most that is caught up after a stop."""
        self._url, self._most = url, most

    async def batches(self, client: Client, progress: FeedProgress, now: datetime) -> AsyncIterator[Batch]:
        """Yield a batch for each new file, oldest first. Raises FeedError."""
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
        if newest.at > now + _AHEAD:  # it would hide all later files
            raise FeedError(f"{shown(self._url)}: it names a file in the future, {name_of(newest.at)}")
        skipped = self._skipped(todo)
        for at in todo.files:
            table = await self._table(client, at, newest)
            if table is None:
                skipped[_ABSENT] = skipped.get(_ABSENT, 0) + 1
                continue
            # Only after the newest file, an unchanged lastupdate.txt means that there is nothing to do.
            marks = {"etag": answer.etag, "last_modified": answer.last_modified} if at == newest.at else {}
            yield Batch(io.BytesIO(table), changes={"cursor": stamp_of(at), **marks}, skipped=skipped)
            skipped = {}

    def _skipped(self, todo: CatchUp) -> dict[str, int]:
        return {f"files older than {duration_in_words(self._most)}": todo.skipped} if todo.skipped else {}

    async def _table(self, client: Client, at: datetime, newest: Newest) -> bytes | None:
        # In the folder of the list, not at the address in the list: a list that was tampered with must not redirect.
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
