"""One batch of one partition: what an agent receives, folds and commits."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from faust_batches.decoding import error_summary
from faust_batches.exits import exit_in_batch
from faust_batches.partition import OwnedPartition
from faust_batches.plain_consumer import incoming
from faust_batches.sizes import Outputs, writable
from faust_batches.step import Changed, Changes, Failed, Fold, Incoming, Step, Tables, fold_each, merge_steps
from streams.io.quarantine import outgoing, passed_over

# Faust logs the life of every service in a module, at INFO, under that module's name: ours needs another.
log = logging.getLogger("firstseen.worker")


class Batch:
    """What waits of one partition when its turn comes, in the order of the offsets, and its state.

    Use it as a context: ``async with batch: await batch.work(rule)``. An error inside ends the process without a
    commit, and the restart reads the same records again: nothing is lost and nothing twice.
    """

    def __init__(self, owned: OwnedPartition, places: asyncio.Semaphore, taken: Callable[[], None]) -> None:
        self._owned, self._places, self._taken = owned, places, taken

    @property
    def partition(self) -> int:
        """The number of the partition."""
        return self._owned.partition

    async def partitions(self) -> int:
        """Return how many partitions there are."""
        return await self._owned.partitions()

    async def work(
        self,
        fold: Fold,
        *,
        note: Callable[[Tables, Sequence[Failed]], Changes] = lambda _, __: {},
        before: Callable[[Step], None] = lambda _: None,
        after: Callable[[Step], None] = lambda _: None,
    ) -> None:
        """Fold all that waits, in batches, and make each step come true, whole.

        A record that the fold raises on goes to quarantine. ``note`` gives the rows in which the stage counts such
        records, ``before`` and ``after`` are called around each commit.
        """
        clock = asyncio.get_running_loop().time
        while self._owned.buffer:
            async with self._owned.turn, self._places:
                began = clock()
                if records := self._owned.next_records():
                    step, outputs = self._folded(fold, note, [incoming(record) for record in records])
                    before(step)
                    await self._owned.commit(step, records[-1].offset + 1, outputs)
                    after(step)
                    self._owned.took(clock() - began)
            self._taken()
            if not records:
                return

    def _folded(
        self, fold: Fold, note: Callable[[Tables, Sequence[Failed]], Changes], records: Sequence[Incoming]
    ) -> tuple[Step, Outputs]:
        tables = self._owned.tables
        step = fold_each(fold, tables, records)
        try:
            outputs = Outputs.of(step)
        except Exception:  # noqa: BLE001 - one of the records comes to what cannot be written: find it
            step = fold_each(writable(fold), tables, records)
            outputs = Outputs.of(step)
        if not step.failed:
            return step, outputs
        rows = [passed_over(self._owned.config.stage, failed) for failed in step.failed]
        step.outgoing += outgoing(rows, self.partition)
        try:
            step = merge_steps(step, Step(note(Changed(tables, step.changes), step.failed)))
        except Exception as error:  # noqa: BLE001 - the row that counts them may be what cannot be read
            log.error("%s: cannot count what was passed over (%s)", self._owned.config.stage, error_summary(error))  # noqa: TRY400 - in one line
        return step, Outputs.of(step)

    async def __aenter__(self) -> Self:
        """Enter."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process when something went wrong."""
        if error is not None and not isinstance(error, asyncio.CancelledError):
            stage, offset = self._owned.config.stage, self._owned.next_offset
            exit_in_batch(f"{stage}, partition {self.partition}, from offset {offset}", error)
