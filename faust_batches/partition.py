"""A partition that this process owns: its state, and the transactional producer that fences every other owner.

The order that makes it safe: start the producer, which fences the previous owner and aborts what it had open; restore
the tables up to their committed end; among them is the position in the input, and only then begin to work there. What
was fetched waits in the partition's buffer and becomes one batch when its turn comes: while one transaction is under
way the next grows.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import murmur2
from aiokafka.producer.message_accumulator import BatchBuilder

from faust_batches.record_batches import Fetched
from faust_batches.sizes import Outputs, next_size
from faust_batches.step import Headers, Step
from faust_batches.tables import PartitionTables, restore
from schemas.position import Belongings, Position
from schemas.topics import POSITIONS, STAGES, TABLES, Stage, Topic
from streams.io.kafka_config import KafkaConfig

_Place = tuple[str, int]
_Written = tuple[bytes | None, bytes | None, int | None, Headers]
_Sent = tuple[asyncio.Future[Any], BatchBuilder]

_STARTING_SECONDS = 60.0
"""How long Kafka has to make a producer the only one of its partition."""

_MARGIN_SECONDS = 30.0
"""So long after its time-out the broker has aborted a transaction by itself: a worker that still waits for an answer
waits for ever."""

BATCH_BYTES = 900_000
"""Below every topic's limit for one batch; a single larger record still goes, alone."""

BUFFER_BYTES = 16 * 2**20
"""While so many bytes of a partition wait, no more are fetched."""


@dataclass(frozen=True, slots=True)
class StageConfig:
    """What the runtime must know of a stage. Nothing of it is a business rule."""

    stage: Stage
    cluster: KafkaConfig
    prefix: str
    """Prefix of all topic names and consumer groups."""
    folder: Path
    """Where the stage's tables are that are kept on disk."""
    batch_records: int = 2000
    """The most records of one fetch and of one batch; while so many wait, none is fetched."""
    policy: Mapping[str, str] = field(default_factory=dict)
    """The settings that decide what the stage computes, as its state remembers them."""
    session_seconds: int = 10
    """How long the consumer group waits for a sign of this worker before it gives its partitions to another."""
    transaction_seconds: int = 60
    """How long a transaction may take before Kafka aborts it."""
    instance: str | None = None
    """Name of this worker in its group over restarts (``group.instance.id``); None: a new one at each start."""

    @property
    def group(self) -> str:
        """The consumer group, and Faust's app id."""
        return f"{self.prefix}.{self.stage}"

    @property
    def input_topic(self) -> str:
        """Full name of the topic that the stage reads."""
        return STAGES[self.stage].full_name(self.prefix)


