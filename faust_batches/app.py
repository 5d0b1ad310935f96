"""The batch path through Faust: an agent receives one :class:`Batch` per fetched chunk of one partition.

Outputs, changed rows and the position in the input become one Kafka transaction (:mod:`faust_batches.partition`).
Group membership, assignment, supervision and the agents themselves are stock Faust; other topics than the stage's own
keep going through its ordinary path, record by record.

Private members touched, each because Faust 0.15.3 and aiokafka 0.14 offer no other way:

- ``faust.transport.consumer.Consumer``: ``_getmany`` is overridden to put what was fetched into the buffer of its
  partition, and ``_to_message`` to tell the agent that something is there; ``_read_offset`` and
  ``_thread`` serve ``perform_seek``, which in stock Faust leaves a partition without a committed offset where it is
  (its issue 596), and ``_thread`` tells the group how far its partitions are.
- ``faust.transport.drivers.aiokafka.AIOKafkaConsumerThread``: ``_create_worker_consumer`` is overridden to read only
  what is committed; ``_assignor`` is set there as stock Faust does.
- ``faust.transport.drivers.aiokafka.Consumer._new_consumer_thread`` is overridden to use that thread.
- ``_consumer`` of that thread; and in :mod:`faust_batches.plain_consumer` its ``_fetcher``, to see in ``error_future``
  that fetching has ended for good, and its ``_client``, which a consumer that fails to stop would leave open.
- ``_sender`` of kafka-python's producer, in :mod:`streams.io.publisher`: its thread outlives a close that fails.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn, cast

import faust
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import KafkaError
from faust.events import Event
from faust.transport.drivers import TRANSPORTS
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, AppT, ConsumerMessage, EventT, Message, TopicT

from faust_batches.batch import Batch
from faust_batches.belongings import look_up, require_match, require_position
from faust_batches.errors import reason
from faust_batches.exits import ExitCode, FatalError, end, exit_in_batch, exit_in_rebalance
from faust_batches.partition import OwnedPartition, StageConfig
from faust_batches.plain_consumer import Consumer
from faust_batches.record_batches import CutAt
from schemas.topics import STAGES

# Faust logs the life of every service in a module, at INFO, under that module's name: ours needs another.
log = logging.getLogger("firstseen.worker")

_SCHEME = "firstseen"
_BATCHES_AT_ONCE = 2
"""Partitions of a worker that fold and commit at a time: of more, each would only take longer. What comes meanwhile
shares a transaction."""

_FETCH_WAIT_MS = 50
"""How long a broker may hold an answer back when there is nothing. One fetch at a time goes to a broker, so a partition
that was not in it waits for its end."""

_TELLING_SECONDS = 0.2
"""How often the group is told how far its partitions are, and the longest that it is waited for at the end."""

_HANDING_ON_SECONDS = 0.2
"""The longest that a fetch keeps a seek waiting."""

_LETTING_GO_SECONDS, _LEAVING_SECONDS = 60.0, 8.0
"""How long Kafka has to take what is under way: when partitions change hands, and when the worker was asked to end;
whoever asks, be it a container's host, kills it soon after."""


Companion = Callable[[OwnedPartition], Coroutine[None, None, None]]
"""What is done for a partition as long as it is owned, beside the agent's batches."""


class BatchApp(faust.App):
    """A Faust app that knows the stage that it runs."""

    def __init__(self, config: StageConfig, run_alongside: Companion | None = None, **options: Any) -> None:
        self.stage_config = config
        self.run_alongside = run_alongside
        self._too_late: asyncio.TimerHandle | None = None
        super().__init__(config.group, **config.cluster.for_faust(_SCHEME), **options)

    async def on_stop(self) -> None:
        """Finish what is under way, if Kafka takes it in time."""
        self._too_late = asyncio.get_running_loop().call_later(_LEAVING_SECONDS, self._end_unfinished)
        await super().on_stop()

    async def on_shutdown(self) -> None:
        """Be done."""
        await super().on_shutdown()
        if self._too_late:
            self._too_late.cancel()

    def _end_unfinished(self) -> NoReturn:
        stage = self.stage_config.stage
        end(ExitCode.KAFKA, f"{stage}: Kafka did not commit its batch in time. Ending; a restart reads it again.")

    def batches(self) -> TopicT:
        """Return the stage's input topic; its agent receives batches."""
        return self.topic(self.stage_config.input_topic, schema=_BatchSchema(value_type=bytes), acks=False)


