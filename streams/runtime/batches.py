"""The batch path through Faust: an agent receives one :class:`Batch` per fetched chunk of one partition.

Outputs, changed rows and the position in the input become one Kafka transaction (:mod:`streams.runtime.ownership`).
Group membership, assignment, supervision and the agents themselves are stock Faust; other topics than the stage's own
keep going through its ordinary path, record by record.

Private members touched, each because Faust 0.15.3 and aiokafka 0.14 offer no other way:

- ``faust.transport.consumer.Consumer``: ``_getmany`` and ``_to_message`` are overridden to hand a chunk of records on
  as one message; ``_read_offset`` and ``_committed_offset`` are set in ``perform_seek``, which stock Faust gets wrong
  for records delivered between resume and seek and for partitions without a committed offset (its issue 596).
- ``faust.transport.drivers.aiokafka.AIOKafkaConsumerThread``: ``_create_worker_consumer`` is overridden to read only
  what is committed; ``_assignor`` is set there as stock Faust does.
- ``faust.transport.drivers.aiokafka.Consumer._new_consumer_thread`` is overridden to use that thread.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self, cast

import aiokafka
import faust
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import KafkaError
from faust.events import Event
from faust.transport.drivers import TRANSPORTS
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, AppT, ConsumerMessage, EventT, Message, TopicT

from streams.runtime.ownership import OwnedPartition, StageConfig
from streams.runtime.tables import PartitionTables
from streams.steps import Incoming, Step

# Faust logs the life of every service in a module, at INFO, under that module's name: ours needs another.
log = logging.getLogger("firstseen.worker")

_SCHEME = "firstseen"
EXIT_FOR_RESTART = 70
"""Exit code of a worker that could not commit: started again, it goes on from the last commit."""

_BATCHES_AHEAD = 2
"""Batches of a partition handed out and not finished; more waits in the fetcher and makes the next bigger."""


class Batch:
    """Records of one partition in the order of their offsets, and the state of that partition.

    Use it as a context: ``async with batch: await batch.commit(fold(batch.tables, batch.records))``. An error inside
    ends the process without a commit, and the restart reads the same records again: nothing is lost and nothing twice.
    """

    def __init__(self, owned: OwnedPartition, records: list[Any], finished: Callable[[], None]) -> None:
        self.records = [_incoming(record) for record in records]
        self._owned, self._finished, self._next_offset = owned, finished, records[-1].offset + 1

    @property
    def tables(self) -> PartitionTables:
        """The state before this batch."""
        return self._owned.tables

    @property
    def partition(self) -> int:
        """The number of the partition."""
        return self._owned.partition

    async def partitions(self) -> int:
        """Return how many partitions there are."""
        return await self._owned.partitions()

    async def commit(self, step: Step) -> None:
        """Make the step come true, whole; does nothing once the partition belongs to another worker."""
        if not self._owned.released:
            await self._owned.commit(step, self._next_offset)

    async def __aenter__(self) -> Self:
        """Wait for the batch before this one; a revocation waits for both."""
        await self._owned.turn.acquire()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Make room for the next batch, or end the process."""
        self._owned.turn.release()
        self._finished()
        if error is None or isinstance(error, asyncio.CancelledError):
            return
        place = f"{self._owned.config.stage}, partition {self.partition}, before offset {self._next_offset}"
        if isinstance(error, KafkaError):
            log.error("%s: Kafka did not take the batch (%s). Ending; a restart reads it again.", place, error)
        else:
            log.critical("%s: a defect in Firstseen. Ending without a commit.", place, exc_info=error)
        # An orderly stop would let Faust acknowledge what was not done.
        os._exit(EXIT_FOR_RESTART)


class StageApp(faust.App):
    """A Faust app that knows the stage that it runs."""

    def __init__(self, config: StageConfig, **options: Any) -> None:
        self.stage_config = config
        super().__init__(config.group, **config.cluster.for_faust(_SCHEME), **options)

    def batches(self) -> TopicT:
        """Return the stage's input topic; its agent receives batches."""
        return self.topic(self.stage_config.input_topic, schema=_BatchSchema(value_type=bytes), acks=False)


def _incoming(record: Any) -> Incoming:
    arrived = datetime.fromtimestamp(record.timestamp / 1000, UTC)
    return Incoming(
        record.topic, record.partition, record.offset, arrived, record.key, record.value, tuple(record.headers)
    )


class _BatchSchema(faust.Schema):
    """Decodes a message into the batch that it carries."""

    def compile(self, app: AppT, **_: Any) -> Callable[..., Awaitable[EventT[Any]]]:
        async def decode(message: Message, **_: bool) -> EventT[Any]:
            return Event(app, None, message.value, message.headers, message)

        return decode


