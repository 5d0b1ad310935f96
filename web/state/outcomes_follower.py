"""Follows intake's outcomes while the page is served, and reconnects when the connection to Kafka is lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection

from aiokafka.errors import KafkaConnectionError, KafkaError

from faust_batches.errors import MissingTopicError, UnreachableError, reason
from streams.io.intake_outcomes import IntakeOutcomes, Outcomes, RecordPosition, rejections_end
from streams.io.kafka_config import KafkaConfig
from streams.io.throttled_log import ThrottledLog

_RETRY_SECONDS = 3.0
_log = logging.getLogger(__name__)


class OutcomesFollower:
    """Gives the outcomes of sightings that were just published."""

    def __init__(self) -> None:
        self._outcomes: IntakeOutcomes | None = None

    async def follow(self, cluster: KafkaConfig, prefix: str) -> None:
        """Follow until cancelled."""
        outages = ThrottledLog(_log)
        while True:
            try:
                after = await rejections_end(cluster, prefix)
                async with IntakeOutcomes.opened(cluster, prefix, lambda _: None, after) as outcomes:
                    self._outcomes = outcomes
                    await outcomes.wait_until_lost()
            except (KafkaConnectionError, UnreachableError):
                pass  # the page's follower logs it
            except (KafkaError, OSError, MissingTopicError) as error:
                outages.warning("", "Cannot read rejections: %s", reason(error))
            finally:
                self._outcomes = None
            await asyncio.sleep(_RETRY_SECONDS)

    async def wait_for(self, positions: Collection[RecordPosition], within_seconds: float) -> Outcomes:
        """Return the outcomes of records: see :meth:`streams.io.intake_outcomes.IntakeOutcomes.wait_for`."""
        if self._outcomes is None:
            return Outcomes({}, frozenset(positions))
        return await self._outcomes.wait_for(positions, within_seconds)
