"""Publishes a heartbeat for each owned partition. Consumers of alerts can then distinguish silence from an outage."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from faust_batches.owned_partition import OwnedPartition
from faust_batches.step import Outgoing, Step
from schemas.heartbeat import Heartbeat
from schemas.topics import HEARTBEATS, Stage
from streams.health import Sample, add_sample, seconds_behind

SAMPLES_PER_BEAT = 10
SAMPLE_SECONDS = 1.0


async def beat(
    owned: OwnedPartition,
    stage: Stage,
    clock: Callable[[], datetime],
    ticks: Callable[[], float],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Write a heartbeat every ten seconds, in a transaction of the partition, so that only its owner can.

    ``clock`` returns the time, UTC; ``ticks`` returns seconds of a monotonic clock, for the age of waiting records.
    """
    samples: list[Sample] = []
    while True:
        for number in range(SAMPLES_PER_BEAT):
            if (end := owned.input_end()) is not None:
                samples = add_sample(samples, owned.next_offset, Sample(ticks(), end))
            if number == 0:
                behind = seconds_behind(samples, owned.next_offset, ticks())
                await owned.commit_between_batches(_heartbeat(owned, stage, clock(), behind))
            await sleep(SAMPLE_SECONDS)


def _heartbeat(owned: OwnedPartition, stage: Stage, at: datetime, behind_seconds: float) -> Step:
    heartbeat = Heartbeat(
        stage=stage,
        partition=owned.partition,
        beat_at=at,
        next_offset=owned.next_offset,
        behind_seconds=round(behind_seconds, 1),
    )
    return Step({}, [Outgoing(HEARTBEATS, heartbeat.place.encode(), heartbeat.to_bytes(), at, owned.partition)])
