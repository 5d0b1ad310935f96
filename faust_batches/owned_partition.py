"""A partition that this process owns: its state, its buffer of fetched records, and its commits.

The process acquires a partition in this order:

1. Start the transactional producer. This fences the previous owner and aborts its open transaction.
2. Restore the tables up to their committed end. The input position is a row of one of them.
3. Fetch from the input position on.

Fetched records wait in the buffer. When it is the partition's turn, they become a batch; the next batch grows while the
transaction is in progress.
"""

from __future__ import annotations

import asyncio
import time  # noqa: TID251 - the clock of the event loop stops while the machine is suspended
from collections import defaultdict
from functools import cache, partial
from pathlib import Path

from faust_batches.batch_size import next_size
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

CONFIRMED_SECONDS = 1.0
"""A commit confirms that this process owns the partition. This is well below the shortest session that Kafka permits,
after which another process may own it."""

BUFFER_BYTES = 16 * 2**20
"""Fetching pauses while the buffer of a partition holds at least this many bytes of keys and values."""


class OwnedPartition:
    """A partition of the input, from its assignment to its revocation."""

    def __init__(
        self, config: BatchConfig, partition: int, writer: Writer, tables: PartitionTables, state: StateIdentity
    ) -> None:
        self.config, self.partition, self.tables, self.state = config, partition, tables, state
        self.lock = asyncio.Lock()
        """Held while a batch is folded and committed. A revocation waits for it."""
        self.buffer: list[Fetched] = []
        """Fetched records that are not in a batch yet, in the order of their offsets."""
        self.records_end = 0
        """The offset after the last fetched record."""
        self.fetched: tuple[int, int] | None = None
        """The last stable offset of the input and the next offset to fetch, as of the last fetch; None before it."""
        self.read_before: int | None = None
        """The next offset that an earlier owner would have read; None until that is known."""
        self.released = False
        self._confirmed_at = 0.0
        """The time at which the last successful commit began, in seconds since 1970."""
        self._buffer_bytes = 0
        self._was_cleared = False
        """Whether a seek has emptied the buffer since the last batch was taken from it."""
        self._writer = writer
        self._batch_size = next_size(None, 0.0, config.batch_records)
        self._position_key = str(partition)

    @classmethod
    async def acquire(cls, config: BatchConfig, partition: int, state: StateIdentity) -> OwnedPartition:
        """Fence the previous owner, then restore the tables. ``state`` identifies the topics that the tables belong to.

        Raises KafkaError, OSError or TimeoutError if Kafka does not answer, StoreError if the disk fails, and
        FatalError if a table cannot be read.
        """
        writer = await TransactionWriter.start(config, partition)
        tables = PartitionTables.open(config, partition, _folders(config, state))
        foreign = await restore(config, tables, partition)
        owned = cls(config, partition, writer, tables, state)
        if (position := owned.position) and position.state:
            owned.state = state.replace(exceeds_input=position.state.exceeds_input)
        if foreign.changes:
            await owned.commit(foreign, owned.next_offset)
        return owned

    @property
    def position(self) -> Position | None:
        """The committed position with its state identity. None before the first batch, or if the row was lost."""
        try:
            position: Position | None = self.tables[self.config.positions].get(self._position_key)
        except ValueError:  # the row is unreadable
            return None
        return position

    @property
    def next_offset(self) -> int:
        """The next offset to process; 0 before the first batch."""
        return position.next_offset if (position := self.position) else 0

    @property
    def read_to(self) -> int:
        """The next offset to read. Unlike ``next_offset``, it is after the markers that follow the last record."""
        known = max(self.next_offset, self.read_before or 0)
        if self.fetched is None or self.next_offset < self.records_end:
            return known
        _, next_fetched = self.fetched
        return max(known, next_fetched)

    def input_end(self) -> int | None:
        """Return the offset after the last committed input record as of the last fetch; None before the first fetch."""
        if self.fetched is None:
            return None
        stable_end, next_fetched = self.fetched
        # The last offsets may be those of transaction markers. If all records are fetched, use the end of the records.
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
        """Empty the buffer. A seek follows, so the records are fetched again."""
        self.buffer.clear()
        self._buffer_bytes = 0
        self._was_cleared = True

    def next_records(self) -> list[Fetched]:
        """Take the next batch from the buffer. The caller holds the lock.

        The batch is empty if the buffer is empty or if the partition was released.
        """
        if self.released:
            return []
        # A seek returns to the position at that time. A commit that was in progress then has processed some records.
        next_offset = self.next_offset
        self._was_cleared = False
        while self.buffer:
            taken, self.buffer = self.buffer[: self._batch_size], self.buffer[self._batch_size :]
            self._buffer_bytes -= sum(map(_size, taken))
            if unprocessed := [record for record in taken if record.offset >= next_offset]:
                return unprocessed
        return []

    def put_back(self, unfinished: list[Fetched]) -> None:
        """Return the unfinished records of a batch to the front of the buffer, unless a seek fetches them again."""
        if not self._was_cleared:
            self.buffer = [*unfinished, *self.buffer]
            self._buffer_bytes += sum(map(_size, unfinished))

    def adapt_size(self, seconds: float) -> None:
        """Set the size of the next batch from the time that this one took to fold and commit."""
        self._batch_size = next_size(self._batch_size, seconds, self.config.batch_records)

    async def release(self) -> None:
        """Wait for the batch in progress, then close the tables and the producer, so that the next owner can start."""
        async with self.lock:
            self.released = True
            self.tables.close()
        await self._writer.stop()

    async def partitions(self) -> int:
        """Return the number of partitions, which is the same for every topic."""
        return await self._writer.partitions(self.config.input_topic)

    async def commit_between_batches(self, step: Step) -> None:
        """Commit a step that has no input record; the input position does not change.

        The commit completes even if the caller is cancelled. Raises as :meth:`commit` does.
        """
        await asyncio.shield(asyncio.create_task(self._commit_between_batches(step)))

    async def _commit_between_batches(self, step: Step) -> None:
        async with self.lock:
            if not self.released:
                await self.commit(step, self.next_offset)

    async def confirm_ownership(self) -> None:
        """Return only if this process owned the partition at most a second ago. It may have been suspended since then.

        Commits the position again if the last commit is older. Raises as :meth:`commit` does: another owner fences it.
        A second commit that takes longer is a slow one: it is enough, or nothing would ever be sent.
        """
        for _ in range(2):
            if self.released or 0 <= time.time() - self._confirmed_at <= CONFIRMED_SECONDS:
                return
            await asyncio.shield(asyncio.create_task(self._commit_position()))

    async def _commit_position(self) -> None:
        async with self.lock:  # a batch in progress moves the position
            if not self.released:
                position = self.position or Position(next_offset=0, state=self.state)
                await self.commit(Step({self.config.positions: {self._position_key: position}}), self.next_offset)

    async def commit(self, step: Step, next_offset: int, encoded: EncodedRows | None = None) -> None:
        """Write the step's outputs and changed rows and the input position in one transaction, then apply the rows.

        The caller holds the lock. ``encoded``: the rows of the step, if they are already encoded. If the caller is
        cancelled, the commit completes first, because the next one must not begin within this transaction.

        1. Encode the rows. Add the row of the position if it has changed.
        2. Choose the partition of each output. Group all records by topic and partition.
        3. Begin the transaction. Send each group in as few record batches as possible.
        4. Await every acknowledgement within the transaction. If Kafka rejects a record batch, abort the transaction;
           aiokafka alone would commit the other record batches.
        5. Commit the transaction.
        6. Apply the committed rows to the tables. Store the offset after them, from which a later restore continues.

        Raises aiokafka's KafkaError or IllegalOperation, or TimeoutError, if the transaction failed or its outcome is
        unknown; StoreError if it was committed but the rows could not be written to disk. The caller must then exit the
        process, because the tables may differ from their changelogs.
        """
        await run_to_completion(self._commit(step, next_offset, encoded or EncodedRows.of(step)))

    async def _commit(self, step: Step, next_offset: int, encoded: EncodedRows) -> None:
        began = time.time()
        changes, rows = dict(step.changes), dict(encoded.rows)
        current = self.position
        if next_offset != self.next_offset or (current and current.state != self.state):
            topic, key = self.config.positions, self._position_key
            position = Position(next_offset=next_offset, state=self.state)
            changes[topic], rows[topic] = {key: position}, {key: position.to_bytes()}
        name_of = cache(self.config.topic_name)
        partition_of = cache(partial(home_partition, count=await self.partitions()))  # a batch has few distinct keys
        written: dict[TargetPartition, list[EncodedRecord]] = defaultdict(list)
        for record in step.outgoing:
            partition = partition_of(record.key or b"") if record.partition is None else record.partition
            written[name_of(record.topic), partition].append(
                (record.key, record.value, max(0, int(record.arrived.timestamp() * 1000)), record.headers)
            )
        for topic, changed in rows.items():
            written[name_of(topic), self.partition] += [(key.encode(), row, None, ()) for key, row in changed.items()]
        ends = await self._writer.write(written)
        self._confirmed_at = began if written else self._confirmed_at
        self.tables.apply_committed(changes, rows, {topic: ends[name_of(topic), self.partition] for topic in rows})


def _size(record: Fetched) -> int:
    return len(record.key or b"") + len(record.value or b"")


def _folders(config: BatchConfig, state: StateIdentity) -> dict[Topic, Path]:
    """Return the folder of each table on disk. Its name has the topic's id, which differs if the topic is recreated."""
    return {
        topic: config.folder / f"{config.topic_name(topic)}-{state.table_ids[topic.name]}"
        for topic in config.tables
        if topic.on_disk
    }
