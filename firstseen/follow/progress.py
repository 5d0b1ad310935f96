"""Reads and writes the progress of each feed in the topic ``feeds``. Each feed has one writer at a time."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaProducer
from aiokafka.errors import ProducerFenced

from faust_batches.decoding import LogUnreadable, rows
from schemas.feed import FeedProgress, label
from schemas.topics import FEEDS
from streams.io.exclusive_producer import exclusive_producer, transact
from streams.io.kafka_config import KafkaConfig
from streams.io.reader import read_all

log = logging.getLogger(__name__)


class TakenOverError(RuntimeError):
    """Another process has started to follow the same feed. The message names the feed."""


async def read_feeds(cluster: KafkaConfig, prefix: str) -> dict[str, FeedProgress]:
    """Return the progress of each feed by name. Raises MissingTopicError, or KafkaError if Kafka does not answer."""
    return rows(await read_all(cluster, prefix, FEEDS), FeedProgress.from_bytes, LogUnreadable(log))


class ProgressWriter:
    """Writes the progress of one feed, and fences earlier writers of it."""

    def __init__(self, producer: AIOKafkaProducer, prefix: str, feed: str) -> None:
        self._producer, self._topic, self._feed = producer, FEEDS.full_name(prefix), feed

    @classmethod
    @asynccontextmanager
    async def open(cls, cluster: KafkaConfig, prefix: str, feed: str) -> AsyncIterator[ProgressWriter]:
        """Take over the feed. Raises UnreachableError, or PublishError if Kafka rejects a row."""
        async with exclusive_producer(cluster, prefix, f"feeds.{feed}") as producer:
            yield cls(producer, prefix, feed)

    async def write(self, progress: FeedProgress | None) -> None:
        """Write the progress; None deletes it.

        Raises TakenOverError if another follower has started since, or UnreachableError if Kafka does not answer.
        """
        value = progress.to_bytes() if progress else None
        try:
            await transact(
                self._producer, lambda: self._producer.send_and_wait(self._topic, value, self._feed.encode())
            )
        except ProducerFenced as error:
            raise TakenOverError(f"Another process now follows {label(self._feed)}; this one exits.") from error
