"""Computes the tables of a stage again from what it has read, and writes nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from aiokafka import TopicPartition

from faust_batches.belongings import look_up
from faust_batches.consumer_group import ConsumerGroup, consumer_group
from faust_batches.partition import OwnedPartition, StageConfig
from faust_batches.plain_consumer import Consumer, incoming
from faust_batches.record_batches import CutAt
from faust_batches.step import Fold, Incoming, Step, Tables, fold_each
from schemas.position import Belongings, Position
from schemas.topics import STAGES, Topic

_ROWS_AT_ONCE = 2000

_SESSION_SECONDS = 45
"""Longer than the group of a stage waits for a member that is gone."""


class RebuildError(RuntimeError):
    """The tables cannot be computed again now. The message says why and what to do."""


Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How the tables of a stage are computed again."""

    cleared: tuple[Topic, ...]
    """The tables that begin empty; the others stay as they are."""
    fold: Fold
    """Gives the rows; what it would send is left out."""
    finish: Callable[[Tables], Step] = lambda _: Step()
    """Gives the rows that depend on what was sent."""


async def rebuild(config: StageConfig, plan: Callable[[frozenset[str]], Plan], say: Say, *, new_input: bool) -> None:
    """Compute the tables of every partition of a stage from the records up to its position.

    ``plan`` is asked with the names of the tables that were made anew. ``new_input``: keep the tables as they are, and
    begin where the input, which was made anew or has lost its end, still has records that were not read.

    An interrupted run leaves the stage unable to start until it is run again. Raises RebuildError while workers of the
    stage run, and whatever Kafka and the disk raise.
    """
    group = await _without_members(config, say)
    state, known = await look_up(config)
    was = next((position.state for position in known.values() if position.state), state)
    if state.partitions != was.partitions:
        raise RebuildError(
            f"the topics have {state.partitions} partitions and the state of {config.stage} was made with "
            f"{was.partitions}: records of one key lie in two partitions now. Begin anew under another prefix."
        )
    lost = lost_tables(state, known.values())
    chosen = plan(frozenset(lost))
    for partition in range(state.partitions):
        position = known.get(partition)
        owned = await OwnedPartition.take(config, partition, state)
        try:
            if new_input:
                end = await _end(config, partition)
                await owned.commit(Step(), _first_unread(position, state, end))
                say(f"partition {partition}: goes on from offset {owned.next_offset:,}")
                continue
            upto = position.next_offset if position else group.committed.get(partition, 0)
            await _rebuild(owned, chosen, lost, min(upto, await _end(config, partition)), say)
        finally:
            await owned.release()


async def _without_members(config: StageConfig, say: Say) -> ConsumerGroup:
    """Return the group once it is empty: a worker that was killed is a member for as long as its session lasts."""
    for waited in range(_SESSION_SECONDS):
        group = await asyncio.to_thread(consumer_group, config.cluster, config.group, config.input_topic)
        if not group.members:
            return group
        if not waited:
            say(f"waiting for {group.members} workers of {config.stage} to leave ...")
        await asyncio.sleep(1)
    raise RebuildError(f"{group.members} workers of {config.stage} are running: stop them, then run this again.")


def _first_unread(position: Position | None, state: Belongings, end: int) -> int:
    if position is None or (position.state and position.state.input_id != state.input_id):
        return 0
    return min(position.next_offset, end)


def lost_tables(now: Belongings, known: Iterable[Position]) -> dict[str, str]:
    """Return the tables that were made anew since the state of any partition was made, with the ids that they had."""
    was = [position.state.table_ids for position in known if position.state]
    return {name: ids[name] for name, id_ in now.table_ids.items() for ids in was if ids.get(name, id_) != id_}


async def _rebuild(owned: OwnedPartition, plan: Plan, lost: Mapping[str, str], upto: int, say: Say) -> None:
    final = owned.state
    # With the ids of the lost tables, so that a run after an interruption knows them, too.
    owned.state = final.replace(rebuilding=True, table_ids={**final.table_ids, **lost})
    await owned.commit(Step(), upto)
    for topic in plan.cleared:
        keys = list(owned.tables[topic])
        for at in range(0, len(keys), _ROWS_AT_ONCE):
            await owned.commit(Step({topic: dict.fromkeys(keys[at : at + _ROWS_AT_ONCE])}), upto)
    done = 0
    async for records in _read(owned.config, owned.partition, upto):
        step = fold_each(plan.fold, owned.tables, records)
        await owned.commit(Step(step.changes), upto)
        done = records[-1].offset + 1
        say(f"partition {owned.partition}: {done:,} of {upto:,}")
    owned.state = final
    await owned.commit(plan.finish(owned.tables), upto)
    say(f"partition {owned.partition}: done")


async def _read(config: StageConfig, partition: int, upto: int) -> AsyncIterator[Sequence[Incoming]]:
    """Yield the records of a partition below an offset, in portions."""
    place = TopicPartition(config.input_topic, partition)
    async with _consumer(config) as consumer:
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        while await consumer.position(place) < upto:
            for records in (await consumer.getmany(timeout_ms=200, max_records=config.batch_records)).values():
                if below := [incoming(record) for record in records if record.offset < upto]:
                    yield below


async def _end(config: StageConfig, partition: int) -> int:
    place = TopicPartition(config.input_topic, partition)
    async with _consumer(config) as consumer:
        return int((await consumer.end_offsets([place]))[place])


def _consumer(config: StageConfig) -> Consumer:
    return Consumer(
        **config.cluster.for_client(),
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=8 * 2**20,
        value_deserializer=CutAt(STAGES[config.stage].cut_bytes or STAGES[config.stage].largest_bytes),
    )
