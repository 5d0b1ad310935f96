"""Reading feeds from a local publisher, without Kafka."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from typing import Any

import pytest

from firstseen.follow.batch import Batch
from firstseen.follow.http import Client, FeedError
from schemas.feed import FeedProgress

NOW = datetime(2026, 11, 29, 9, 20, tzinfo=UTC)


async def batches(
    feed: Any, progress: FeedProgress | None = None, *, seconds: float = 5, largest: int = 2**20
) -> list[Batch]:
    async with Client(seconds, largest, private=True) as client:
        return [batch async for batch in feed.batches(client, progress or FeedProgress(feed="x"), NOW)]


async def failure(feed: Any, progress: FeedProgress | None = None, **options: Any) -> FeedError:
    with pytest.raises(FeedError) as caught:
        await batches(feed, progress, **options)
    return caught.value


def after(batch: Batch) -> FeedProgress:
    return FeedProgress(feed="x").replace(**batch.changes)


def rows(batch: Batch) -> list[dict[str, str]]:
    return list(csv.DictReader(line.decode() for line in batch.lines))
