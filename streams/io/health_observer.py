"""Measures from outside, through Kafka alone, how far each stage is and how far it could be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from kafka import KafkaAdminClient
from kafka.errors import GroupAuthorizationFailedError
from pydantic import ValidationError

from faust_batches.errors import UnreachableError
from faust_batches.kafka_consumer import Consumer
from schemas.heartbeat import Heartbeat
from schemas.topics import HEARTBEATS, STAGES
from streams.health import LastHeartbeat, Observation, PartitionHealth, Place, Progress, observe
from streams.io.kafka_config import KafkaConfig
from streams.io.reader import (
    connected_admin,
    connected_consumer,
    partitions_with_records,
    read_table,
    stage_offsets,
    topic_partitions,
)

ANSWER_SECONDS = 10.0
"""Longer than a healthy broker takes."""
_AGAIN_SECONDS, _MOST_SECONDS = 3.0, 31.0

Heartbeats = Mapping[str, Heartbeat]
"""The last of each stage and partition, by :attr:`Heartbeat.place`."""


class Observer:
    """Asks Kafka how far the stages are. It writes nothing and belongs to no group."""

    def __init__(self, prefix: str, admin: KafkaAdminClient, committed: Consumer, uncommitted: Consumer) -> None:
        self._prefix, self._admin, self._committed, self._uncommitted = prefix, admin, committed, uncommitted
        self._watched: dict[Place, Observation] = {}

    @classmethod
    @asynccontextmanager
    async def open(cls, cluster: KafkaConfig, prefix: str) -> AsyncIterator[Observer]:
        """Connect. Raises UnreachableError, KafkaError or OSError when Kafka does not answer; so does :meth:`look`."""
        async with AsyncExitStack() as stack:
            async with asyncio.timeout(ANSWER_SECONDS):
                admin = await stack.enter_async_context(connected_admin(cluster))
                committed = await stack.enter_async_context(connected_consumer(cluster))
                uncommitted = await stack.enter_async_context(
                    connected_consumer(cluster, isolation_level="read_uncommitted")
                )
            yield cls(prefix, admin, committed, uncommitted)

    async def look(self, now: float) -> None:
        """Check once more, at ``now`` of a monotonic clock. Also raises MissingTopicError."""
        names = {topic.full_name(self._prefix): stage for stage, topic in STAGES.items()}
        async with asyncio.timeout(ANSWER_SECONDS):
            parts = await topic_partitions(self._admin, names)
            ends = await self._uncommitted.end_offsets(parts)
            stable = await self._committed.end_offsets(parts)  # after the end: what was open meanwhile shows less
            done = await self._positions(parts)
            waiting = await partitions_with_records(self._committed, done, stable)
        self._watched = {
            (place := (names[tp.topic], tp.partition)): observe(
                self._watched.get(place), Progress(done[tp], stable[tp], ends[tp], waits=tp in waiting), now
            )
            for tp in parts
        }

    async def _positions(self, parts: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """Return the offset of each stage, which it commits to its consumer group five times a second."""
        positions = dict.fromkeys(parts, 0)
        for stage, topic in STAGES.items():
            of_stage = [tp for tp in positions if tp.topic == topic.full_name(self._prefix)]
            positions |= await stage_offsets(self._admin, self._prefix, stage, of_stage)
        return positions

    def partitions_health(self, heartbeats: Heartbeats, now: float, at: datetime) -> list[PartitionHealth]:
        """Return the health of every partition: ``now`` of a monotonic clock, ``at`` the time, UTC."""
        return [
            PartitionHealth(
                stage,
                partition,
                STAGES[stage].full_name(self._prefix),
                seen.reach,
                _sign(heartbeats.get(f"{stage}/{partition}"), at),
                held_seconds=0.0 if seen.held_since is None else now - seen.held_since,
                stalled_seconds=0.0 if seen.stalled_since is None else now - seen.stalled_since,
            )
            for (stage, partition), seen in self._watched.items()
        ]


async def check_partitions(
    cluster: KafkaConfig,
    prefix: str,
    clock: Callable[[], datetime],
    ticks: Callable[[], float],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> list[PartitionHealth]:
    """Look at an installation, once if all that is on record is done.

    Otherwise it looks again every three seconds until each partition of a stage that is up has moved, for half a minute
    at most: what then still waits is stuck. Raises MissingTopicError, or KafkaError or OSError without an answer.
    """
    async with Observer.open(cluster, prefix) as observer:
        begin = ticks()
        await observer.look(begin)
        while True:
            now = ticks()
            health = observer.partitions_health(await read_heartbeats(cluster, prefix), now, clock())
            held = [s for s in health if s.reach.stable_end < s.reach.end and s.held_seconds < _AGAIN_SECONDS]
            stalled = [s for s in health if s.reach.waits and not s.silent and s.stalled_seconds >= now - begin]
            if now - begin > _MOST_SECONDS or not (held or stalled):
                return health
            await sleep(_AGAIN_SECONDS)
            await observer.look(ticks())


async def read_heartbeats(cluster: KafkaConfig, prefix: str) -> dict[str, Heartbeat]:
    """Return the last heartbeat of each stage and partition. Raises as the other readers do."""
    found: dict[str, Heartbeat] = {}
    for record in await read_table(cluster, prefix, HEARTBEATS):
        if sign := read_heartbeat(record.value):
            note(found, sign)
    return found


def read_heartbeat(value: bytes | None) -> Heartbeat | None:
    """Return the heartbeat, or None if another program wrote something else."""
    try:
        return Heartbeat.from_bytes(value or b"")
    except ValidationError:
        return None


def note(heartbeats: dict[str, Heartbeat], sign: Heartbeat) -> None:
    """Keep a heartbeat unless a later one of its partition is known."""
    known = heartbeats.get(sign.place)
    if known is None or known.beat_at <= sign.beat_at:
        heartbeats[sign.place] = sign


def _sign(heartbeat: Heartbeat | None, at: datetime) -> LastHeartbeat | None:
    if heartbeat is None:
        return None
    return LastHeartbeat((at - heartbeat.beat_at).total_seconds(), heartbeat.behind_seconds)


def unreachable_text(error: BaseException, where: str = "") -> str:
    """Return in words why Kafka could not be asked; ``where`` names its address, if that may be shown."""
    if isinstance(error.__cause__, GroupAuthorizationFailedError):
        return f"Kafka does not let this user see how far the stages are ({error})"
    if isinstance(error, UnreachableError) and error.__cause__:
        error = error.__cause__
    return f"Kafka does not answer{where} ({type(error).__name__})"


UNREACHABLE = (UnreachableError, KafkaError, OSError)
"""What :class:`Observer` raises when Kafka does not answer; TimeoutError is an OSError."""