class OwnedPartition:
    """Partition *n* of a stage, from its assignment to its revocation."""

    def __init__(
        self,
        config: StageConfig,
        partition: int,
        producer: AIOKafkaProducer,
        tables: PartitionTables,
        state: Belongings,
    ) -> None:
        self.config, self.partition, self.tables, self.state = config, partition, tables, state
        self.turn = asyncio.Lock()
        """Held while a batch is folded and committed; a revocation waits for it."""
        self.buffer: list[Fetched] = []
        """Records that were fetched and not yet taken, in the order of their offsets."""
        self.records_end = 0
        """The offset after the last record that was fetched."""
        self.fetched: tuple[int, int] | None = None
        """The last stable offset of the input at the last fetch, and the offset that is fetched next."""
        self.released = False
        self._buffer_bytes = 0
        self._producer = producer
        self._most = next_size(None, 0.0, config.batch_records)
        self._position = POSITIONS[config.stage], str(partition)

    @classmethod
    async def take(cls, config: StageConfig, partition: int, state: Belongings) -> OwnedPartition:
        """Fence the previous owner, then restore. ``state`` is what the tables must belong to.

        Raises KafkaError, TimeoutError or UnreachableError when Kafka does not answer, StoreError when the disk fails,
        FatalError when a table cannot be read.
        """
        producer = AIOKafkaProducer(
            **config.cluster.for_client(),
            transactional_id=f"{config.group}.{partition}",
            transaction_timeout_ms=config.transaction_seconds * 1000,
            request_timeout_ms=30_000,
            max_batch_size=BATCH_BYTES,
            max_request_size=64 * 2**20,
            # The first produce of a transaction is refused while the broker verifies it (KIP-890): ask again soon.
            retry_backoff_ms=5,
        )
        async with asyncio.timeout(_STARTING_SECONDS):
            await producer.start()
        topics = TABLES[config.stage]
        tables = PartitionTables.open(topics, _folders(config, topics, state), partition)
        overwritten = await restore(config.cluster, config.prefix, tables, partition)
        owned = cls(config, partition, producer, tables, state)
        if overwritten.changes:
            await owned.commit(overwritten, owned.next_offset)
        return owned

    @property
    def position(self) -> Position | None:
        """How far everything is done, and what the state belonged to then; None: no batch was done, or it is lost."""
        topic, key = self._position
        try:
            known: Position | None = self.tables[topic].get(key)
        except ValueError:  # not ours
            return None
        return known

    @property
    def next_offset(self) -> int:
        """The offset up to which everything is done, itself out; 0 before the first batch."""
        return known.next_offset if (known := self.position) else 0

    def input_end(self) -> int | None:
        """Return the offset after the last committed record of the input, as last fetched; None before the first."""
        if self.fetched is None:
            return None
        stable_end, next_fetched = self.fetched
        # Transaction markers take the last offsets: where all is fetched, the end is that of the records.
        return stable_end if next_fetched < stable_end else max(self.next_offset, self.records_end)

    @property
    def has_room(self) -> bool:
        """Whether more may be fetched."""
        return len(self.buffer) < self.config.batch_records and self._buffer_bytes < BUFFER_BYTES

    def receive(self, records: list[Fetched]) -> None:
        """Put what was fetched into the buffer."""
        self.buffer += records
        self.records_end = records[-1].offset + 1
        self._buffer_bytes += sum(map(_size, records))

    def clear_buffer(self) -> None:
        """Empty the buffer: all of it is fetched anew."""
        self.buffer.clear()
        self._buffer_bytes = 0

    def next_records(self) -> list[Fetched]:
        """Return the next batch of what waits; call it with the turn.

        Nothing when nothing waits, or the partition belongs to another worker.
        """
        if self.released:
            return []
        # A seek goes back to the position, and a commit may have been on its way then.
        done = self.next_offset
        while self.buffer:
            taken, self.buffer = self.buffer[: self._most], self.buffer[self._most :]
            self._buffer_bytes -= sum(map(_size, taken))
            if left := [record for record in taken if record.offset >= done]:
                return left
        return []

    def took(self, seconds: float) -> None:
        """Learn how long a batch took, fold and commit: the next may be larger, or must be smaller."""
        self._most = next_size(self._most, seconds, self.config.batch_records)

    async def release(self) -> None:
        """Finish the batch under way and stop: the next owner may come."""
        async with self.turn:
            self.released = True
            self.tables.close()
        await self._producer.stop()

    async def partitions(self) -> int:
        """Return the number of partitions, the same for every topic."""
        return len(await self._producer.partitions_for(self.config.input_topic))

    async def record(self, step: Step) -> None:
        """Make a step come true between two batches: the position in the input stays where it is.

        Once begun it is carried out, also when the caller is cancelled. Raises as :meth:`commit` does.
        """
        await asyncio.shield(asyncio.create_task(self._record(step)))

    async def _record(self, step: Step) -> None:
        async with self.turn:
            if not self.released:
                await self.commit(step, self.next_offset)

    async def commit(self, step: Step, next_offset: int, outputs: Outputs | None = None) -> None:
        """Write outputs, changed rows and the position as one transaction, then take the rows over.

        Call it with the turn. ``outputs`` is the step in bytes, if it was made already. A caller that is cancelled has
        its end first: else the next would begin a transaction within this one.

        1. Begin the transaction; send every output, row and the position.
        2. Await every acknowledgement within the transaction: one that Kafka rejects aborts all of it.
        3. End the transaction.
        4. Take the rows over into the tables.

        Raises an aiokafka KafkaError or TimeoutError when it did not happen or nobody knows, StoreError when it did and
        the disk does not take the rows; the caller must end the process, for state and log may then differ.
        """
        await _to_its_end(self._commit(step, next_offset, outputs or Outputs.of(step)))

    async def _commit(self, step: Step, next_offset: int, outputs: Outputs) -> None:
        changes, rows = dict(step.changes), dict(outputs.rows)
        known = self.position
        if next_offset != self.next_offset or (known and known.state != self.state):
            topic, key = self._position
            position = Position(next_offset=next_offset, state=self.state)
            changes[topic], rows[topic] = {key: position}, {key: position.to_bytes()}
        written: dict[_Place, list[_Written]] = defaultdict(list)
        home = cache(partial(home_partition, count=await self.partitions()))  # most of a batch has one of few keys
        for record in step.outgoing:
            partition = home(record.key or b"") if record.partition is None else record.partition
            written[self._full_name(record.topic), partition].append(
                (record.key, record.value, max(0, int(record.arrived.timestamp() * 1000)), record.headers)
            )
        for topic, changed in rows.items():
            written[self._full_name(topic), self.partition] += [
                (key.encode(), row, None, ()) for key, row in changed.items()
            ]
        # Not cancelled when it is late: to abort it would be to wait for the same client.
        transaction = asyncio.create_task(self._transact(written))
        longest = self.config.transaction_seconds + _MARGIN_SECONDS
        if not (await asyncio.wait({transaction}, timeout=longest))[0]:
            raise TimeoutError
        ends = transaction.result()
        self.tables.apply_committed(
            changes, rows, {topic: ends[self._full_name(topic), self.partition] for topic in rows}
        )

    async def _transact(self, written: Mapping[_Place, list[_Written]]) -> dict[_Place, int]:
        """Write all of it; return the offset after the last record of each place."""
        async with self._producer.transaction():
            sent = {place: await self._send(*place, records) for place, records in written.items()}
            # Within the transaction: aiokafka commits it without a batch that failed.
            futures = [future for batches in sent.values() for future, _ in batches]
            answers = await asyncio.gather(*futures, return_exceptions=True)
            for error in answers:
                if isinstance(error, BaseException):
                    raise error
            return {place: _end(batches) for place, batches in sent.items()}

    async def _send(self, topic: str, partition: int, records: list[_Written]) -> list[_Sent]:
        """Send records in as few batches as they fit in."""
        sent = []
        builder = self._producer.create_batch()
        for key, value, timestamp, headers in records:
            while builder.append(key=key, value=value, timestamp=timestamp, headers=list(headers)) is None:
                sent.append((await self._producer.send_batch(builder, topic, partition=partition), builder))
                builder = self._producer.create_batch()
        sent.append((await self._producer.send_batch(builder, topic, partition=partition), builder))
        return sent

    def _full_name(self, topic: Topic) -> str:
        return topic.full_name(self.config.prefix)


def _size(record: Fetched) -> int:
    return len(record.key or b"") + len(record.value or b"")


async def _to_its_end(work: Coroutine[None, None, None]) -> None:
    """Await it. A cancellation meanwhile comes after its end, unless that is an error."""
    task = asyncio.create_task(work)
    cancelled = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    task.result()
    if cancelled:
        raise cancelled


def _end(sent: list[_Sent]) -> int:
    """Return the offset after the last record that was sent and acknowledged."""
    ends: list[int] = [future.result().offset + builder.record_count() for future, builder in sent]
    return max(ends)


def _folders(config: StageConfig, topics: tuple[Topic, ...], state: Belongings) -> dict[Topic, Path]:
    """Return a folder for each table on disk, named after the very topic: one made anew under its name has another."""
    return {
        topic: config.folder / f"{topic.full_name(config.prefix)}-{state.table_ids[topic.name]}"
        for topic in topics
        if topic.on_disk
    }


def home_partition(key: bytes, count: int) -> int:
    """Return the partition of a key among ``count``, as the default partitioner of every Kafka client has it."""
    return int(murmur2(key) & 0x7FFFFFFF) % count
