"""Writes posted sightings to Kafka and waits a moment for intake's verdict on them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from faust_batches.errors import UnreachableError
from streams.io.clock import monotonic
from streams.io.intake_outcomes import RecordPosition
from streams.io.kafka_config import KafkaConfig
from streams.io.publisher import PublishError, SightingProducer
from streams.io.throttled_log import ThrottledLog
from web.api.submissions import CheckedSighting
from web.state.outcomes_follower import OutcomesFollower

VERDICT_SECONDS = 2.0
"""How long a request waits for intake, which takes a tenth of a second when it runs and has no backlog."""

KAFKA_SECONDS = 8.0
"""How long a request waits for Kafka's acknowledgement."""

_log = logging.getLogger(__name__)


class SightingWriter:
    """Owns the producer: created on first use, and again after a failure."""

    def __init__(self, cluster: KafkaConfig, prefix: str, outcomes: OutcomesFollower) -> None:
        self._cluster, self._prefix, self._outcomes = cluster, prefix, outcomes
        self._producer: SightingProducer | None = None
        self._writing = asyncio.Lock()
        self._failed_at = 0.0
        self.outages = ThrottledLog(_log)

    async def write(self, sightings: Sequence[CheckedSighting]) -> list[CheckedSighting]:
        """Write the accepted sightings; return all of them, with intake's verdicts that arrived in time.

        Raises PublishError or UnreachableError when Kafka does not acknowledge them.
        """
        accepted = [sighting for sighting in sightings if sighting.accepted]
        if not accepted:
            return list(sightings)
        positions: dict[int, RecordPosition] = {}
        began = monotonic()
        async with self._writing:
            if self._failed_at > began:  # otherwise each waiting request would wait for a timeout of its own
                raise PublishError("the connection to Kafka was lost meanwhile")
            try:
                await asyncio.to_thread(self._write, accepted, positions)
            except (PublishError, UnreachableError):
                self._failed_at = monotonic()
                raise
        outcomes = await self._outcomes.wait_for(positions.values(), VERDICT_SECONDS)
        return [
            sighting.with_verdict(positions[id(sighting)], outcomes) if sighting.accepted else sighting
            for sighting in sightings
        ]

    def _write(self, sightings: Sequence[CheckedSighting], positions: dict[int, RecordPosition]) -> None:
        """Return once Kafka has acknowledged all; put the position of each into ``positions``, by its ``id()``."""

        def acknowledged(sighting: CheckedSighting, partition: int, offset: int) -> None:
            positions[id(sighting)] = RecordPosition(partition, offset)

        try:
            self._producer = self._producer or SightingProducer(self._cluster, self._prefix, KAFKA_SECONDS)
            for sighting in sightings:
                on_success = partial(acknowledged, sighting)
                self._producer.send(sighting.key, sighting.value, headers=sighting.headers, on_acknowledged=on_success)
            self._producer.flush()
        except PublishError:
            failed, self._producer = self._producer, None
            if failed:
                failed.abandon()
            raise

    def close(self) -> None:
        """Close the producer."""
        producer, self._producer = self._producer, None
        if producer:
            with suppress(PublishError):
                producer.close()
