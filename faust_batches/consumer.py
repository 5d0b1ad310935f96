"""Faust's consumer, overridden so that an agent receives the buffered records of a partition as batches.

Fetched records go into the partition's buffer; the agent receives one item that announces the whole buffer.

It uses these private members, because Faust 0.15.3 and aiokafka 0.14 have no public alternative:

- ``faust.transport.consumer.Consumer``: ``_getmany`` is overridden to fill the buffers of the partitions, and
  ``_to_message`` to notify the agent; ``perform_seek`` uses ``_read_offset`` and ``_thread``, because stock Faust
  leaves a partition without a committed offset where it is (its issue 596); ``_thread`` also reports offsets.
- ``faust.transport.drivers.aiokafka.AIOKafkaConsumerThread``: ``_create_worker_consumer`` is overridden to read only
  committed records; it sets ``_assignor`` as stock Faust does.
- ``faust.transport.drivers.aiokafka.Consumer._new_consumer_thread`` is overridden to use that thread.
- ``_consumer`` of that thread; and in :mod:`faust_batches.kafka_consumer` its ``_fetcher``, to see in ``error_future``
  that fetching has ended permanently, its ``_coordinator``, to see that Kafka has rejected the member, and its
  ``_client``, to close it if the consumer fails to stop.
- ``_txn_manager`` of aiokafka's producer, in :mod:`faust_batches.transaction`, to see why a transaction failed.
- ``aiokafka.consumer.fetcher.Fetcher``: ``_get_actions_per_node`` is overridden there to set ``_fetch_max_wait_ms``
  for each request; it reads ``_records``. ``_update_fetch_positions`` is overridden to see that Kafka no longer has the
  next record.
- ``faust.tables.manager.TableManager``: ``on_start`` is overridden in :mod:`faust_batches.app` to subscribe sooner, and
  calls ``_update_channels`` as stock Faust does.
- ``mode.Worker``, in :mod:`faust_batches.app`: ``_gather_all`` and ``_sentinel_task`` are overridden to end at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import KafkaError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage

from faust_batches.app import BatchApp
from faust_batches.batch import Batch
from faust_batches.config import BatchConfig
from faust_batches.errors import reason
from faust_batches.exits import ExitCode, FatalError, exit_in_batch, exit_in_rebalance, exit_now
from faust_batches.kafka_consumer import Consumer
from faust_batches.lost_records import require_input, require_position
from faust_batches.owned_partition import OwnedPartition
from faust_batches.record_batches import TruncateValues
from faust_batches.state_identity import read_identity, require_match

# Faust logs the start and stop of every service under its module's name, at INFO, so this is another name.
log = logging.getLogger("faust_batches.worker")

_BATCHES_AT_ONCE = 2
"""How many partitions of a worker fold and commit at the same time. With more, each takes longer. The others keep
buffering, so their next transaction is larger."""

_FETCH_WAIT_MS = 250
"""How long a broker may delay its response to a fetch if no record arrives; less in a rebalance, see
:mod:`faust_batches.kafka_consumer`. A shorter wait costs CPU of the worker and of the broker."""

_FETCHER_POLL_MS = 1000
"""How often aiokafka looks for something to fetch without an event."""

_POLL_INTERVAL_MS = 7 * 24 * 3600 * 1000
"""A consumer that fetches nothing for this long leaves its group. Buffers may stay full for hours while a record is
processed in pieces."""

_REPORT_SECONDS = 0.2
"""Interval of offset commits to the consumer group, and the timeout of the last one."""

_GROUP_CHECK_SECONDS = 1.0
"""How often to look whether Kafka has rejected the membership in the consumer group."""

_SEEK_DELAY_SECONDS = 0.2
"""Upper limit of the time for which a fetch delays a seek."""

_RELEASE_SECONDS = 60.0
"""Timeout for the commits of the batches in progress in a rebalance."""


class _ConsumerThread(driver.AIOKafkaConsumerThread):
    def _create_worker_consumer(self, transport: driver.Transport) -> Consumer:  # noqa: ARG002
        conf, config = self.app.conf, cast("BatchApp", self.app).batch_config
        # Faust's own assignor handles tables: without it, Faust would not restore a stock table of the app.
        self._assignor = self.app.assignor if self.app.tables.changelog_topics else RoundRobinPartitionAssignor
        return Consumer(
            **config.client(),
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
            consumer_timeout_ms=_FETCHER_POLL_MS,
            # A broker that has just restarted may briefly report that the topic does not exist. The group then assigns
            # no partition until the next metadata refresh, by default after five minutes.
            metadata_max_age_ms=5_000,
            value_deserializer=TruncateValues(config.input_bytes),
            session_timeout_ms=int(conf.broker_session_timeout * 1000),
            heartbeat_interval_ms=int(conf.broker_heartbeat_interval * 1000),
            request_timeout_ms=int(conf.broker_request_timeout * 1000),
            max_poll_interval_ms=_POLL_INTERVAL_MS,
        )


class _Consumer(driver.Consumer):
    """Faust's consumer with a buffer for each partition that it owns."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.config: BatchConfig = cast("BatchApp", self.app).batch_config
        self.owned: dict[int, OwnedPartition] = {}
        self.background_tasks: list[asyncio.Task[None]] = []
        self._latest: dict[TP, int] = {}
        self._fetching = asyncio.Lock()
        """Held by a fetch until its records are in their buffers, and by a seek, so that the two do not overlap."""
        self._buffer_drained = asyncio.Event()
        self._slots = asyncio.Semaphore(_BATCHES_AT_ONCE)

    def _new_consumer_thread(self) -> driver.AIOKafkaConsumerThread:
        return _ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def on_start(self) -> None:
        """Watch the membership in the group."""
        await super().on_start()
        self.add_future(self._watch_group())

    async def _watch_group(self) -> None:
        """Exit if Kafka has rejected this member: without partitions, the worker would be idle."""
        while not self.should_stop:
            client = self._thread._consumer  # noqa: SLF001
            if client is not None and (error := client.group_error):
                why = f"cannot be a member of its consumer group ({reason(error)})"
                exit_now(ExitCode.KAFKA, f"{self.config.name}: {why}. Exiting; a restart retries.")
            await self.sleep(_GROUP_CHECK_SECONDS)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Acquire the assigned partitions before Faust seeks and resumes."""
        numbers = [tp.partition for tp in assigned if tp.topic == self.config.input_topic]
        try:
            if numbers:
                state, positions = await read_identity(self.config)
                require_match(self.config, state, positions)
            acquired = await asyncio.gather(*(OwnedPartition.acquire(self.config, number, state) for number in numbers))
            self.owned = {owned.partition: owned for owned in acquired}
            if self.should_stop:  # since the acquisition began: on_stop had nothing to release
                await self._release()
                return
            if run_alongside := cast("BatchApp", self.app).run_alongside:
                self.background_tasks = [
                    asyncio.create_task(_in_background(self.config, owned, run_alongside(owned))) for owned in acquired
                ]
            await super().on_partitions_assigned(assigned, generation_id)
            self.background_tasks.append(asyncio.create_task(self._report_offsets()))
        except Exception as error:  # noqa: BLE001 - the caller ignores it, and the worker would be idle
            exit_in_rebalance(self.config, "could not acquire its partitions", error)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Let Faust stop the flow, then finish the batches in progress and release the partitions."""
        await super().on_partitions_revoked(revoked)
        await self._release()

    async def on_stop(self) -> None:
        """Release all partitions. Leave the group if that interrupts no other worker."""
        client = self._thread._consumer  # noqa: SLF001
        if client is not None and self.owned.keys() == client.partitions_for_topic(self.config.input_topic):
            client.leave_group_on_stop()
        await super().on_stop()
        await self._release()

    async def verify_all_partitions_active(self) -> None:
        """Do nothing: batches bypass what Faust's livelock detector watches, and it fails during a rebalance."""

    async def _release(self) -> None:
        owned, self.owned = self.owned, {}
        tasks, self.background_tasks = self.background_tasks, []
        for task in tasks:
            task.cancel()
        try:
            async with asyncio.timeout(_RELEASE_SECONDS):
                await asyncio.gather(*tasks, return_exceptions=True)
                await asyncio.gather(*(partition.release() for partition in owned.values()))
            with suppress(TimeoutError):
                async with asyncio.timeout(_REPORT_SECONDS):
                    await self._commit_to_group(self._read_to(owned))
        except Exception as error:  # noqa: BLE001 - as above
            exit_in_rebalance(self.config, "could not release its partitions", error)

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> dict[TP, list[Any]]:
        """Fetch into the buffers that have room. Return one item for each buffer that was empty and received records.

        Backpressure is applied here, for each partition: when Faust's own buffer is full, Faust drops the partition and
        may sleep for a second. The records of a partition with room are taken from the fetcher immediately, because
        records that stay there block all other partitions of the broker.
        """
        ready = {tp for tp in active_partitions or () if self._has_room(tp)}
        if not ready:
            self._buffer_drained.clear()
            await _wait(self._buffer_drained, 1.0)
            return {}
        if len(ready) < len(active_partitions or ()):
            timeout = 0.01  # so that the full partitions are checked again soon
        async with self._fetching:
            client = self._thread._consumer  # noqa: SLF001
            try:
                fetched = await super()._getmany(ready, min(timeout, _SEEK_DELAY_SECONDS))
                if client is not None and (resets := client.take_resets()):
                    processed = self._processed(self.owned)
                    await self._require_input({tp: processed[tp] for tp in resets & processed.keys()})
            except KafkaError as error:
                # Otherwise Faust's fetcher ends without a log line, and the worker stays up and idle.
                exit_now(
                    ExitCode.KAFKA,
                    f"{self.config.name}: cannot read its topic ({reason(error)}). Exiting; a restart retries.",
                )
            if not fetched and client is not None and client.has_ended:
                message = "lost the connection to its topic. Exiting; a restart reconnects."
                exit_now(ExitCode.KAFKA, f"{self.config.name}: {message}")
            for tp in ready:
                if client is not None and (owned := self.owned.get(tp.partition)):
                    owned.fetched = client.stable_end_and_position(driver.ensure_aiokafka_TP(tp)) or owned.fetched
            return {tp: self._buffer_records(tp, records) for tp, records in fetched.items()}

    def _buffer_records(self, tp: TP, records: list[Any]) -> list[Any]:
        if tp.topic != self.config.input_topic:
            return records
        if (owned := self.owned.get(tp.partition)) is None:
            return []  # it was revoked during the fetch; the next owner starts at the committed position
        # If the buffer has records, it is announced already, and the batch takes these records as well. An item for
        # each fetch would fill Faust's buffer within a minute, and Faust would then stop reading the partition.
        is_announced = bool(owned.buffer)
        owned.receive(records)
        return [] if is_announced else [_BatchMarker(records[-1])]

    def _has_room(self, tp: TP) -> bool:
        if tp.topic != self.config.input_topic:
            return True
        owned = self.owned.get(tp.partition)
        return owned is not None and owned.has_room

    def _to_message(self, tp: TP, record: Any) -> ConsumerMessage:
        if not isinstance(record, _BatchMarker):
            return super()._to_message(tp, record)
        last = record.last
        # Faust drops a message below the highest offset that it has seen, which may be from before a seek.
        self._latest[tp] = offset = max(last.offset, self._latest.get(tp, 0))
        batch = cast("bytes", Batch(self.owned[tp.partition], self._slots, self._buffer_drained.set))
        return ConsumerMessage(
            last.topic, last.partition, offset, last.timestamp / 1000, last.timestamp_type, None, None, batch, None, 0,
            0, tp, generation_id=self.app.consumer_generation_id,
        )  # fmt: skip

    async def perform_seek(self) -> None:
        """Seek every partition to its position while no fetch is in progress.

        The position of an input partition is a row of its tables. Every other partition continues at the offset that
        its group has committed; without one, it starts at its beginning.
        """
        self.stop_flow()  # both callers resume the flow
        async with self._fetching:
            for owned in self.owned.values():
                owned.clear_buffer()
            await super().perform_seek()
            self._require_positions()
            await self._note_earlier_owners()
            if processed := self._processed(self.owned):
                begins = await self._require_input(processed)
                await self.seek_wait({tp: max(owned.next_offset, begins[tp]) for tp, owned in processed.items()})
            if uncommitted := [tp for tp in self.assignment() if self._read_offset.get(tp) is None]:
                await self._thread.seek_to_beginning(*map(driver.ensure_aiokafka_TP, uncommitted))
        if self.owned:
            log.info("%s ready: partitions %s", self.config.name, sorted(self.owned))

    async def _note_earlier_owners(self) -> None:
        """Note how far earlier owners have read, as committed to the group."""
        owned = {TP(self.config.input_topic, number): partition for number, partition in self.owned.items()}
        ends = await self.highwaters(*owned) if owned else {}
        for tp, partition in owned.items():
            reported = self._read_offset.get(tp) or 0
            partition.read_before = reported if reported <= ends[tp] else 0  # more is of an earlier topic of this name

    async def _require_input(self, processed: Mapping[TP, OwnedPartition]) -> Mapping[TP, int]:
        """Return the first offsets. Exit if Kafka has lost processed records, or has removed unprocessed ones."""
        reached = {tp: (owned.next_offset, owned.read_to) for tp, owned in processed.items()}
        begins, ends = await self.earliest_offsets(*reached), await self.highwaters(*reached)
        for tp, (position, read_to) in reached.items():
            try:
                require_input(self.config, tp.partition, position, read_to, begins[tp], ends[tp])
            except FatalError as error:
                exit_now(error.code, str(error))
        return begins

    def _require_positions(self) -> None:
        """Exit if a partition has lost its position: the next record to process is then unknown."""
        for number, owned in self.owned.items():
            if owned.position is None:
                group_offset = self._read_offset.get(TP(self.config.input_topic, number))
                table = owned.tables.first_with_rows()
                try:
                    require_position(self.config, number, table=table, group_offset=group_offset)
                except FatalError as error:
                    exit_now(error.code, f"{self.config.name}: {error}")

    async def _report_offsets(self) -> None:
        """Commit to the consumer group how far the partitions are read. No worker continues from there.

        It is for monitoring. The next owner also sees whether offsets that Kafka has removed were read.
        """
        reported: dict[TP, int] = {}
        while True:
            read_to = self._read_to(self.owned)
            if read_to != reported and await self._commit_to_group(read_to):
                reported = read_to
            await asyncio.sleep(_REPORT_SECONDS)

    async def _commit_to_group(self, read_to: dict[TP, int]) -> bool:
        client = self._thread._consumer  # noqa: SLF001
        if client is None or not read_to:
            return False
        try:
            # Faust's own commit would end the worker during a rebalance.
            offsets = {driver.ensure_aiokafka_TP(tp): offset for tp, offset in read_to.items()}
            await self._thread.call_thread(client.commit, offsets)
        except KafkaError:
            return False
        return True

    def _read_to(self, owned: dict[int, OwnedPartition]) -> dict[TP, int]:
        """Return how far partitions are read, once it is known how far earlier owners have read them."""
        processed = self._processed(owned).items()
        return {tp: partition.read_to for tp, partition in processed if partition.read_before is not None}

    def _processed(self, owned: dict[int, OwnedPartition]) -> dict[TP, OwnedPartition]:
        """Return the partitions that have a position."""
        return {
            TP(self.config.input_topic, number): partition
            for number, partition in owned.items()
            if partition.position is not None
        }


async def _in_background(config: BatchConfig, owned: OwnedPartition, work: Coroutine[None, None, None]) -> None:
    try:
        await work
    except Exception as error:  # noqa: BLE001 - without its background task, the worker would still look healthy
        while isinstance(error, ExceptionGroup):
            error = error.exceptions[0]
        exit_in_batch(config, f"partition {owned.partition}", error)


@dataclass(frozen=True, slots=True)
class _BatchMarker:
    """Announces to the agent that the buffer of a partition has records."""

    last: Any


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


class Transport(driver.Transport):
    """Faust's transport for ``batches://host:port``."""

    Consumer = _Consumer
