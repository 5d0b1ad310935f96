"""A partition in memory commits like a partition on Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from aiokafka.errors import ProducerFenced

from faust_batches import owned_partition
from faust_batches.batch import Batch
from faust_batches.config import BatchConfig
from faust_batches.example import COUNTS, POSITIONS, Count, count
from faust_batches.memory import MemoryWriter, partition_in_memory
from faust_batches.owned_partition import CONFIRMED_SECONDS
from faust_batches.record_batches import Fetched
from faust_batches.step import Step
from faust_batches.transaction import EncodedRecord, TargetPartition

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


class Clock:
    """A clock that a test sets."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000.0
        monkeypatch.setattr(owned_partition, "time", SimpleNamespace(time=lambda: self.now))


async def test_ownership_is_confirmed_by_a_commit_unless_the_last_one_is_recent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, writer = Clock(monkeypatch), MemoryWriter()
    owned = partition_in_memory(CONFIG, writer)
    written = writer.records[CONFIG.topic_name(POSITIONS), 0]
    for wait, commits in ((0.0, 1), (CONFIRMED_SECONDS, 1), (0.5, 2), (-0.1, 3), (3600, 4)):
        clock.now += wait
        await owned.confirm_ownership()
        assert len(written) == commits
    assert owned.next_offset == 0


async def test_a_commit_that_was_suspended_does_not_confirm_ownership(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)

    class Suspended(MemoryWriter):
        waits: Iterator[float] = iter([60.0, 0.1])

        async def write(self, records: Mapping[TargetPartition, Sequence[EncodedRecord]]) -> dict[TargetPartition, int]:
            clock.now += next(self.waits)
            return await super().write(records)

    writer = Suspended()
    await partition_in_memory(CONFIG, writer).confirm_ownership()
    assert len(writer.records[CONFIG.topic_name(POSITIONS), 0]) == 2


async def test_slow_commits_confirm_ownership(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)

    class Slow(MemoryWriter):
        async def write(self, records: Mapping[TargetPartition, Sequence[EncodedRecord]]) -> dict[TargetPartition, int]:
            clock.now += CONFIRMED_SECONDS + 1
            return await super().write(records)

    async with asyncio.timeout(5):
        await partition_in_memory(CONFIG, Slow()).confirm_ownership()


async def test_another_owner_is_noticed_when_ownership_is_confirmed() -> None:
    class Fenced(MemoryWriter):
        async def write(self, _: Mapping[TargetPartition, Sequence[EncodedRecord]]) -> dict[TargetPartition, int]:
            raise ProducerFenced

    with pytest.raises(ProducerFenced):
        await partition_in_memory(CONFIG, Fenced()).confirm_ownership()


async def test_a_confirmation_during_a_batch_does_not_move_the_position_back() -> None:
    owned = partition_in_memory(CONFIG, MemoryWriter())
    async with owned.lock:
        confirming = asyncio.create_task(owned.confirm_ownership())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await owned.commit(Step(), 3)
        owned._confirmed_at = 0.0  # noqa: SLF001 - the batch took long
    await confirming
    assert owned.next_offset == 3


async def test_a_released_partition_is_not_confirmed() -> None:
    writer = MemoryWriter()
    owned = partition_in_memory(CONFIG, writer)
    await owned.release()
    await owned.confirm_ownership()
    assert not writer.records
