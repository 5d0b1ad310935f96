"""Writes records that a stage cannot process to ``quarantine``, in the transaction of their batch."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import traceback
from collections.abc import Iterable, Sequence

from faust_batches.decoding import error_summary
from faust_batches.owned_partition import OwnedPartition
from faust_batches.step import Failed, Incoming, Outgoing, Step
from schemas.quarantine import KEPT_BYTES, KEPT_KEY_BYTES, Quarantined
from schemas.topics import QUARANTINE

# Faust logs the start and stop of every service under its module's name, at INFO, so this is another name.
log = logging.getLogger("firstseen.worker")

_LONGEST_WHY, _LONGEST_TRACE = 2_000, 8_000
_POLL_SECONDS = 1.0


def quarantined(stage: str, failed: Failed) -> Quarantined:
    """Return the row of a record that a stage could not decode, or for which its rules raised an error."""
    record, error = failed
    value = record.value
    size = record.size if record.size is not None or value is None else len(value)
    sha256 = record.sha256 or (None if value is None else hashlib.sha256(value).hexdigest())
    return Quarantined(
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


def dead_letters(stage: str, failed: Sequence[Failed], partition: int) -> list[Outgoing]:
    """Return the dead letters of records for which the fold of a stage raised an error. Logs each in one line."""
    return outgoing([quarantined(stage, failure) for failure in failed], partition)


def outgoing(rows: Iterable[Quarantined], partition: int) -> list[Outgoing]:
    """Return the records to write to a partition of ``quarantine``. Logs each in one line."""
    written = []
    for row in rows:
        log.error(
            "%s: quarantined %s, partition %d, offset %d (%s). `firstseen quarantine show %s` shows the record.",
            row.stage, row.topic, row.partition, row.offset, row.why[:300], row.id,
        )  # fmt: skip
        written.append(Outgoing(QUARANTINE, row.id.encode(), row.to_bytes(), row.arrived, partition))
    return written


class UnreadableRecords:
    """Records that the reader of another topic could not decode, until the owner of a partition writes them."""

    def __init__(self, stage: str) -> None:
        self._stage = stage
        self._rows: list[Quarantined] = []

    def __call__(self, record: Incoming, error: Exception) -> None:
        """Add a record."""
        self._rows.append(quarantined(self._stage, Failed(record, error)))

    async def run_alongside(self, owned: OwnedPartition) -> None:
        """Write the records to ``quarantine`` while the partition is owned."""
        while True:
            rows, self._rows = self._rows, []
            if rows:
                await owned.commit_between_batches(Step(outgoing=outgoing(rows, owned.partition)))
            await asyncio.sleep(_POLL_SECONDS)


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() or character == "\n" else "?" for character in text)
