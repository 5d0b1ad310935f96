"""A sign of life for each partition that is owned: a reader of alerts then knows that there were none."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from faust_batches.partition import OwnedPartition
from faust_batches.step import Outgoing, Step
from schemas.heartbeat import Heartbeat
from schemas.topics import HEARTBEATS
from streams.health import Sample, add_sample, seconds_behind

SAMPLES_IN_A_BEAT = 10
SAMPLE_SECONDS = 1.0


async def beat(
    owned: OwnedPartition,
    clock: Callable[[], datetime],
    ticks: Callable[[], float],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Write a heartbeat every ten seconds, in the partition's own transactions: an owner that was replaced cannot.

    ``clock`` gives the time, UTC; ``ticks`` gives seconds that only grow, for how long records wait.
    """
    samples: list[Sample] = []
    while True:
        for number in range(SAMPLES_IN_A_BEAT):
            if (end := owned.input_end()) is not None:
                samples = add_sample(samples, owned.next_offset, Sample(ticks(), end))
            if number == 0:
                await owned.record(_heartbeat(owned, clock(), seconds_behind(samples, owned.next_offset, ticks())))
            await sleep(SAMPLE_SECONDS)


def _heartbeat(owned: OwnedPartition, at: datetime, behind_seconds: float) -> Step:
    sign = Heartbeat(
        stage=owned.config.stage,
        partition=owned.partition,
        beat_at=at,
        next_offset=owned.next_offset,
        behind_seconds=round(behind_seconds, 1),
    )
    return Step({}, [Outgoing(HEARTBEATS, sign.place.encode(), sign.to_bytes(), at, owned.partition)])
