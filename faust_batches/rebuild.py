"""Recomputes the tables of a worker from the input that it has read, and writes nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from aiokafka import TopicPartition

from faust_batches.admin import ConsumerGroup, admin_client, consumer_group
from faust_batches.config import BatchConfig
from faust_batches.kafka_consumer import Consumer
from faust_batches.owned_partition import OwnedPartition
from faust_batches.position import Position, StateIdentity
from faust_batches.reading import open_consumer, read_to_end
from faust_batches.record_batches import TruncateValues
from faust_batches.state_identity import read_identity
from faust_batches.step import Fold, Incoming, Step, Tables, Topic, fold_each

_CLEARED_AT_ONCE = 2000

_SESSION_SECONDS = 45
"""Longer than the group waits for a member that is gone."""


class RebuildError(RuntimeError):
    """The tables cannot be recomputed now. The message says why and what to do."""


Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How the tables are recomputed."""

    cleared: tuple[Topic, ...]
    """The tables that start empty; the others stay as they are."""
    fold: Fold
    """Gives the rows; its outputs are dropped."""
    finish: Callable[[Tables], Step] = lambda _: Step()
    """Gives the rows that depend on the outputs."""


async def rebuild(
    config: BatchConfig, plan: Callable[[frozenset[str]], Plan], report: Report, *, new_input: bool
) -> None:
    """Recompute the tables of every partition from the records up to its position.

    ``plan`` is called with the names of the tables that were recreated. ``new_input``: keep the tables, and start at
    the first unread record of an input that was recreated or has lost its end.

    After an interrupted run the worker does not start until the rebuild is run again. Raises RebuildError while workers
    of the group run, and the errors of Kafka and the disk.
    """
    group = await _wait_until_group_is_empty(config, report)
    state, known = await read_identity(config)
    before = next((position.state for position in known.values() if position.state), state)
    if state.partitions != before.partitions:
        raise RebuildError(
            f"the topics have {state.partitions} partitions and the state of {config.name} was made with "
            f"{before.partitions}: records of one key are in two partitions now. {config.remedies.new_names}"
        )
    lost = lost_tables(state, known.values())
    chosen = plan(frozenset(lost))
    for partition in range(state.partitions):
        position = known.get(partition)
        owned = await OwnedPartition.acquire(config, partition, state)
        try:
            if new_input:
                end = await _end(config, partition)
                await owned.commit(Step(), _first_unread(position, state, end))
                report(f"partition {partition}: continues at offset {owned.next_offset:,}")
                continue
            end = position.next_offset if position else group.committed.get(partition, 0)
            await _rebuild(owned, chosen, lost, min(end, await _end(config, partition)), report)
        finally:
            await owned.release()


async def _wait_until_group_is_empty(config: BatchConfig, report: Report) -> ConsumerGroup:
    """Return the group once it is empty: a killed worker stays a member until its session expires."""
    for seconds in range(_SESSION_SECONDS):
        group = await asyncio.to_thread(_group, config)
        if not group.members:
            return group
        if not seconds:
            report(f"waiting for {group.members} workers of {config.name} to stop ...")
        await asyncio.sleep(1)
    raise RebuildError(f"{group.members} workers of {config.name} are running: stop them, then run this again.")


def _first_unread(position: Position | None, state: StateIdentity, end: int) -> int:
    if position is None or (position.state and position.state.input_id != state.input_id):
        return 0
    return min(position.next_offset, end)


def lost_tables(now: StateIdentity, known: Iterable[Position]) -> dict[str, str]:
    """Return the tables that were recreated since the state of any partition was made, with their former ids."""
    before = [position.state.table_ids for position in known if position.state]
    return {name: ids[name] for name, id_ in now.table_ids.items() for ids in before if ids.get(name, id_) != id_}


async def _rebuild(owned: OwnedPartition, plan: Plan, lost: Mapping[str, str], end: int, report: Report) -> None:
    final = owned.state
    # With the ids of the lost tables, so that a run after an interruption knows them as well.
    owned.state = final.replace(rebuilding=True, table_ids={**final.table_ids, **lost})
    await owned.commit(Step(), end)
    for topic in plan.cleared:
        keys = list(owned.tables[topic])
        for at in range(0, len(keys), _CLEARED_AT_ONCE):
            await owned.commit(Step({topic: dict.fromkeys(keys[at : at + _CLEARED_AT_ONCE])}), end)
    done = 0
    async for records in _read(owned.config, owned.partition, end):
        step = fold_each(plan.fold, owned.tables, records)
        await owned.commit(Step(step.changes), end)
        done = records[-1].offset + 1
        report(f"partition {owned.partition}: {done:,} of {end:,}")
    owned.state = final
    await owned.commit(plan.finish(owned.tables), end)
    report(f"partition {owned.partition}: done")


async def _read(config: BatchConfig, partition: int, end: int) -> AsyncIterator[Sequence[Incoming]]:
    """Yield the records of a partition below an offset, in portions."""
    place = TopicPartition(config.input_topic, partition)
    async with _consumer(config) as consumer:
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        async for _, records in read_to_end(consumer, {place: end}, max_records=config.batch_records):
            if below := [Incoming.of(record) for record in records if record.offset < end]:
                yield below


async def _end(config: BatchConfig, partition: int) -> int:
    place = TopicPartition(config.input_topic, partition)
    async with _consumer(config) as consumer:
        return int((await consumer.end_offsets([place]))[place])


def _consumer(config: BatchConfig) -> AbstractAsyncContextManager[Consumer]:
    return open_consumer(config.client(), value_deserializer=TruncateValues(config.input_bytes))


def _group(config: BatchConfig) -> ConsumerGroup:
    with admin_client(config.client, config.remedies) as admin:
        return consumer_group(admin, config.group, config.input_topic)
