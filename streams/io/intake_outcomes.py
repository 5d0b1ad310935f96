"""Reports to producers which of their records intake has accepted and which it has rejected.

Intake commits its position and its rejections in one transaction. Once its position is past a record, the record's
rejection, if any, is in the topic ``rejected``, before the end that the topic has at that moment.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial
from typing import NamedTuple

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from faust_batches.decoding import LogUnreadable, decoded
from faust_batches.errors import MissingTopicError, UnreachableError
from faust_batches.kafka_consumer import Consumer
from faust_batches.step import Incoming
from schemas.position import Position
from schemas.rejection import Rejection
from schemas.topics import POSITIONS, REJECTED, SIGHTINGS
from streams.io.kafka_config import KafkaConfig
from streams.io.reader import connected_consumer, is_trusted, partitions, topic_ids

log = logging.getLogger(__name__)

_MAX_CACHED = 20_000
_POLL_MS = 100


class RecordPosition(NamedTuple):
    """Partition and offset of a record in the topic of sightings."""

    partition: int
    offset: int


class Outcomes(NamedTuple):
    """What intake has decided about some records. A record that is in neither field was accepted."""

    rejected: Mapping[RecordPosition, Rejection]
    """The rejected records. The rejections do not contain the original bytes."""
    waiting: frozenset[RecordPosition]
    """The records that intake has not processed yet."""


class IntakeOutcomes:
    """Follows intake's position and its rejections; created by :meth:`opened`."""

    def __init__(
        self,
        positions: Consumer,
        rejections: Consumer,
        ends: Consumer,
        rejected_partitions: list[TopicPartition],
        input_id: Callable[[], Awaitable[str]],
    ) -> None:
        self._positions, self._rejections, self._ends = positions, rejections, ends
        self._rejected_partitions = rejected_partitions
        self._input_id = input_id
        self._next_offsets: dict[int, int] = {}
        self._read: dict[TopicPartition, int] = {}
        self._recent: OrderedDict[RecordPosition, Rejection] = OrderedDict()
        self._progressed = asyncio.Condition()
        self._tasks: list[asyncio.Task[None]] = []

    @classmethod
    @asynccontextmanager
    async def opened(
        cls,
        cluster: KafkaConfig,
        prefix: str,
        on_rejection: Callable[[Rejection], object],
        after: Mapping[TopicPartition, int] | None = None,
    ) -> AsyncIterator[IntakeOutcomes]:
        """Follow until the context ends. ``on_rejection`` receives each rejection, without the original bytes.

        ``after`` comes from :func:`rejections_end`: only later rejections are read. None: all rejections are read.
        Raises MissingTopicError, or KafkaError when Kafka does not answer.
        """
        position_partitions = await partitions(cluster, prefix, [POSITIONS["intake"]])
        rejected_partitions = await partitions(cluster, prefix, [REJECTED])
        async with (
            _consumer(cluster, "read_committed") as positions,
            _consumer(cluster, "read_committed") as rejections,
            _consumer(cluster, "read_uncommitted") as ends,  # the end that it reads is never before a committed record
        ):
            positions.assign(position_partitions)
            rejections.assign(rejected_partitions)
            for partition, end in (after or {}).items():
                rejections.seek(partition, end)
            outcomes = cls(positions, rejections, ends, rejected_partitions, partial(_input_id, cluster, prefix))
            outcomes.start(on_rejection)
            try:
                yield outcomes
            finally:
                await outcomes.stop()

    def start(self, on_rejection: Callable[[Rejection], object]) -> None:
        """Follow until :meth:`stop`."""
        self._tasks = [
            asyncio.create_task(self._follow_positions()),
            asyncio.create_task(self._follow_rejections(on_rejection)),
        ]

    async def stop(self) -> None:
        """Stop following. A lost connection is no error here; :meth:`wait_until_lost` raises it."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError, KafkaError, UnreachableError, MissingTopicError):
                await task

    async def wait_until_lost(self) -> None:
        """Wait until the connection is lost, then raise KafkaError, UnreachableError or MissingTopicError."""
        await asyncio.gather(*self._tasks)

    async def wait_for(self, records: Collection[RecordPosition], within_seconds: float) -> Outcomes:
        """Return the outcomes of these records once intake has processed all of them, or after the timeout.

        The cache holds 20,000 rejections; the oldest are evicted first.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(within_seconds):
                await self._wait_until(lambda: not self._waiting(records))
                await self._read_to_end()
                return Outcomes(self._rejections_of(records), frozenset())
        return Outcomes(self._rejections_of(records), self._waiting(records) or frozenset(records))

    async def wait_until_caught_up(self, within_seconds: float) -> bool:
        """Wait until all current rejections are read; return False if that takes longer than the timeout."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_seconds):
                await self._read_to_end()
                return True
        return False

    async def _read_to_end(self) -> None:
        ends = await self._ends.end_offsets(self._rejected_partitions)
        await self._wait_until(lambda: all(self._read.get(partition, 0) >= end for partition, end in ends.items()))

    def next_offset(self, partition: int) -> int:
        """Return the next offset that intake will process in a partition; 0 until its position has been read."""
        return self._next_offsets.get(partition, 0)

    def _rejections_of(self, records: Collection[RecordPosition]) -> dict[RecordPosition, Rejection]:
        return {record: self._recent[record] for record in records if record in self._recent}

    def _waiting(self, records: Collection[RecordPosition]) -> frozenset[RecordPosition]:
        return frozenset(record for record in records if self.next_offset(record.partition) <= record.offset)

    async def _wait_until(self, is_reached: Callable[[], bool]) -> None:
        async with self._progressed:
            await self._progressed.wait_for(is_reached)

    async def _follow_positions(self) -> None:
        unreadable = LogUnreadable(log)
        input_id = await self._input_id()
        while True:
            fetched = await self._positions.getmany(timeout_ms=_POLL_MS)
            records = [Incoming.of(record) for group in fetched.values() for record in group if is_trusted(record)]
            latest = {
                record.partition: position
                for record, position in decoded(records, Position.from_bytes, unreadable)
                if record.key == str(record.partition).encode()
            }
            if not all(is_in_topic(position, input_id) for position in latest.values()):
                input_id = await self._input_id()  # somebody recreated the topic
            self._next_offsets |= {
                partition: position.next_offset if is_in_topic(position, input_id) else 0
                for partition, position in latest.items()
            }
            if records:
                await self._notify()

    async def _follow_rejections(self, on_rejection: Callable[[Rejection], object]) -> None:
        unreadable = LogUnreadable(log)
        while True:
            fetched = await self._rejections.getmany(timeout_ms=_POLL_MS)
            # Intake writes rejections in transactions. Others are forged, and would deny what intake has accepted.
            records = [Incoming.of(record) for group in fetched.values() for record in group if record.transactional]
            for _, rejection in decoded(records, Rejection.from_bytes, unreadable):
                without_original = rejection.replace(original=b"")
                on_rejection(without_original)
                self._recent[RecordPosition(rejection.partition, rejection.offset)] = without_original
            while len(self._recent) > _MAX_CACHED:
                self._recent.popitem(last=False)
            self._read = {
                partition: await self._rejections.position(partition) for partition in self._rejected_partitions
            }
            await self._notify()

    async def _notify(self) -> None:
        async with self._progressed:
            self._progressed.notify_all()


def is_in_topic(position: Position, topic_id: str) -> bool:
    """Whether a position counts in the topic with this id: after a recreation, offsets begin again at 0."""
    return position.state is None or position.state.input_id == topic_id


async def _input_id(cluster: KafkaConfig, prefix: str) -> str:
    return (await topic_ids(cluster, prefix, [SIGHTINGS]))[SIGHTINGS]


async def rejections_end(cluster: KafkaConfig, prefix: str) -> dict[TopicPartition, int]:
    """Return the current end of the rejections; call it before you publish.

    Raises the same errors as :meth:`IntakeOutcomes.opened`.
    """
    rejected_partitions = await partitions(cluster, prefix, [REJECTED])
    async with _consumer(cluster, "read_committed") as consumer:
        ends: dict[TopicPartition, int] = await consumer.end_offsets(rejected_partitions)
        return ends


def _consumer(cluster: KafkaConfig, isolation: str) -> AbstractAsyncContextManager[Consumer]:
    return connected_consumer(cluster, isolation_level=isolation)
