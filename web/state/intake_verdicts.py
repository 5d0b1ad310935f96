"""Follows intake's decisions on sightings while the page is served, and reconnects after Kafka is lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterable

from aiokafka.errors import KafkaConnectionError, KafkaError

from faust_batches.errors import MissingTopicError, UnreachableError, reason
from streams.io.kafka_config import KafkaConfig
from streams.io.log_once import SparingLog
from streams.io.verdicts import Found, Place, Verdicts
from web.state.rejections import RejectionLog

_RETRY_SECONDS = 3.0
_log = logging.getLogger(__name__)


class IntakeVerdicts:
    """Answers what intake decided on sightings that were just published, and keeps all rejections."""

    def __init__(self, sources: Iterable[str]) -> None:
        """Keep the rejections of these sources."""
        self.rejections = RejectionLog(sources)
        self._verdicts: Verdicts | None = None

    async def follow(self, cluster: KafkaConfig, prefix: str) -> None:
        """Follow until cancelled. After a lost connection the rejections are read from the beginning."""
        outages = SparingLog(_log)
        while True:
            self.rejections.clear()
            try:
                async with Verdicts.opened(cluster, prefix, self.rejections.add) as verdicts:
                    self._verdicts = verdicts
                    reading = asyncio.create_task(self._read_backlog(verdicts))
                    try:
                        await verdicts.lost()
                    finally:
                        reading.cancel()
            except (KafkaConnectionError, UnreachableError):
                pass  # the page's follower logs it
            except (KafkaError, OSError, MissingTopicError) as error:
                outages.warning("", "Cannot read rejections: %s", reason(error))
            finally:
                self._verdicts = None
            await asyncio.sleep(_RETRY_SECONDS)

    async def _read_backlog(self, verdicts: Verdicts) -> None:
        while not self.rejections.is_complete:
            try:
                self.rejections.is_complete = await verdicts.heard(_RETRY_SECONDS)
            except KafkaError:
                await asyncio.sleep(_RETRY_SECONDS)

    async def of(self, places: Collection[Place], within_seconds: float) -> Found:
        """Return what intake decided on records, as :meth:`streams.io.verdicts.Verdicts.of` does."""
        if self._verdicts is None:
            return Found({}, frozenset(places))
        return await self._verdicts.of(places, within_seconds)
