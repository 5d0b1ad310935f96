"""Recomputes the tables of a worker from the input that it has processed. Writes no other topic."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial

from aiokafka import TopicPartition

from faust_batches.admin import COORDINATOR_STARTS, ConsumerGroup, admin_client, consumer_group
from faust_batches.config import BatchConfig
from faust_batches.folding import fold_all, fold_each
from faust_batches.kafka_consumer import Consumer
from faust_batches.owned_partition import OwnedPartition
from faust_batches.position import Position, StateIdentity
from faust_batches.reading import open_consumer, read_to_end
from faust_batches.record_batches import TruncateValues
from faust_batches.state_identity import read_identity
from faust_batches.step import Fold, Incoming, Step, Tables, Topic

_CLEARED_AT_ONCE = 2000

_SESSION_SECONDS = 45
"""Longer than the session of a member that was killed."""


class RebuildError(RuntimeError):
    """The tables cannot be recomputed now. The message gives the reason and the remedy."""


Report = Callable[[str], None]
"""Receives a line about the progress."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How the tables are recomputed."""

    cleared: tuple[Topic, ...]
    """The tables to clear first; the others keep their rows."""
    fold: Fold
    """Computes the rows. Its outputs are discarded."""
    finish: Callable[[Tables], Step] = lambda _: Step()
    """Computes the rows that depend on discarded outputs, after all records of a partition were folded."""
    summary: Callable[[], Sequence[str]] = tuple
    """Returns lines to report at the end."""


async def rebuild(
    config: BatchConfig, plan: Callable[[frozenset[str]], Plan], report: Report, *, new_input: bool
) -> None:
    """Recompute the tables of every partition from the records before its position.

    ``plan`` receives the names of the tables that were recreated. ``new_input``: keep the tables, and continue at the
    first unprocessed record of an input topic that was recreated or truncated.

    A record that is processed in pieces starts again from its first piece if it was unfinished, so that the output of
    its earlier pieces is written again.

    If the rebuild is interrupted, the worker does not start until it has run again. Raises RebuildError while workers
    of the group are running, KafkaError, UnreachableError or MissingTopicError, and StoreError if the disk fails.
    """
    group = await wait_until_group_is_empty(config, report)
    state, positions = await read_identity(config)
    before = next((position.state for position in positions.values() if position.state), state)
    if state.partitions != before.partitions:
        raise RebuildError(
            f"the topics have {state.partitions} partitions, but the state of {config.name} was made with "
            f"{before.partitions}: keys are in other partitions now. {config.remedies.new_names}"
        )
    lost = lost_tables(state, positions.values())
    chosen = plan(frozenset(lost))
    if not new_input:
        for partition in range(state.partitions):
            require_records(config, partition, positions.get(partition), *await _range(config, partition))
    for partition in range(state.partitions):
        owned = await OwnedPartition.acquire(config, partition, state)
        try:
            # Only now, because a worker that was starting may have committed until it was fenced.
            position, (begin, end) = owned.position, await _range(config, partition)
            if new_input:
                exceeds_input = owned.state.exceeds_input or exceeds(position, state, end)
                owned.state = owned.state.replace(exceeds_input=exceeds_input)
                await owned.commit(Step(), first_unread(position, state, begin, end))
                report(f"partition {partition}: continues at offset {owned.next_offset:,}")
                continue
            processed = position.next_offset if position else group.committed.get(partition, 0)
            await _rebuild(owned, chosen, lost, min(processed, end), report)
        finally:
            await owned.release()
    for line in chosen.summary():
        report(line)


async def wait_until_group_is_empty(config: BatchConfig, report: Report) -> ConsumerGroup:
    """Return the group once it has no members; a killed worker stays a member until its session expires.

    Raises RebuildError if it still has members after that time, UnreachableError if Kafka does not answer.
    """
    for seconds in range(_SESSION_SECONDS):
        group = await asyncio.to_thread(_group, config)
        if group and not group.members:
            return group
        if group and not seconds:
            report(f"waiting for {group.members} workers of {config.name} to stop ...")
        await asyncio.sleep(1)
    if group is None:
        raise RebuildError(f"Kafka does not say whether workers of {config.name} are running: run this again.")
    raise RebuildError(f"{group.members} workers of {config.name} are running: stop them, then run this again.")


