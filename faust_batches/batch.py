"""A batch of a partition: an agent receives it, folds it and commits it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from faust_batches.decoding import error_summary
from faust_batches.exits import exit_in_batch
from faust_batches.folding import Changed, fold_each, fold_once, merge_steps
from faust_batches.owned_partition import OwnedPartition
from faust_batches.record_batches import Fetched
from faust_batches.step import Changes, Failed, Fold, Incoming, Step, Tables
from faust_batches.transaction import EncodedRows, writable

# Faust logs the start and stop of every service under its module's name, at INFO, so this is another name.
log = logging.getLogger("faust_batches.worker")

_PROGRESS_SECONDS = 10.0
"""How often the worker logs that a record is not finished."""


class Batch:
    """The records in a partition's buffer, in the order of their offsets, and the partition's state.

    Use it as a context: ``async with batch: await batch.work(fold)``. An error inside the context exits the process
    without a commit. The restarted process reads the same records again, so no record is lost or duplicated.
    """

    def __init__(self, owned: OwnedPartition, slots: asyncio.Semaphore, on_drained: Callable[[], None]) -> None:
        self._owned, self._slots, self._on_drained = owned, slots, on_drained

    @property
    def partition(self) -> int:
        """The number of the partition."""
        return self._owned.partition

    async def partitions(self) -> int:
        """Return the number of partitions."""
        return await self._owned.partitions()

    async def work(
        self,
        fold: Fold,
        *,
        count_failed: Callable[[Tables, Sequence[Failed]], Changes] = lambda _, __: {},
        before_commit: Callable[[Step], None] = lambda _: None,
        after_commit: Callable[[Step], None] = lambda _: None,
    ) -> None:
        """Fold the buffer in batches until it is empty, and commit the step of each in one transaction.

        A step that finishes only some of its records is committed as well; the next batch begins with the first
        unfinished record. Between the two, other partitions have their turn, and the partition may be revoked: its next
        owner continues there.

        If the fold raises an error for a record, the record becomes a dead letter. ``count_failed`` returns the rows in
        which the application counts these records. ``before_commit`` and ``after_commit`` receive each step.
        """
        clock = asyncio.get_running_loop().time
        progress = _ProgressLog(self._owned, clock)
        while self._owned.buffer:
            async with self._owned.lock, self._slots:
                began = clock()
                if records := self._owned.next_records():
                    step, encoded = self._fold_records(fold, count_failed, [Incoming.of(record) for record in records])
                    unfinished = [] if step.taken is None else records[step.taken :]
                    before_commit(step)
                    next_offset = unfinished[0].offset if unfinished else records[-1].offset + 1
                    await self._owned.commit(step, next_offset, encoded)
                    self._owned.put_back(unfinished)
                    after_commit(step)
                    progress(unfinished)
                    self._owned.adapt_size(clock() - began)
            self._on_drained()
            if not records:
                return

    def _fold_records(
        self, fold: Fold, count_failed: Callable[[Tables, Sequence[Failed]], Changes], records: Sequence[Incoming]
    ) -> tuple[Step, EncodedRows]:
        tables, config = self._owned.tables, self._owned.config
        if config.dead_letters is None:
            step = fold_once(fold, tables, records)
            return step, EncodedRows.of(step)
        step = fold_each(fold, tables, records)
        try:
            encoded = EncodedRows.of(step)
        except Exception:  # noqa: BLE001 - the output of one record cannot be encoded: find the record
            step = fold_each(writable(fold), tables, records)
            encoded = EncodedRows.of(step)
        if not step.failed:
            return step, encoded
        step.outgoing += config.dead_letters(step.failed, self.partition)
        try:
            counted = Step(count_failed(Changed(tables, step.changes), step.failed))
            step = merge_steps(step, counted, taken=step.taken)
        except Exception as error:  # noqa: BLE001 - the row that counts them may be unreadable
            log.error("%s: cannot count its dead letters (%s)", config.name, error_summary(error))  # noqa: TRY400 - in one line
        return step, EncodedRows.of(step)

    async def __aenter__(self) -> Self:
        """Return the batch."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Exit the process if an error was raised."""
        if error is not None and not isinstance(error, asyncio.CancelledError):
            place = f"partition {self.partition}, from offset {self._owned.next_offset}"
            exit_in_batch(self._owned.config, place, error)


class _ProgressLog:
    """Logs that a record takes many pieces: until it is finished, the position does not advance."""

    def __init__(self, owned: OwnedPartition, clock: Callable[[], float]) -> None:
        self._owned, self._clock = owned, clock
        self._offset, self._pieces, self._logged_at = -1, 0, 0.0

    def __call__(self, unfinished: Sequence[Fetched]) -> None:
        if not unfinished:
            return
        if (offset := unfinished[0].offset) != self._offset:
            self._offset, self._pieces, self._logged_at = offset, 0, self._clock()
        self._pieces += 1
        if self._clock() - self._logged_at > _PROGRESS_SECONDS:
            self._logged_at = self._clock()
            place = f"partition {self._owned.partition}, offset {offset}"
            log.info("%s: %s: %s pieces of this record are done", self._owned.config.name, place, f"{self._pieces:,}")