class _BatchSchema(faust.Schema):
    """Decodes a message into the batch that it carries."""

    def compile(self, app: AppT, **_: Any) -> Callable[..., Awaitable[EventT[Any]]]:
        async def decode(message: Message, **_: bool) -> EventT[Any]:
            return Event(app, None, message.value, message.headers, message)

        return decode


class _ConsumerThread(driver.AIOKafkaConsumerThread):
    def _create_worker_consumer(self, transport: driver.Transport) -> Consumer:  # noqa: ARG002
        conf, config = self.app.conf, cast("BatchApp", self.app).stage_config
        # Faust's own assignor knows of tables: without it, a stock table in the app would restore nothing.
        self._assignor = self.app.assignor if self.app.tables.changelog_topics else RoundRobinPartitionAssignor
        return Consumer(
            **config.cluster.for_client(),
            client_id=config.group,
            group_id=conf.id,
            group_instance_id=config.instance,
            partition_assignment_strategy=[self._assignor],
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_poll_records=config.batch_records,
            max_partition_fetch_bytes=4 * 2**20,
            fetch_max_wait_ms=_FETCH_WAIT_MS,
            # A broker that comes back may say for a moment that it has no such topic. The group then assigns nothing,
            # and would not look again for five minutes.
            metadata_max_age_ms=5_000,
            value_deserializer=CutAt(STAGES[config.stage].cut_bytes or STAGES[config.stage].largest_bytes),
            session_timeout_ms=int(conf.broker_session_timeout * 1000),
            heartbeat_interval_ms=int(conf.broker_heartbeat_interval * 1000),
            request_timeout_ms=int(conf.broker_request_timeout * 1000),
            max_poll_interval_ms=int(conf.broker_max_poll_interval * 1000),
        )


