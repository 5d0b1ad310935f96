"""Follows what intake makes of sightings, for as long as the page is served, whatever happens to Kafka."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterable

from aiokafka.errors import KafkaConnectionError, KafkaError

from faust_batches.errors import MissingTopicError, reason
from streams.io.kafka_config import KafkaConfig
from streams.io.log_once import SparingLog
from streams.io.verdicts import Found, Place, Verdicts
from web.state.rejections import RejectionsView

_AGAIN_AFTER_SECONDS = 3.0
_log = logging.getLogger(__name__)


class Judging:
    """Says what intake made of what was just posted, and keeps the rejections of all times."""

    def __init__(self, sources: Iterable[str]) -> None:
        """Keep the rejections of these sources only."""
        self.rejections = RejectionsView(sources)
        self._verdicts: Verdicts | None = None

    async def follow(self, cluster: KafkaConfig, prefix: str) -> None:
        """Follow until cancelled. After a lost connection the rejections are read from their beginning."""
        lasting = SparingLog(_log)
        while True:
            self.rejections.clear()
            try:
                async with Verdicts.opened(cluster, prefix, self.rejections.take) as verdicts:
                    self._verdicts = verdicts
                    reading = asyncio.create_task(self._read_all(verdicts))
                    try:
                        await verdicts.lost()
                    finally:
                        reading.cancel()
            except KafkaConnectionError:
                pass  # the follower of the page says so
            except (KafkaError, OSError, MissingTopicError) as error:
                lasting.warning("", "Rejections cannot be read: %s", reason(error))
            finally:
                self._verdicts = None
            await asyncio.sleep(_AGAIN_AFTER_SECONDS)

    async def _read_all(self, verdicts: Verdicts) -> None:
        while not self.rejections.is_whole:
            try:
                self.rejections.is_whole = await verdicts.heard(_AGAIN_AFTER_SECONDS)
            except KafkaError:
                await asyncio.sleep(_AGAIN_AFTER_SECONDS)

    async def of(self, places: Collection[Place], within_seconds: float) -> Found:
        """Return what intake made of records, as :meth:`streams.io.verdicts.Verdicts.of` does."""
        if self._verdicts is None:
            return Found({}, frozenset(places))
        return await self._verdicts.of(places, within_seconds)
