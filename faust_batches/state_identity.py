"""Compares the topics and settings of a worker with the ones that built its state, at each assignment.

Otherwise a worker would use state that does not fit: after a table was deleted and recreated, it would report again
what it has already reported; with another number of partitions, it would not find the rows of its keys.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from aiokafka import TopicPartition

from faust_batches.admin import TopicFacts, admin_client, topic_facts
from faust_batches.config import BatchConfig
from faust_batches.decoding import LogUnreadable, rows
from faust_batches.exits import ExitCode, FatalError
from faust_batches.position import Position, StateIdentity
from faust_batches.reading import open_consumer, read_to_end
from faust_batches.step import Incoming

log = logging.getLogger("faust_batches.worker")


async def read_identity(config: BatchConfig) -> tuple[StateIdentity, dict[int, Position]]:
    """Return the current identity, and the position of each partition.

    Raises FatalError if the topics do not have the same number of partitions; UnreachableError or KafkaError if Kafka
    does not answer; MissingTopicError if a topic is missing.
    """
    facts = await asyncio.to_thread(_facts, config)
    now = current_identity(config, facts)
    return now, await read_positions(config, now.partitions)


def _facts(config: BatchConfig) -> dict[str, TopicFacts]:
    names = [config.input_topic, *(config.topic_name(topic) for topic in config.stored)]
    with admin_client(config.client, config.remedies) as admin:
        return topic_facts(admin, names, config.remedies)


async def read_positions(config: BatchConfig, partitions: int) -> dict[int, Position]:
    """Return the position of each partition that has one. Raises UnreachableError or KafkaError."""
    name = config.topic_name(config.positions)
    table_partitions = [TopicPartition(name, partition) for partition in range(partitions)]
    records: list[Incoming] = []
    async with open_consumer(config.client(), fetch_max_wait_ms=100) as consumer:
        consumer.assign(table_partitions)
        async for _, fetched in read_to_end(consumer, await consumer.end_offsets(table_partitions)):
            records += (Incoming.of(record) for record in fetched if record.transactional)
    records.sort(key=lambda record: (record.partition, record.offset))
    table = rows(records, Position.from_bytes, LogUnreadable(log))
    return {int(key): position for key, position in table.items() if key.isdecimal()}


def current_identity(config: BatchConfig, facts: Mapping[str, TopicFacts]) -> StateIdentity:
    """Return the current identity. ``facts``: the facts of all topics, by full name.

    Raises FatalError if the topics do not have the same number of partitions.
    """
    input_facts = facts[config.input_topic]
    for name, topic in facts.items():
        if topic.partitions != input_facts.partitions:
            raise FatalError(
                ExitCode.CONFIGURATION,
                f"{name} has {topic.partitions} partitions and {config.input_topic} has {input_facts.partitions}: all "
                f"must have the same number. {config.remedies.new_names} Exiting.",
            )
    return StateIdentity(
        input_id=input_facts.id,
        table_ids={topic.name: facts[config.topic_name(topic)].id for topic in config.stored},
        partitions=input_facts.partitions,
        format=config.state_format,
        policy=dict(config.policy),
    )


def require_match(config: BatchConfig, now: StateIdentity, positions: Mapping[int, Position]) -> None:
    """Compare the current identity with the one in the position of each partition.

    Raises FatalError if they differ. The message names the difference and the command that repairs it.
    """
    for position in positions.values():
        _require_format(config, position)
        if position.state is not None:
            _require_same(config, now, position.state)


def _require_format(config: BatchConfig, position: Position) -> None:
    if position.format == config.state_format:
        return
    formats = f"the state of {config.name} (format {position.format}, this version reads {config.state_format})"
    if position.format < config.state_format:
        why = f"{config.remedies.earlier_version} wrote {formats}. {config.remedies.upgrade}"
    else:
        why = f"{config.remedies.later_version} wrote {formats}: run that version."
    raise FatalError(ExitCode.CONFIGURATION, f"{why} Exiting.")


def _require_same(config: BatchConfig, now: StateIdentity, before: StateIdentity) -> None:
    name, remedies = config.name, config.remedies
    if before.rebuilding:
        raise FatalError(
            ExitCode.LOST_RECORDS,
            f"{remedies.rebuild} was interrupted, so that its tables are incomplete: run it again. Exiting.",
        )
    if before.partitions != now.partitions:
        raise FatalError(
            ExitCode.CONFIGURATION,
            f"the topics of {name} have {now.partitions} partitions, and its state was made with {before.partitions}: "
            f"keys are in other partitions now. {remedies.new_names} Exiting.",
        )
    if before.input_id != now.input_id:
        raise FatalError(
            ExitCode.LOST_RECORDS,
            f"the topic {config.input_topic} was deleted and recreated since {name} read it. {remedies.new_input} "
            "keeps the state and starts at the first record of the new topic. Exiting.",
        )
    if lost := [table for table, id_ in now.table_ids.items() if before.table_ids.get(table, id_) != id_]:
        raise FatalError(
            ExitCode.LOST_RECORDS,
            f"{', '.join(lost)}: deleted and recreated, so that {name} would report again what it has already "
            f"reported. {remedies.rebuild} recomputes its tables from {config.input_topic} and sends nothing. Exiting.",
        )
    if before.policy != now.policy:
        raise FatalError(
            ExitCode.CONFIGURATION,
            f"{_difference(before.policy, now.policy)}. Give every worker of {name} the setting of its state, or "
            f"recompute its tables with the new one: {remedies.rebuild} sends nothing. Exiting.",
        )


def _difference(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    names = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    return "; ".join(
        f"{name} is {now.get(name, 'unset')} here and {before.get(name, 'unset')} in the state" for name in names
    )
