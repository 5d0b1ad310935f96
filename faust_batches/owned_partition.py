"""A partition that this process owns: its state, its buffer of fetched records, and its commits.

Acquiring it is safe in this order: start the transactional producer, which fences the previous owner and aborts its
open transaction; restore the tables to their committed end; the input position is one of their rows, and only then does
work begin. Fetched records wait in the buffer and become one batch when the partition's turn comes: while a transaction
is in progress, the next batch grows.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from functools import cache, partial
from pathlib import Path

from faust_batches.config import BatchConfig
from faust_batches.position import Position, StateIdentity
from faust_batches.record_batches import Fetched
from faust_batches.restore import restore
from faust_batches.step import Step, Topic
from faust_batches.tables import PartitionTables
from faust_batches.transaction import (
    EncodedRecord,
    EncodedRows,
    TargetPartition,
    TransactionWriter,
    Writer,
    home_partition,
    run_to_completion,
)

BUFFER_BYTES = 16 * 2**20
"""While a partition has so many bytes in its buffer, no more are fetched."""


_FIRST_RECORDS = 250
"""A worker starts with small batches: its predecessor may have ended because a batch took too long."""

_LONG_SECONDS, _SHORT_SECONDS = 5.0, 1.0
"""After a batch that takes longer the size halves; after one that takes less it doubles."""


class OwnedPartition:
    """One partition of the input, from its assignment to its revocation."""

    def __init__(
        self, config: BatchConfig, partition: int, writer: Writer, tables: PartitionTables, state: StateIdentity
    ) -> None:
        self.config, self.partition, self.tables, self.state = config, partition, tables, state
        self.lock = asyncio.Lock()
        """Held while a batch is folded and committed; a revocation waits for it."""
        self.buffer: list[Fetched] = []
        """Fetched records that no batch has taken yet, in the order of their offsets."""
        self.records_end = 0
        """The offset after the last fetched record."""
        self.fetched: tuple[int, int] | None = None
        """The last stable offset of the input at the last fetch, and the next offset to fetch."""
        self.released = False
        self._buffer_bytes = 0
        self._writer = writer
        self._batch_size = next_size(None, 0.0, config.batch_records)
        self._position_key = str(partition)

    @classmethod
    async def acquire(cls, config: BatchConfig, partition: int, state: StateIdentity) -> OwnedPartition:
        """Fence the previous owner, then restore. ``state`` is what the tables must belong to.

        Raises KafkaError, OSError or TimeoutError when Kafka does not answer, StoreError when the disk fails,
        FatalError when a table cannot be read.
        """
        writer = await TransactionWriter.start(config, partition)
        tables = PartitionTables.open(config, partition, _folders(config, state))
        foreign = await restore(config, tables, partition)
        owned = cls(config, partition, writer, tables, state)
        if foreign.changes:
            await owned.commit(foreign, owned.next_offset)
        return owned

    @property
    def position(self) -> Position | None:
        """How far everything is done, and what the state belonged to then; None: no batch was done, or it is lost."""
        try:
            position: Position | None = self.tables[self.config.positions].get(self._position_key)
        except ValueError:  # another program wrote it
            return None
        return position

    @property
    def next_offset(self) -> int:
        """The offset up to which everything is done, exclusive; 0 before the first batch."""
        return position.next_offset if (position := self.position) else 0

    def input_end(self) -> int | None:
        """Return the offset after the last committed input record at the last fetch; None before the first fetch."""
        if self.fetched is None:
            return None
        stable_end, next_fetched = self.fetched
        # Transaction markers take the last offsets: if everything is fetched, the end is that of the records.
        return stable_end if next_fetched < stable_end else max(self.next_offset, self.records_end)

    @property
    def has_room(self) -> bool:
        """Whether more records may be fetched."""
        return len(self.buffer) < self.config.batch_records and self._buffer_bytes < BUFFER_BYTES

    def receive(self, records: list[Fetched]) -> None:
        """Add fetched records to the buffer."""
        self.buffer += records
        self.records_end = records[-1].offset + 1
        self._buffer_bytes += sum(map(_size, records))

    def clear_buffer(self) -> None:
        """Empty the buffer: its records are fetched again."""
        self.buffer.clear()
        self._buffer_bytes = 0

    def next_records(self) -> list[Fetched]:
        """Return the next batch from the buffer. Call it with the lock.

        It is empty when nothing waits, or when another worker owns the partition.
        """
        if self.released:
            return []
        # A seek goes back to the position, and a commit may have been in progress then.
        done = self.next_offset
        while self.buffer:
            taken, self.buffer = self.buffer[: self._batch_size], self.buffer[self._batch_size :]
            self._buffer_bytes -= sum(map(_size, taken))
            if left := [record for record in taken if record.offset >= done]:
                return left
        return []

    def adapt_size(self, seconds: float) -> None:
        """Adapt the size of the next batch to the time that this one took to fold and commit."""
        self._batch_size = next_size(self._batch_size, seconds, self.config.batch_records)

    async def release(self) -> None:
        """Finish the batch in progress and stop, so that the next owner can start."""
        async with self.lock:
            self.released = True
            self.tables.close()
        await self._writer.stop()

    async def partitions(self) -> int:
        """Return the number of partitions, which is the same for every topic."""
        return await self._writer.partitions(self.config.input_topic)

    async def commit_between_batches(self, step: Step) -> None:
        """Commit a step that no input record causes: the input position stays.

        It runs to its end even if the caller is cancelled. Raises as :meth:`commit` does.
        """
        await asyncio.shield(asyncio.create_task(self._commit_between_batches(step)))

    async def _commit_between_batches(self, step: Step) -> None:
        async with self.lock:
            if not self.released:
                await self.commit(step, self.next_offset)

    async def commit(self, step: Step, next_offset: int, outputs: EncodedRows | None = None) -> None:
        """Write outputs, changed rows and the input position as one transaction, then apply the rows.

        Call it with the lock. ``outputs`` is the encoded step, if it was encoded before. If the caller is cancelled,
        the commit still ends first; otherwise the next one would begin a transaction within this one.

        1. Encode the rows; add the position's row if it has changed.
        2. Choose the partition of each output, and sort all records by topic and partition.
        3. Begin the transaction, and send each group in as few record batches as possible.
        4. Await every acknowledgement inside the transaction. If Kafka rejects one, the transaction aborts: aiokafka
           would commit the others.
        5. Commit the transaction.
        6. Apply the committed rows to the tables, each with the offset after it, from which a later restore continues.

        Raises aiokafka's KafkaError or IllegalOperation, or TimeoutError, when the transaction failed or its outcome is
        unknown; StoreError when it succeeded and the disk does not take the rows. The caller must end the process then,
        because state and log may differ.
        """
        await run_to_completion(self._commit(step, next_offset, outputs or EncodedRows.of(step)))

    async def _commit(self, step: Step, next_offset: int, outputs: EncodedRows) -> None:
        changes, rows = dict(step.changes), dict(outputs.rows)
        known = self.position
        if next_offset != self.next_offset or (known and known.state != self.state):
            topic, key = self.config.positions, self._position_key
            position = Position(next_offset=next_offset, state=self.state)
            changes[topic], rows[topic] = {key: position}, {key: position.to_bytes()}
        name_of = cache(self.config.topic_name)
        home = cache(partial(home_partition, count=await self.partitions()))  # a batch has few different keys
        written: dict[TargetPartition, list[EncodedRecord]] = defaultdict(list)
        for record in step.outgoing:
            partition = home(record.key or b"") if record.partition is None else record.partition
            written[name_of(record.topic), partition].append(
                (record.key, record.value, max(0, int(record.arrived.timestamp() * 1000)), record.headers)
            )
        for topic, changed in rows.items():
            written[name_of(topic), self.partition] += [(key.encode(), row, None, ()) for key, row in changed.items()]
        ends = await self._writer.write(written)
        self.tables.apply_committed(changes, rows, {topic: ends[name_of(topic), self.partition] for topic in rows})


def next_size(records: int | None, seconds: float, most: int) -> int:
    """Return the size of the next batch in records, given that of the last batch and its duration; None: the first."""
    if records is None:
        return min(_FIRST_RECORDS, most)
    if seconds > _LONG_SECONDS:
        return max(1, records // 2)
    return min(most, records * 2) if seconds < _SHORT_SECONDS else records


def _size(record: Fetched) -> int:
    return len(record.key or b"") + len(record.value or b"")


def _folders(config: BatchConfig, state: StateIdentity) -> dict[Topic, Path]:
    """Return a folder for each table on disk, named after the topic and its id: a recreated topic has another id."""
    return {
        topic: config.folder / f"{config.topic_name(topic)}-{state.table_ids[topic.name]}"
        for topic in config.tables
        if topic.on_disk
    }