class _ConsumerThread(driver.AIOKafkaConsumerThread):
    def _create_worker_consumer(self, transport: driver.Transport) -> aiokafka.AIOKafkaConsumer:  # noqa: ARG002
        conf, config = self.app.conf, cast("StageApp", self.app).stage_config
        self._assignor = RoundRobinPartitionAssignor
        return aiokafka.AIOKafkaConsumer(
            **config.cluster.for_client(),
            client_id=config.group,
            group_id=conf.id,
            partition_assignment_strategy=[self._assignor],
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_poll_records=config.batch_records,
            max_partition_fetch_bytes=4 * 2**20,
            fetch_max_wait_ms=100,
            # A broker that comes back may say for a moment that it has no such topic. The group then assigns nothing,
            # and would not look again for five minutes.
            metadata_max_age_ms=5_000,
            session_timeout_ms=int(conf.broker_session_timeout * 1000),
            heartbeat_interval_ms=int(conf.broker_heartbeat_interval * 1000),
            request_timeout_ms=int(conf.broker_request_timeout * 1000),
            max_poll_interval_ms=int(conf.broker_max_poll_interval * 1000),
        )


class _Consumer(driver.Consumer):
    """Faust's consumer, handing on chunks of records, and owning what it is assigned."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.config = cast("StageApp", self.app).stage_config
        self.owned: dict[int, OwnedPartition] = {}
        self._ahead: Counter[TP] = Counter()
        self._freed = asyncio.Event()

    def _new_consumer_thread(self) -> driver.AIOKafkaConsumerThread:
        return _ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Own what is assigned before Faust reads the committed offsets and resumes."""
        mine = [tp.partition for tp in assigned if tp.topic == self.config.input_topic]
        try:
            taken = await asyncio.gather(*(OwnedPartition.take(self.config, partition) for partition in mine))
        except (KafkaError, OSError) as error:
            log.error(  # noqa: TRY400 - a lost connection is no defect: its trace would tell a reader nothing
                "%s: could not take its partitions (%s). Ending; a restart tries again.", self.config.stage, error
            )
            os._exit(EXIT_FOR_RESTART)
        self.owned = {owned.partition: owned for owned in taken}
        self._ahead.clear()
        await super().on_partitions_assigned(assigned, generation_id)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Let Faust stop the flow, then finish the batches under way and let go."""
        await super().on_partitions_revoked(revoked)
        await self._release()

    async def on_stop(self) -> None:
        """Let go of everything."""
        await super().on_stop()
        await self._release()

    async def _release(self) -> None:
        owned, self.owned = self.owned, {}
        await asyncio.gather(*(partition.release() for partition in owned.values()))

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> dict[TP, list[Any]]:
        """Fetch for the partitions that have room, and hand each list of records on as one item.

        Backpressure is per partition and here: when Faust's own buffer fills it drops the partition and may sleep a
        whole second.
        """
        ready = {tp for tp in active_partitions or () if self._ahead[tp] < _BATCHES_AHEAD}
        if not ready:
            self._freed.clear()
            await _wait(self._freed, 1.0)
            return {}
        if len(ready) < len(active_partitions or ()):
            timeout = 0.01  # look again soon at those that are busy now
        fetched = await super()._getmany(ready, timeout)
        size, ours = self.config.batch_records, self.config.input_topic
        return {tp: _chunks(records, size) if tp.topic == ours else records for tp, records in fetched.items()}

    def _to_message(self, tp: TP, record: Any) -> ConsumerMessage:
        if not isinstance(record, list):
            return super()._to_message(tp, record)
        last = record[-1]
        owned = self.owned[tp.partition]
        self._ahead[tp] += 1
        return ConsumerMessage(
            last.topic,
            last.partition,
            last.offset,
            last.timestamp / 1000,
            last.timestamp_type,
            None,
            None,
            cast("bytes", Batch(owned, record, lambda: self._finished(tp, owned))),
            None,
            0,
            len(record),
            tp,
            generation_id=self.app.consumer_generation_id,
        )

    def _finished(self, tp: TP, owned: OwnedPartition) -> None:
        if self.owned.get(tp.partition) is owned:
            self._ahead[tp] = max(0, self._ahead[tp] - 1)
        self._freed.set()

    async def perform_seek(self) -> None:
        """Seek every partition to its committed offset, or to its beginning, with no record on its way meanwhile."""
        self._ahead.clear()
        self.stop_flow()  # both callers resume the flow afterwards
        await super().perform_seek()
        fresh = [tp for tp in self.assignment() if not self._committed_offset.get(tp)]
        if fresh:
            await self._thread.seek_to_beginning(*map(driver.ensure_aiokafka_TP, fresh))
            for tp in fresh:
                self._read_offset[tp] = None
        if self.owned:
            log.info("%s ready: partitions %s", self.config.stage, sorted(self.owned))


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


def _chunks(records: list[Any], size: int) -> list[list[Any]]:
    return [records[begin : begin + size] for begin in range(0, len(records), size)]


class Transport(driver.Transport):
    """What ``broker="firstseen://host:port"`` stands for."""

    Consumer = _Consumer


TRANSPORTS.aliases[_SCHEME] = f"{__name__}:Transport"
