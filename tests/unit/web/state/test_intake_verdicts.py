"""What intake decided on sightings that were just published."""

from __future__ import annotations

import asyncio

from streams.io.verdicts import Found, Place
from web.state.intake_verdicts import IntakeVerdicts


async def test_without_a_connection_every_verdict_is_pending() -> None:
    places = [Place(0, 1), Place(1, 2)]
    found: Found = await asyncio.wait_for(IntakeVerdicts(["wire"]).of(places, 60), 1)
    assert (found.rejected, found.waiting) == ({}, frozenset(places))
