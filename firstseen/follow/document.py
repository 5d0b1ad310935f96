"""Reads one document at any address again whenever it changed. Yields a batch for the follower."""

from __future__ import annotations

import hashlib
import io
from collections.abc import AsyncIterator
from datetime import datetime
from http import HTTPStatus

from firstseen.follow.addresses import shown
from firstseen.follow.batch import Batch
from firstseen.follow.gunzip import MAGIC, gunzip
from firstseen.follow.http import LARGEST_BYTES, Client, FeedError
from schemas.feed import FeedProgress

ZIP_MAGIC = b"PK\x03\x04"
"""Begins a workbook, whose directory is at its end: a truncated one cannot be read."""


class Document:
    """Reads an address; ``authorization`` is sent as the header ``Authorization``."""

    def __init__(self, url: str, authorization: str | None) -> None:
        self._url = url
        self._secret = {"Authorization": authorization} if authorization else None

    async def batches(self, client: Client, progress: FeedProgress, _: datetime) -> AsyncIterator[Batch]:
        """Yield the document as one batch, unless it is unchanged. Raises FeedError."""
        answer = await client.get(
            self._url, secret=self._secret, etag=progress.etag, last_modified=progress.last_modified
        )
        if answer.status == HTTPStatus.NOT_FOUND:
            raise FeedError(f"{shown(self._url)}: answered 404 Not Found")
        if answer.status == HTTPStatus.NOT_MODIFIED:
            return
        body = answer.body
        if body.startswith(MAGIC):
            try:
                body = gunzip(body, LARGEST_BYTES)
            except ValueError as error:
                raise FeedError(f"{shown(self._url)}: {error}") from error
        elif not answer.measured and not body.endswith(b"\n") and not body.startswith(ZIP_MAGIC):
            raise FeedError(
                f"{shown(self._url)}: the response has no length and ends in the middle of a line: it may be truncated"
            )
        digest = hashlib.sha256(body).hexdigest()
        if digest != progress.digest:
            marks = {"etag": answer.etag, "last_modified": answer.last_modified, "digest": digest}
            yield Batch(io.BytesIO(body), changes=marks)
