"""A record that a stage passes over goes to ``quarantine``, in the transaction of the records around it."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import traceback
from collections.abc import Iterable

from faust_batches.decoding import error_summary
from faust_batches.partition import OwnedPartition
from faust_batches.step import Failed, Incoming, Outgoing, Step
from schemas.quarantine import KEPT_BYTES, KEPT_KEY_BYTES, Quarantined
from schemas.topics import QUARANTINE

log = logging.getLogger("firstseen.worker")

_LONGEST_WHY, _LONGEST_TRACE = 2_000, 8_000
_NOTICED_SECONDS = 1.0


def passed_over(stage: str, failed: Failed) -> Quarantined:
    """Return what the quarantine keeps of a record that a stage could not read, or on which its rules failed."""
    record, error = failed
    value = record.value
    size = record.size if record.size is not None or value is None else len(value)
    sha256 = record.sha256 or (None if value is None else hashlib.sha256(value).hexdigest())
    return Quarantined.model_construct(
        stage=stage,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        arrived=record.arrived,
        why=_printable(record.unreadable or error_summary(error))[:_LONGEST_WHY],
        trace=None if record.unreadable else _printable("".join(traceback.format_exception(error)))[-_LONGEST_TRACE:],
        key=None if record.key is None else record.key[:KEPT_KEY_BYTES],
        original=None if value is None else value[:KEPT_BYTES],
        original_bytes=size,
        sha256=sha256,
    )


def outgoing(rows: Iterable[Quarantined], partition: int) -> list[Outgoing]:
    """Return the records to write, on a partition; each is logged in a line."""
    written = []
    for row in rows:
        log.error(
            "%s: passed over %s, partition %d, offset %d (%s). `firstseen quarantine show %s` has the record.",
            row.stage, row.topic, row.partition, row.offset, row.why[:300], row.id,
        )  # fmt: skip
        written.append(Outgoing(QUARANTINE, row.id.encode(), row.to_bytes(), row.arrived, partition))
    return written


class UnreadableRecords:
    """Records that a follower of a topic could not read, until the owner of a partition has written them down."""

    def __init__(self, stage: str) -> None:
        self._stage = stage
        self._rows: list[Quarantined] = []

    def __call__(self, record: Incoming, error: Exception) -> None:
        """Take one."""
        self._rows.append(passed_over(self._stage, Failed(record, error)))

    async def run_alongside(self, owned: OwnedPartition) -> None:
        """Write them down, as long as the partition is owned."""
        while True:
            rows, self._rows = self._rows, []
            if rows:
                await owned.record(Step(outgoing=outgoing(rows, owned.partition)))
            await asyncio.sleep(_NOTICED_SECONDS)


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() or character == "\n" else "?" for character in text)
