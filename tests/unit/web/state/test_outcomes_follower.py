"""What intake decided on sightings that were just published."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from faust_batches.errors import UnreachableError
from streams.io.intake_outcomes import IntakeOutcomes, Outcomes, RecordPosition
from tests.support.waiting import PATIENCE_SECONDS
from web.state.outcomes_follower import OutcomesFollower


async def test_without_a_connection_every_verdict_is_pending() -> None:
    positions = [RecordPosition(0, 1), RecordPosition(1, 2)]
    outcomes: Outcomes = await asyncio.wait_for(OutcomesFollower().wait_for(positions, 86_400), PATIENCE_SECONDS)
    assert (outcomes.rejected, outcomes.waiting) == ({}, frozenset(positions))


async def test_a_follower_that_has_lost_kafka_stops_in_full() -> None:
    async def input_id() -> str:
        raise UnreachableError("Kafka does not answer")

    class Silent:
        ended = False

        async def getmany(self, **_: Any) -> Any:
            try:
                await asyncio.Event().wait()
            finally:
                self.ended = True

    consumer: Any = Silent()
    outcomes = IntakeOutcomes(consumer, consumer, consumer, [], input_id)
    outcomes.start(lambda _: None)
    with pytest.raises(UnreachableError):
        await outcomes.wait_until_lost()
    await outcomes.stop()
    assert consumer.ended
