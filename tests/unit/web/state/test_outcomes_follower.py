"""What intake decided on sightings that were just published."""

from __future__ import annotations

import asyncio

from streams.io.intake_outcomes import Outcomes, RecordPosition
from tests.support.waiting import PATIENCE_SECONDS
from web.state.outcomes_follower import OutcomesFollower


async def test_without_a_connection_every_verdict_is_pending() -> None:
    positions = [RecordPosition(0, 1), RecordPosition(1, 2)]
    outcomes: Outcomes = await asyncio.wait_for(OutcomesFollower().wait_for(positions, 86_400), PATIENCE_SECONDS)
    assert (outcomes.rejected, outcomes.waiting) == ({}, frozenset(positions))
