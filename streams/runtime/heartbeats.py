"""A sign of life for each partition that is owned: whoever waits for alerts then knows that there were none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from schemas.heartbeat import Heartbeat
from schemas.topics import HEARTBEATS
from streams.runtime.ownership import OwnedPartition
from streams.steps import Outgoing, Step

EVERY_SECONDS = 10.0


async def beat(owned: OwnedPartition, clock: Callable[[], datetime]) -> None:
    """Write one every ten seconds, in the partition's own transactions: an owner that was replaced cannot."""
    while True:
        at = clock()
        sign = Heartbeat(partition=owned.partition, beat_at=at, next_offset=owned.next_offset)
        key = str(owned.partition).encode()
        await owned.record(Step({}, [Outgoing(HEARTBEATS, key, sign.to_bytes(), at, owned.partition)]))
        await asyncio.sleep(EVERY_SECONDS)
