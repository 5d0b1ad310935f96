"""Measures the progress and the lag of every stage from what is in Kafka, without asking the workers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from kafka import KafkaAdminClient
from kafka.errors import GroupAuthorizationFailedError

from faust_batches.errors import UnreachableError
from faust_batches.kafka_consumer import Consumer
from faust_batches.step import Incoming
from schemas.heartbeat import Heartbeat
from schemas.topics import HEARTBEATS, STAGES
from streams.health import LastHeartbeat, Observation, PartitionHealth, Progress, StagePartition, observe
from streams.io.kafka_config import KafkaConfig
from streams.io.reader import (
    connected_admin,
    connected_consumer,
    partitions_with_records,
    read_all,
    stage_offsets,
    topic_partitions,
)

ANSWER_SECONDS = 10.0
"""Time limit for Kafka to answer; a healthy broker takes less."""
_POLL_SECONDS, _MAX_SECONDS = 3.0, 31.0

Heartbeats = Mapping[str, Heartbeat]
"""The latest heartbeat of each stage and partition, by :attr:`Heartbeat.place`."""


class Observer:
    """Polls Kafka for the progress of the stages. It writes nothing and joins no consumer group."""

    def __init__(self, prefix: str, admin: KafkaAdminClient, committed: Consumer, uncommitted: Consumer) -> None:
        self._prefix, self._admin, self._committed, self._uncommitted = prefix, admin, committed, uncommitted
        self._watched: dict[StagePartition, Observation] = {}

    @classmethod
    @asynccontextmanager
    async def open(cls, cluster: KafkaConfig, prefix: str) -> AsyncIterator[Observer]:
        """Connect. Raises UnreachableError, KafkaError or OSError when Kafka does not answer."""
        async with AsyncExitStack() as stack:
            async with asyncio.timeout(ANSWER_SECONDS):
                # Consumers first: they report an unreachable Kafka at once; the administration client takes 10 s.
                committed = await stack.enter_async_context(connected_consumer(cluster))
                uncommitted = await stack.enter_async_context(
                    connected_consumer(cluster, isolation_level="read_uncommitted")
                )
                admin = await stack.enter_async_context(connected_admin(cluster))
            yield cls(prefix, admin, committed, uncommitted)

    async def poll(self, now: float) -> None:
        """Measure every partition; ``now``: seconds of a monotonic clock.

        Raises MissingTopicError, or the errors of :meth:`open` when Kafka does not answer.
        """
        names = {topic.full_name(self._prefix): stage for stage, topic in STAGES.items()}
        async with asyncio.timeout(ANSWER_SECONDS):
            parts = await topic_partitions(self._admin, names)
            ends = await self._uncommitted.end_offsets(parts)
            stable = await self._committed.end_offsets(
                parts
            )  # after the ends, so a transaction that commits in between is not held
            positions = await self._positions(parts)
            waiting = await partitions_with_records(self._committed, positions, stable)
        self._watched = {
            (place := (names[tp.topic], tp.partition)): observe(
                self._watched.get(place), Progress(positions[tp], stable[tp], ends[tp], waits=tp in waiting), now
            )
            for tp in parts
        }

    async def _positions(self, parts: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """Return the offsets that the stages have committed to their groups; they do so five times a second."""
        positions = dict.fromkeys(parts, 0)
        for stage, topic in STAGES.items():
            stage_partitions = [tp for tp in positions if tp.topic == topic.full_name(self._prefix)]
            positions |= await stage_offsets(self._admin, self._prefix, stage, stage_partitions)
        return positions

    def partitions_health(self, heartbeats: Heartbeats, now: float, at: datetime) -> list[PartitionHealth]:
        """Return the health of every partition. ``now``: seconds of a monotonic clock; ``at``: current time, UTC."""
        return [
            PartitionHealth(
                stage,
                partition,
                STAGES[stage].full_name(self._prefix),
                observation.progress,
                _last_heartbeat(heartbeats.get(f"{stage}/{partition}"), at),
                held_seconds=0.0 if observation.held_since is None else now - observation.held_since,
                stalled_seconds=0.0 if observation.stalled_since is None else now - observation.stalled_since,
            )
            for (stage, partition), observation in self._watched.items()
        ]


async def check_partitions(
    cluster: KafkaConfig,
    prefix: str,
    clock: Callable[[], datetime],
    ticks: Callable[[], float],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> list[PartitionHealth]:
    """Return the health of every partition; one poll is enough if no record waits.

    Otherwise, poll every three seconds until every partition that has an owner has made progress, for at most 31
    seconds. A partition that has made none by the end is stuck. Raises MissingTopicError, or the errors of
    :meth:`Observer.open` when Kafka does not answer.
    """
    async with Observer.open(cluster, prefix) as observer:
        begin = ticks()
        await observer.poll(begin)
        while True:
            now = ticks()
            health = observer.partitions_health(await read_heartbeats(cluster, prefix), now, clock())
            held = [s for s in health if s.progress.stable_end < s.progress.end and s.held_seconds < _POLL_SECONDS]
            stalled = [s for s in health if s.progress.waits and not s.silent and s.stalled_seconds >= now - begin]
            if now - begin > _MAX_SECONDS or not (held or stalled):
                return health
            await sleep(_POLL_SECONDS)
            await observer.poll(ticks())


async def read_heartbeats(cluster: KafkaConfig, prefix: str) -> dict[str, Heartbeat]:
    """Return the latest heartbeat of each stage and partition.

    Raises MissingTopicError, or KafkaError or OSError when Kafka does not answer.
    """
    return latest_heartbeats(await read_all(cluster, prefix, HEARTBEATS))


def latest_heartbeats(records: Iterable[Incoming]) -> dict[str, Heartbeat]:
    """Return the last heartbeat of each stage and partition; ``records`` by partition and offset.

    Offsets decide which is the last, because the clock of a worker may be set back.
    """
    heartbeats = (read_heartbeat(record.value) for record in records)
    return {heartbeat.place: heartbeat for heartbeat in heartbeats if heartbeat}


def read_heartbeat(value: bytes | None) -> Heartbeat | None:
    """Return the heartbeat, or None if the value is not a heartbeat."""
    try:
        return Heartbeat.from_bytes(value or b"")
    except ValueError:
        return None


def _last_heartbeat(heartbeat: Heartbeat | None, at: datetime) -> LastHeartbeat | None:
    if heartbeat is None:
        return None
    return LastHeartbeat((at - heartbeat.beat_at).total_seconds(), heartbeat.behind_seconds)


def unreachable_text(error: BaseException, where: str = "") -> str:
    """Return a message that says why Kafka could not be asked; ``where`` names its address, if it may be shown."""
    if isinstance(error.__cause__, GroupAuthorizationFailedError):
        return f"Kafka does not let this user read the offsets of the stages ({error})"
    if isinstance(error, UnreachableError) and error.__cause__:
        error = error.__cause__
    return f"Kafka does not answer{where} ({type(error).__name__})"


UNREACHABLE = (UnreachableError, KafkaError, OSError)
"""The errors of :class:`Observer` when Kafka does not answer; TimeoutError is an OSError."""