def require_records(config: BatchConfig, partition: int, position: Position | None, begin: int, end: int) -> None:
    """Raise RebuildError if an input partition, which has records ``begin`` to ``end``, lacks processed ones."""
    remedy = "Restore its data, then run this again"
    if begin:
        lost = f"begins at {begin:,}: Kafka has removed earlier records"
    elif position and position.state and position.state.exceeds_input:
        lost, remedy = "lacks records that were read before they were lost", config.remedies.new_names.rstrip(".")
    elif position and end < position.next_offset:
        lost = f"ends at {end:,} and was read to {position.next_offset:,}: Kafka has lost records"
        remedy += f"; or keep the tables: {config.remedies.new_input}"
    else:
        return
    result = f"so the tables of {config.name} cannot be recomputed from it"
    raise RebuildError(f"{config.input_topic}, partition {partition}, {lost}, {result}. {remedy}.")


def exceeds(position: Position | None, state: StateIdentity, end: int) -> bool:
    """Whether records were processed that the input, which ends at ``end``, does not have."""
    if position is None or not position.next_offset:
        return False
    return end < position.next_offset or _is_of_another_input(position, state)


def first_unread(position: Position | None, state: StateIdentity, begin: int, end: int) -> int:
    """Return the offset at which a new input continues that has the records from ``begin`` to before ``end``."""
    if position is None or _is_of_another_input(position, state):
        return begin
    return max(begin, min(position.next_offset, end))


def _is_of_another_input(position: Position, state: StateIdentity) -> bool:
    return position.state is not None and position.state.input_id != state.input_id


def lost_tables(now: StateIdentity, positions: Iterable[Position]) -> dict[str, str]:
    """Return the names and former topic ids of the tables that were recreated since the state was made."""
    before = [position.state.table_ids for position in positions if position.state]
    return {name: ids[name] for name, id_ in now.table_ids.items() for ids in before if ids.get(name, id_) != id_}


async def _rebuild(owned: OwnedPartition, plan: Plan, lost: Mapping[str, str], end: int, report: Report) -> None:
    final = owned.state
    # Keep the former ids of lost tables, so that the next run recognises them if this one is interrupted.
    owned.state = final.replace(rebuilding=True, table_ids={**final.table_ids, **lost})
    await owned.commit(Step(), end)
    for topic in plan.cleared:
        keys = list(owned.tables[topic])
        for at in range(0, len(keys), _CLEARED_AT_ONCE):
            await owned.commit(Step({topic: dict.fromkeys(keys[at : at + _CLEARED_AT_ONCE])}), end)
    done = 0
    async for records in _read(owned.config, owned.partition, end):
        for step in fold_all(partial(fold_each, plan.fold), owned.tables, records):
            await owned.commit(Step(step.changes), end)
        done = records[-1].offset + 1
        report(f"partition {owned.partition}: {done:,} of {end:,}")
    owned.state = final
    await owned.commit(plan.finish(owned.tables), end)
    report(f"partition {owned.partition}: done")


async def _read(config: BatchConfig, partition: int, end: int) -> AsyncIterator[Sequence[Incoming]]:
    """Yield the records of a partition before an offset, in batches."""
    input_partition = TopicPartition(config.input_topic, partition)
    async with _consumer(config) as consumer:
        consumer.assign([input_partition])
        await consumer.seek_to_beginning(input_partition)
        async for _, records in read_to_end(consumer, {input_partition: end}, max_records=config.batch_records):
            if below := [Incoming.of(record) for record in records if record.offset < end]:
                yield below


async def _range(config: BatchConfig, partition: int) -> tuple[int, int]:
    """Return the first offset of an input partition, and the offset after its last record."""
    place = TopicPartition(config.input_topic, partition)
    async with _consumer(config) as consumer:
        begins, ends = await consumer.beginning_offsets([place]), await consumer.end_offsets([place])
        return begins[place], ends[place]


def _consumer(config: BatchConfig) -> AbstractAsyncContextManager[Consumer]:
    return open_consumer(config.client(), value_deserializer=TruncateValues(config.input_bytes))


def _group(config: BatchConfig) -> ConsumerGroup | None:
    """Return the group; None if Kafka does not know it yet, as in the first seconds of a broker."""
    with admin_client(config.client, config.remedies) as admin:
        try:
            return consumer_group(admin, config.group, config.input_topic)
        except COORDINATOR_STARTS:
            return None
