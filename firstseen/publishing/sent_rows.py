"""Waits for intake's outcomes of rows that were just published, and reports each rejection with its file and line.

Comes after :mod:`firstseen.publishing.row_checks`, because intake knows the versions on record and a file check does
not.
"""

from __future__ import annotations

import asyncio
import logging
from array import array
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from faust_batches.errors import MissingTopicError, UnreachableError
from schemas.rejection import Rejection
from streams.io.clock import monotonic
from streams.io.intake_outcomes import IntakeOutcomes, RecordPosition, rejections_end
from streams.io.kafka_config import KafkaConfig

log = logging.getLogger(__name__)

IDLE_SECONDS = 3.0
"""The wait ends when intake makes no progress for this long: no worker runs, or it is stuck."""

MAX_SECONDS = 30.0
"""The wait ends after this long, even if intake makes progress."""

REJECTIONS_SECONDS = 10.0
"""Time limit for reading the rejections of the rows that intake has processed."""

_POLL_SECONDS = 0.5


@dataclass(slots=True)
class _Partition:
    offsets: array[int] = field(default_factory=lambda: array("q"))
    rows: array[int] = field(default_factory=lambda: array("q"))
    """Two numbers for each offset: the index of the file, and the line."""


class SentRows:
    """Maps the position of each sent record back to its row, in 24 bytes per row."""

    def __init__(self) -> None:
        self._partitions: dict[int, _Partition] = {}
        self._files: dict[str, int] = {}

    def add(self, file: str, line: int, partition: int, offset: int) -> None:
        """Add a row. Offsets of a partition must be added in ascending order."""
        records = self._partitions.setdefault(partition, _Partition())
        records.offsets.append(offset)
        records.rows.extend((self._files.setdefault(file, len(self._files)), line))

    def row(self, partition: int, offset: int) -> tuple[str, int] | None:
        """Return the file and line of the record at a position; None if another producer sent it."""
        records = self._partitions.get(partition)
        if records is None:
            return None
        index = bisect_left(records.offsets, offset)
        if index == len(records.offsets) or records.offsets[index] != offset:
            return None
        return list(self._files)[records.rows[2 * index]], records.rows[2 * index + 1]

    def last(self) -> list[RecordPosition]:
        """Return the position of the last record in each partition."""
        return [RecordPosition(number, records.offsets[-1]) for number, records in self._partitions.items()]

    def pending(self, next_offset: Callable[[int], int]) -> int:
        """Return how many rows intake has not processed; ``next_offset`` gives its next offset in a partition."""
        return sum(
            len(records.offsets) - bisect_left(records.offsets, next_offset(number))
            for number, records in self._partitions.items()
        )


OnRejection = Callable[[str, int, Rejection], object]
"""Receives the file and line of a row, and its rejection by intake."""


def watch_intake(cluster: KafkaConfig, prefix: str) -> Callable[[SentRows, OnRejection], int]:
    """Return a function that waits for intake, reports rejections, and returns how many rows are still pending.

    Call it before you publish. Without permission to read rejections, none is reported: all rows count as accepted.
    """
    try:
        after = asyncio.run(rejections_end(cluster, prefix))
    except (KafkaError, UnreachableError, MissingTopicError) as error:
        log.info("The rejections of intake cannot be read: %s", error)
        return lambda _, __: 0

    def wait(sent: SentRows, on_rejection: OnRejection) -> int:
        try:
            return asyncio.run(_wait(cluster, prefix, sent, after, on_rejection))
        except (KafkaError, UnreachableError, MissingTopicError):
            return sent.pending(lambda _: 0)

    return wait


async def _wait(
    cluster: KafkaConfig,
    prefix: str,
    sent: SentRows,
    after: Mapping[TopicPartition, int],
    on_rejection: OnRejection,
) -> int:
    def forward(rejection: Rejection) -> None:
        if row := sent.row(rejection.partition, rejection.offset):
            on_rejection(*row, rejection)

    if not sent.last():
        return 0
    async with IntakeOutcomes.opened(cluster, prefix, forward, after) as outcomes:
        started = progressed = monotonic()
        pending = sent.pending(outcomes.next_offset)
        while monotonic() - progressed < IDLE_SECONDS and monotonic() - started < MAX_SECONDS:
            if not (await outcomes.wait_for(sent.last(), _POLL_SECONDS)).waiting:
                return 0
            pending_now = sent.pending(outcomes.next_offset)
            if pending_now != pending:
                pending, progressed = pending_now, monotonic()
        # Rows count as processed only once all of their rejections were read.
        pending = sent.pending(outcomes.next_offset)
        return pending if await outcomes.wait_until_caught_up(REJECTIONS_SECONDS) else sent.pending(lambda _: 0)
