"""A partition in memory commits like a partition on Kafka."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from faust_batches.batch import Batch
from faust_batches.config import BatchConfig
from faust_batches.example import COUNTS, POSITIONS, Count, count
from faust_batches.memory import MemoryWriter, partition_in_memory
from faust_batches.record_batches import Fetched

CONFIG = BatchConfig(
    name="count",
    group="count",
    client=dict,
    input_topic="words",
    tables=(COUNTS,),
    positions=POSITIONS,
    folder=Path(),
)
NOW = datetime(2026, 11, 29, tzinfo=UTC)


def word(offset: int, text: bytes) -> Fetched:
    return Fetched("words", 0, offset, int(NOW.timestamp() * 1000), 0, None, text, None, -1, len(text), ())


async def test_a_batch_commits_outputs_rows_and_position_together() -> None:
    writer = MemoryWriter()
    owned = partition_in_memory(CONFIG, writer)
    owned.receive([word(number, text) for number, text in enumerate((b"oui", b"non", b"oui"))])
    async with Batch(owned, asyncio.Semaphore(1), lambda: None) as batch:
        await batch.work(count)
    assert [(key, value) for key, value, _, _ in writer.records["totals", 0]] == [
        (b"oui", b"1"),
        (b"non", b"1"),
        (b"oui", b"2"),
    ]
    assert dict(owned.tables[COUNTS]) == {"non": Count(1), "oui": Count(2)}
    assert owned.next_offset == 3
    await owned.release()
    assert writer.stopped
