"""How far each feed is, in the topic ``feeds``: read at the start, written by one follower at a time."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaProducer
from aiokafka.errors import ProducerFenced

from faust_batches.decoding import LogUnreadable, rows
from schemas.feed import FeedProgress, label
from schemas.topics import FEEDS
from streams.io.config_writer import exclusive_producer
from streams.io.kafka_config import KafkaConfig
from streams.io.reader import read_all

log = logging.getLogger(__name__)


class TakenOverError(RuntimeError):
    """Another process follows the same feed since. The message names the feed."""


async def read_feeds(cluster: KafkaConfig, prefix: str) -> dict[str, FeedProgress]:
    """Return how far each feed is, by name. Raises MissingTopicError, or KafkaError when Kafka does not answer."""
    return rows(await read_all(cluster, prefix, FEEDS), FeedProgress.from_bytes, LogUnreadable(log))


class ProgressWriter:
    """Writes the progress of one feed; whoever began to write before can write no more."""

    def __init__(self, producer: AIOKafkaProducer, prefix: str, feed: str) -> None:
        self._producer, self._topic, self._feed = producer, FEEDS.full_name(prefix), feed

    @classmethod
    @asynccontextmanager
    async def open(cls, cluster: KafkaConfig, prefix: str, feed: str) -> AsyncIterator[ProgressWriter]:
        """Take the feed over. Raises UnreachableError; PublishError when Kafka does not take a row."""
        async with exclusive_producer(cluster, prefix, f"feeds.{feed}") as producer:
            yield cls(producer, prefix, feed)

    async def write(self, progress: FeedProgress | None) -> None:
        """Write how far the feed is; None forgets it. Raises TakenOverError when another follower has begun since."""
        value = progress.to_bytes() if progress else None
        try:
            async with self._producer.transaction():
                await self._producer.send_and_wait(self._topic, value, self._feed.encode())
        except ProducerFenced as error:
            raise TakenOverError(f"Another process follows {label(self._feed)} now: this one ends.") from error
