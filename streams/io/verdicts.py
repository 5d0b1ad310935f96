"""Tells publishers what intake has decided about their records: accepted or rejected.

Intake writes its position and its rejections in one transaction. So once its position is past a record, the rejection
of that record is on ``rejected``, before the current end of the topic.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import NamedTuple

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from faust_batches.decoding import LogUnreadable, decoded
from faust_batches.kafka_consumer import Consumer
from faust_batches.step import Incoming
from schemas.position import Position
from schemas.rejection import Rejection
from schemas.topics import POSITIONS, REJECTED
from streams.io.kafka_config import KafkaConfig
from streams.io.reader import connected_consumer, is_trusted, partitions

log = logging.getLogger(__name__)

_MOST_REMEMBERED = 20_000
_POLL_MS = 100


class Place(NamedTuple):
    """The position of a sighting on its topic."""

    partition: int
    offset: int


class Found(NamedTuple):
    """What intake has decided about some records."""

    rejected: Mapping[Place, Rejection]
    """The rejected records; the rejections are without the original bytes."""
    waiting: frozenset[Place]
    """The records that it has not read yet."""


class Verdicts:
    """Follows intake's position and its rejections; use :meth:`opened`."""

    def __init__(self, positions: Consumer, rejections: Consumer, ends: Consumer, places: list[TopicPartition]) -> None:
        self._positions, self._rejections, self._ends, self._places = positions, rejections, ends, places
        self._next: dict[int, int] = {}
        self._read: dict[TopicPartition, int] = {}
        self._recent: OrderedDict[Place, Rejection] = OrderedDict()
        self._moved = asyncio.Condition()
        self._tasks: list[asyncio.Task[None]] = []

    @classmethod
    @asynccontextmanager
    async def opened(
        cls,
        cluster: KafkaConfig,
        prefix: str,
        hear: Callable[[Rejection], object],
        after: Mapping[TopicPartition, int] | None = None,
    ) -> AsyncIterator[Verdicts]:
        """Follow until the context ends. ``hear`` receives every rejection, without its bytes.

        ``after`` is what :func:`rejections_end` returned, and only later ones are read; None: all that were ever
        written. Raises MissingTopicError, or KafkaError when Kafka does not answer.
        """
        where = await partitions(cluster, prefix, [POSITIONS["intake"]])
        places = await partitions(cluster, prefix, [REJECTED])
        async with (
            _consumer(cluster, "read_committed") as positions,
            _consumer(cluster, "read_committed") as rejections,
            _consumer(cluster, "read_uncommitted") as ends,  # the end that it sees is never before a committed record
        ):
            positions.assign(where)
            rejections.assign(places)
            for tp, end in (after or {}).items():
                rejections.seek(tp, end)
            verdicts = cls(positions, rejections, ends, places)
            verdicts.begin(hear)
            try:
                yield verdicts
            finally:
                await verdicts.end()

    def begin(self, hear: Callable[[Rejection], object]) -> None:
        """Follow until :meth:`end`."""
        self._tasks = [
            asyncio.create_task(self._follow_positions()),
            asyncio.create_task(self._follow_rejections(hear)),
        ]

    async def end(self) -> None:
        """Stop following."""
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError, KafkaError):
                await task

    async def lost(self) -> None:
        """Wait until Kafka cannot be read, then raise KafkaError."""
        await asyncio.gather(*self._tasks)

    async def of(self, places: Collection[Place], within_seconds: float) -> Found:
        """Return what intake has decided, once it has read all of these records, or after the timeout.

        More than 20,000 rejections that come meanwhile are forgotten, the oldest first.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(within_seconds):
                await self._until(lambda: not self._waiting(places))
                await self._hear_all()
                return Found(self._of(places), frozenset())
        return Found(self._of(places), self._waiting(places) or frozenset(places))

    async def heard(self, within_seconds: float) -> bool:
        """Wait until every current rejection is read; return whether that succeeded within the timeout."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_seconds):
                await self._hear_all()
                return True
        return False

    async def _hear_all(self) -> None:
        ends = await self._ends.end_offsets(self._places)
        await self._until(lambda: all(self._read.get(tp, 0) >= end for tp, end in ends.items()))

    def come_to(self, partition: int) -> int:
        """Return the next offset of intake on a partition, as far as it is known; 0: nothing is."""
        return self._next.get(partition, 0)

    def _of(self, places: Collection[Place]) -> dict[Place, Rejection]:
        return {place: self._recent[place] for place in places if place in self._recent}

    def _waiting(self, places: Collection[Place]) -> frozenset[Place]:
        return frozenset(place for place in places if self.come_to(place.partition) <= place.offset)

    async def _until(self, reached: Callable[[], bool]) -> None:
        async with self._moved:
            await self._moved.wait_for(reached)

    async def _follow_positions(self) -> None:
        unreadable = LogUnreadable(log)
        while True:
            fetched = await self._positions.getmany(timeout_ms=_POLL_MS)
            records = [Incoming.of(record) for several in fetched.values() for record in several if is_trusted(record)]
            for record, position in decoded(records, Position.from_bytes, unreadable):
                if record.key == str(record.partition).encode():
                    self._next[record.partition] = position.next_offset
            if records:
                await self._tell()

    async def _follow_rejections(self, hear: Callable[[Rejection], object]) -> None:
        unreadable = LogUnreadable(log)
        while True:
            fetched = await self._rejections.getmany(timeout_ms=_POLL_MS)
            # Like rows of a table, rejections come out of transactions; a forged one would deny what intake takes.
            records = [
                Incoming.of(record) for several in fetched.values() for record in several if record.transactional
            ]
            for _, rejection in decoded(records, Rejection.from_bytes, unreadable):
                slim = rejection.replace(original=b"")
                hear(slim)
                self._recent[Place(rejection.partition, rejection.offset)] = slim
            while len(self._recent) > _MOST_REMEMBERED:
                self._recent.popitem(last=False)
            self._read = {tp: await self._rejections.position(tp) for tp in self._places}
            await self._tell()

    async def _tell(self) -> None:
        async with self._moved:
            self._moved.notify_all()


async def rejections_end(cluster: KafkaConfig, prefix: str) -> dict[TopicPartition, int]:
    """Return the current end of the rejections. Call it before publishing. Raises as :meth:`Verdicts.opened` does."""
    places = await partitions(cluster, prefix, [REJECTED])
    async with _consumer(cluster, "read_committed") as consumer:
        ends: dict[TopicPartition, int] = await consumer.end_offsets(places)
        return ends


def _consumer(cluster: KafkaConfig, isolation: str) -> AbstractAsyncContextManager[Consumer]:
    return connected_consumer(cluster, isolation_level=isolation)
