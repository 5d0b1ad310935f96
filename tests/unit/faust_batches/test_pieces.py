"""A record that is too much work for one transaction is processed in pieces, each with its own commit."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from faust_batches.batch import Batch
from faust_batches.memory import MemoryWriter, partition_in_memory
from faust_batches.owned_partition import OwnedPartition
from faust_batches.record_batches import Fetched
from faust_batches.step import Changes, Failed, Outgoing, Step, Tables
from faust_batches.transaction import EncodedRecord, TargetPartition
from tests.support.piecewise import CURSORS, NUMBERS, PIECE, Cursor, config, count_up

CONFIG = config("", Path())
POISON = NUMBERS._replace(name="poison")
NOW = datetime(2026, 11, 29, tzinfo=UTC)


def limits(*values: bytes, first: int = 0) -> list[Fetched]:
    arrived = int(NOW.timestamp() * 1000)
    return [
        Fetched("limits", 0, offset, arrived, 0, None, value, None, -1, len(value), ())
        for offset, value in enumerate(values, first)
    ]


def batch_of(owned: OwnedPartition) -> Batch:
    return Batch(owned, asyncio.Semaphore(1), lambda: None)


def numbers(writer: MemoryWriter) -> list[tuple[int, int]]:
    return [(int(key or b""), int(value or b"")) for key, value, _, _ in writer.records["numbers", 0]]


def whole(**limits_by_offset: int) -> list[tuple[int, int]]:
    return [(int(offset[1:]), number) for offset, limit in limits_by_offset.items() for number in range(limit)]


async def test_each_piece_commits_its_cursor_and_the_position_of_the_unfinished_record() -> None:
    writer = MemoryWriter()
    owned = partition_in_memory(CONFIG, writer)
    owned.receive(limits(b"3", b"25", b"4", first=7))
    seen: list[tuple[int, Cursor | None, int]] = []

    def after_commit(step: Step) -> None:
        seen.append((owned.next_offset, owned.tables[CURSORS].get("cursor"), len(step.outgoing)))

    async with batch_of(owned) as batch:
        await batch.work(count_up, after_commit=after_commit)
    assert seen == [(8, Cursor(8, 7), 10), (8, Cursor(8, 17), 10), (9, Cursor(9, 2), 10), (10, None, 2)]
    assert numbers(writer) == whole(o7=3, o8=25, o9=4)
    assert (owned.next_offset, dict(owned.tables[CURSORS])) == (10, {})


async def test_records_that_arrive_between_pieces_wait_for_their_turn() -> None:
    writer = MemoryWriter()
    owned = partition_in_memory(CONFIG, writer)
    owned.receive(limits(b"25"))
    arriving = [limits(b"2", first=1), limits(b"15", first=2)]
    async with batch_of(owned) as batch:
        await batch.work(count_up, before_commit=lambda _: owned.receive(arriving.pop(0)) if arriving else None)
    assert numbers(writer) == whole(o0=25, o1=2, o2=15)


async def test_the_next_owner_continues_a_record_after_a_revocation() -> None:
    writer = MemoryWriter()
    owned = partition_in_memory(CONFIG, writer)
    owned.receive(limits(b"35", b"2"))
    releases: list[asyncio.Task[None]] = []

    def revoke(_: Step) -> None:
        if len(numbers(writer)) == PIECE:  # the second piece is in progress
            releases.append(asyncio.create_task(owned.release()))

    async with batch_of(owned) as batch:
        await batch.work(count_up, before_commit=revoke)
    [release] = releases
    await release
    assert numbers(writer) == [(0, number) for number in range(2 * PIECE)]
    assert (owned.next_offset, owned.tables[CURSORS]["cursor"]) == (0, Cursor(0, 2 * PIECE))

    successor = OwnedPartition(CONFIG, 0, writer, owned.tables, owned.state)
    successor.receive(limits(b"35", b"2"))
    async with batch_of(successor) as batch:
        await batch.work(count_up)
    assert numbers(writer) == whole(o0=35, o1=2)


class SeekingWriter(MemoryWriter):
    """Seeks back to the position during its first commit, as a rebalance does, and fetches the records again."""

    owned: OwnedPartition

    async def write(self, records: Mapping[TargetPartition, Sequence[EncodedRecord]]) -> dict[TargetPartition, int]:
        if not self.records:
            self.owned.clear_buffer()
            self.owned.receive(limits(b"25", b"2"))
        return await super().write(records)


async def test_a_seek_during_a_piece_repeats_no_record() -> None:
    writer = SeekingWriter()
    owned = writer.owned = partition_in_memory(CONFIG, writer)
    owned.receive(limits(b"25", b"2"))
    async with batch_of(owned) as batch:
        await batch.work(count_up)
    assert numbers(writer) == whole(o0=25, o1=2)


async def test_other_commits_of_the_partition_have_their_turn_between_pieces() -> None:
    writer = MemoryWriter()
    owned = partition_in_memory(CONFIG, writer)
    owned.receive(limits(b"95"))
    heartbeat = Step(outgoing=[Outgoing(NUMBERS, b"99", b"0", NOW)])
    tasks: list[asyncio.Task[None]] = []

    def beat(_: Step) -> None:
        if not tasks:
            tasks.append(asyncio.create_task(owned.commit_between_batches(heartbeat)))

    async with batch_of(owned) as batch:
        await batch.work(count_up, before_commit=beat)
    await asyncio.gather(*tasks)
    written = numbers(writer)
    assert written.index((99, 0)) < len(written) - 1
    assert [number for number in written if number != (99, 0)] == whole(o0=95)


async def test_a_record_that_fails_in_a_later_piece_becomes_a_dead_letter() -> None:
    def dead_letters(failed: Sequence[Failed], _: int) -> list[Outgoing]:
        return [Outgoing(POISON, None, failure.record.value or b"", NOW) for failure in failed]

    def counted(_: Tables, failed: Sequence[Failed]) -> Changes:
        return {CURSORS: {"failed": Cursor(failed[0].record.offset, len(failed))}}

    writer = MemoryWriter()
    owned = partition_in_memory(replace(CONFIG, dead_letters=dead_letters), writer)
    owned.receive(limits(b"2", b"25!17", b"x", b"25"))
    async with batch_of(owned) as batch:
        await batch.work(count_up, count_failed=counted)
    assert [value for _, value, _, _ in writer.records["poison", 0]] == [b"25!17", b"x"]
    assert numbers(writer) == whole(o0=2, o1=8, o3=25)
    assert dict(owned.tables[CURSORS]) == {"failed": Cursor(1, 2)}
