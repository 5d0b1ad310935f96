"""Follows intake's outcomes while the page is served, and reconnects when the connection to Kafka is lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterable

from aiokafka.errors import KafkaConnectionError, KafkaError

from faust_batches.errors import MissingTopicError, UnreachableError, reason
from streams.io.intake_outcomes import IntakeOutcomes, Outcomes, RecordPosition
from streams.io.kafka_config import KafkaConfig
from streams.io.throttled_log import ThrottledLog
from web.state.rejections import RejectionLog

_RETRY_SECONDS = 3.0
_log = logging.getLogger(__name__)


class OutcomesFollower:
    """Gives the outcomes of sightings that were just published, and keeps all rejections."""

    def __init__(self, sources: Iterable[str]) -> None:
        """Keep the rejections of these sources."""
        self.rejections = RejectionLog(sources)
        self._outcomes: IntakeOutcomes | None = None

    async def follow(self, cluster: KafkaConfig, prefix: str) -> None:
        """Follow until cancelled. After a reconnect, all rejections are read again from the beginning."""
        outages = ThrottledLog(_log)
        while True:
            self.rejections.clear()
            try:
                async with IntakeOutcomes.opened(cluster, prefix, self.rejections.add) as outcomes:
                    self._outcomes = outcomes
                    reading = asyncio.create_task(self._read_backlog(outcomes))
                    try:
                        await outcomes.wait_until_lost()
                    finally:
                        reading.cancel()
            except (KafkaConnectionError, UnreachableError):
                pass  # the page's follower logs it
            except (KafkaError, OSError, MissingTopicError) as error:
                outages.warning("", "Cannot read rejections: %s", reason(error))
            finally:
                self._outcomes = None
            await asyncio.sleep(_RETRY_SECONDS)

    async def _read_backlog(self, outcomes: IntakeOutcomes) -> None:
        while not self.rejections.is_complete:
            try:
                self.rejections.is_complete = await outcomes.wait_until_caught_up(_RETRY_SECONDS)
            except KafkaError:
                await asyncio.sleep(_RETRY_SECONDS)

    async def wait_for(self, positions: Collection[RecordPosition], within_seconds: float) -> Outcomes:
        """Return the outcomes of records: see :meth:`streams.io.intake_outcomes.IntakeOutcomes.wait_for`."""
        if self._outcomes is None:
            return Outcomes({}, frozenset(positions))
        return await self._outcomes.wait_for(positions, within_seconds)