class _Consumer(driver.Consumer):
    """Faust's consumer, filling the buffers of the partitions that it owns."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.config = cast("BatchApp", self.app).stage_config
        self.owned: dict[int, OwnedPartition] = {}
        self.attending: list[asyncio.Task[None]] = []
        self._latest: dict[TP, int] = {}
        self._fetching = asyncio.Lock()
        """Held by a fetch until its records are in their buffers, and by a seek, so that none comes from before it."""
        self._taken = asyncio.Event()
        self._places = asyncio.Semaphore(_BATCHES_AT_ONCE)

    def _new_consumer_thread(self) -> driver.AIOKafkaConsumerThread:
        return _ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Own what is assigned before Faust seeks and resumes."""
        mine = [tp.partition for tp in assigned if tp.topic == self.config.input_topic]
        try:
            if mine:
                state, known = await look_up(self.config)
                require_match(self.config.stage, state, known)
            taken = await asyncio.gather(*(OwnedPartition.take(self.config, partition, state) for partition in mine))
            self.owned = {owned.partition: owned for owned in taken}
            if run_alongside := cast("BatchApp", self.app).run_alongside:
                self.attending = [asyncio.create_task(_attended(owned, run_alongside(owned))) for owned in taken]
            await super().on_partitions_assigned(assigned, generation_id)
            self.attending.append(asyncio.create_task(self._tell_the_group()))
        except Exception as error:  # noqa: BLE001 - whoever called drops it, and the worker would do nothing
            exit_in_rebalance(self.config.stage, "could not take its partitions", error)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Let Faust stop the flow, then finish the batches under way and let go."""
        await super().on_partitions_revoked(revoked)
        await self._release()

    async def on_stop(self) -> None:
        """Let go of everything, and leave the group where no other worker would be interrupted."""
        client = self._thread._consumer  # noqa: SLF001
        if client is not None and self.owned.keys() == client.partitions_for_topic(self.config.input_topic):
            client.leave_at_the_end()
        await super().on_stop()
        await self._release()

    async def verify_all_partitions_active(self) -> None:
        """Do nothing: Faust's livelock detector looks at a path that batches bypass, and fails during a rebalance."""

    async def _release(self) -> None:
        owned, self.owned = self.owned, {}
        attending, self.attending = self.attending, []
        for task in attending:
            task.cancel()
        try:
            async with asyncio.timeout(_LETTING_GO_SECONDS):
                await asyncio.gather(*attending, return_exceptions=True)
                await asyncio.gather(*(partition.release() for partition in owned.values()))
            with suppress(TimeoutError):
                async with asyncio.timeout(_TELLING_SECONDS):
                    await self._commit_to_the_group(self._positions(owned))
        except Exception as error:  # noqa: BLE001 - as above
            exit_in_rebalance(self.config.stage, "could not let go of its partitions", error)

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> dict[TP, list[Any]]:
        """Fetch into the buffers that have room, and hand on one item for each that something came into.

        Backpressure is per partition and here: when Faust's own buffer fills it drops the partition and may sleep a
        whole second. What has room is emptied out of the fetcher at once, for a partition with records left there keeps
        all others of its broker waiting.
        """
        ready = {tp for tp in active_partitions or () if self._has_room(tp)}
        if not ready:
            self._taken.clear()
            await _wait(self._taken, 1.0)
            return {}
        if len(ready) < len(active_partitions or ()):
            timeout = 0.01  # look again soon at those that are full now
        async with self._fetching:
            try:
                fetched = await super()._getmany(ready, min(timeout, _HANDING_ON_SECONDS))
            except KafkaError as error:
                # Faust's fetcher would end without a word, and the worker stay up and do nothing.
                why = reason(error)
                end(
                    ExitCode.KAFKA,
                    f"{self.config.stage}: cannot read its topic ({why}). Ending; a restart tries again.",
                )
            client = self._thread._consumer  # noqa: SLF001
            if not fetched and client is not None and client.has_ended:
                words = "the connection to its topic is lost. Ending; a restart makes another."
                end(ExitCode.KAFKA, f"{self.config.stage}: {words}")
            for tp in ready:
                if client is not None and (owned := self.owned.get(tp.partition)):
                    owned.fetched = client.stable_end_and_position(driver.ensure_aiokafka_TP(tp)) or owned.fetched
            return {tp: self._put_away(tp, records) for tp, records in fetched.items()}

    def _put_away(self, tp: TP, records: list[Any]) -> list[Any]:
        if tp.topic != self.config.input_topic:
            return records
        if (owned := self.owned.get(tp.partition)) is None:
            return []  # it was revoked meanwhile; whoever owns it next begins at what is committed
        # Where something waits already its batch is on the way, and takes this too. To hand on every fetch fills
        # Faust's buffer within a minute, and it reads no more of the partition until that is worked off.
        is_on_its_way = bool(owned.buffer)
        owned.receive(records)
        return [] if is_on_its_way else [_Arrived(records[-1])]

    def _has_room(self, tp: TP) -> bool:
        if tp.topic != self.config.input_topic:
            return True
        owned = self.owned.get(tp.partition)
        return owned is not None and owned.has_room

    def _to_message(self, tp: TP, record: Any) -> ConsumerMessage:
        if not isinstance(record, _Arrived):
            return super()._to_message(tp, record)
        last = record.last
        # Faust drops what is below an offset that it has seen, and may have seen one from before a seek.
        self._latest[tp] = offset = max(last.offset, self._latest.get(tp, 0))
        batch = cast("bytes", Batch(self.owned[tp.partition], self._places, self._taken.set))
        return ConsumerMessage(
            last.topic, last.partition, offset, last.timestamp / 1000, last.timestamp_type, None, None, batch, None, 0,
            0, tp, generation_id=self.app.consumer_generation_id,
        )  # fmt: skip

    async def perform_seek(self) -> None:
        """Seek every partition to its position, with no record on its way meanwhile.

        That of a batched one is a row of its tables. Any other goes on from what its group has committed, or begins.
        """
        self.stop_flow()  # both callers resume the flow afterwards
        async with self._fetching:
            for owned in self.owned.values():
                owned.clear_buffer()
            await super().perform_seek()
            self._require_positions()
            if positions := self._positions(self.owned):
                await self._require_what_was_read(positions)
                await self.seek_wait(positions)
            if fresh := [tp for tp in self.assignment() if self._read_offset.get(tp) is None]:
                await self._thread.seek_to_beginning(*map(driver.ensure_aiokafka_TP, fresh))
        if self.owned:
            log.info("%s ready: partitions %s", self.config.stage, sorted(self.owned))

    async def _require_what_was_read(self, positions: dict[TP, int]) -> None:
        """End where Kafka has lost records that were read: what comes under their offsets would be taken for them."""
        ends = await self.highwaters(*positions)
        for tp, position in positions.items():
            if ends[tp] < position:
                end(
                    ExitCode.LOST_RECORDS,
                    f"{tp.topic}, partition {tp.partition}, ends at {ends[tp]:,} and was read to {position:,}: Kafka "
                    f"has lost records. Restore its data, or go on without: `firstseen rebuild {self.config.stage} "
                    "--new-input`. Ending.",
                )

    def _require_positions(self) -> None:
        """End where a partition that was read has lost its position: its first record is not the next one."""
        for number, owned in self.owned.items():
            if owned.position is None:
                group_offset = self._read_offset.get(TP(self.config.input_topic, number))
                table = owned.tables.first_with_rows()
                try:
                    require_position(self.config.stage, number, table=table, group_offset=group_offset)
                except FatalError as error:
                    end(error.code, f"{self.config.stage}: {error}")

    async def _tell_the_group(self) -> None:
        """Commit the positions to the consumer group, for whoever asks how far it is: no stage goes on from there."""
        told: dict[TP, int] = {}
        while True:
            positions = self._positions(self.owned)
            if positions != told and await self._commit_to_the_group(positions):
                told = positions
            await asyncio.sleep(_TELLING_SECONDS)

    async def _commit_to_the_group(self, positions: dict[TP, int]) -> bool:
        client = self._thread._consumer  # noqa: SLF001
        if client is None or not positions:
            return False
        try:
            # Not Faust's own commit: that ends the worker when a partition is on its way to another.
            offsets = {driver.ensure_aiokafka_TP(tp): offset for tp, offset in positions.items()}
            await self._thread.call_thread(client.commit, offsets)
        except KafkaError:
            return False
        return True

    def _positions(self, owned: dict[int, OwnedPartition]) -> dict[TP, int]:
        return {
            TP(self.config.input_topic, number): partition.next_offset
            for number, partition in owned.items()
            if partition.next_offset
        }


async def _attended(owned: OwnedPartition, attendance: Coroutine[None, None, None]) -> None:
    try:
        await attendance
    except Exception as error:  # noqa: BLE001 - whatever it is, a worker that goes on without would look well
        while isinstance(error, ExceptionGroup):
            error = error.exceptions[0]
        exit_in_batch(f"{owned.config.stage}, partition {owned.partition}", error)


@dataclass(frozen=True, slots=True)
class _Arrived:
    """Something came into the buffer of a partition, up to this record."""

    last: Any


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


class Transport(driver.Transport):
    """What ``broker="firstseen://host:port"`` stands for."""

    Consumer = _Consumer


TRANSPORTS.aliases[_SCHEME] = f"{__name__}:Transport"
