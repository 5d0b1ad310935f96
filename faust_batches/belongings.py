"""What a stage's state belongs to, and whether that is still there: compared at each assignment.

State that does not fit its topics would be believed: a table that was deleted and made anew is empty, so that
everything known would be new again; with more partitions, keys would lie elsewhere.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from faust_batches.decoding import LogUnreadable, rows
from faust_batches.exits import ExitCode, FatalError
from faust_batches.partition import StageConfig
from schemas.position import STATE_FORMATS, Belongings, Position
from schemas.topics import POSITIONS, STAGES, TABLES, Stage
from streams.io.reader import read_all
from streams.io.topic_admin import TopicFacts, topic_facts

log = logging.getLogger("firstseen.worker")


async def look_up(config: StageConfig) -> tuple[Belongings, dict[int, Position]]:
    """Return what the state of a stage belongs to now, and the positions of all partitions.

    Raises FatalError when the topics differ in their partitions, UnreachableError or KafkaError
    when Kafka does not answer.
    """
    topics = (STAGES[config.stage], *TABLES[config.stage])
    facts = await asyncio.to_thread(topic_facts, config.cluster, [topic.full_name(config.prefix) for topic in topics])
    now = belongings(config.stage, config.prefix, facts, config.policy)
    records = await read_all(config.cluster, config.prefix, POSITIONS[config.stage])
    table = rows(records, Position.from_bytes, LogUnreadable(log))
    return now, {int(key): position for key, position in table.items() if key.isdecimal()}


def belongings(stage: Stage, prefix: str, facts: Mapping[str, TopicFacts], policy: Mapping[str, str]) -> Belongings:
    """Return what the state of a stage belongs to now. Raises FatalError when its topics differ in partitions."""
    read = STAGES[stage].full_name(prefix)
    for name, there in facts.items():
        if there.partitions != facts[read].partitions:
            raise FatalError(
                ExitCode.CONFIGURATION,
                f"{name} has {there.partitions} partitions and {read} has {facts[read].partitions}: all must have the "
                "same number. Begin anew under another FIRSTSEEN_PREFIX. Ending.",
            )
    return Belongings(
        input_id=facts[read].id,
        table_ids={topic.name: facts[topic.full_name(prefix)].id for topic in TABLES[stage]},
        partitions=facts[read].partitions,
        format=STATE_FORMATS[stage],
        policy=dict(policy),
    )


def require_match(stage: Stage, now: Belongings, known: Mapping[int, Position]) -> None:
    """Compare what the state belongs to now with what it belonged to. ``known`` are the positions by partition.

    Raises FatalError with one sentence that says what differs, and which command mends it.
    """
    for position in known.values():
        if position.state is not None:
            _require_match(stage, now, position.state)


def _require_match(stage: Stage, now: Belongings, was: Belongings) -> None:
    if was.rebuilding:
        raise FatalError(
            ExitCode.LOST_RECORDS,
            f"`firstseen rebuild {stage}` was interrupted, so that its tables are not whole: run it again. Ending.",
        )
    if was.format != now.format:
        raise FatalError(
            ExitCode.CONFIGURATION,
            f"another version of Firstseen wrote the state of {stage} (format {was.format}, this one reads "
            f"{now.format}): run that version, or compute it again with `firstseen rebuild {stage}`. Ending.",
        )
    if was.partitions != now.partitions:
        raise FatalError(
            ExitCode.CONFIGURATION,
            f"the topics of {stage} have {now.partitions} partitions, and its state was made with {was.partitions}: "
            "keys lie elsewhere now. Begin anew under another FIRSTSEEN_PREFIX. Ending.",
        )
    if was.input_id != now.input_id:
        raise FatalError(
            ExitCode.LOST_RECORDS,
            f"the topic {STAGES[stage].name} was deleted and made anew since {stage} read it. `firstseen rebuild "
            f"{stage} --new-input` keeps what is known and begins at the new topic's first record. Ending.",
        )
    if lost := [name for name, id_ in now.table_ids.items() if was.table_ids.get(name, id_) != id_]:
        raise FatalError(
            ExitCode.LOST_RECORDS,
            f"{', '.join(lost)}: deleted and made anew, so that {stage} would take what is known for new. "
            f"`firstseen rebuild {stage}` computes its tables from {STAGES[stage].name} anew, sending nothing. Ending.",
        )
    if was.policy != now.policy:
        raise FatalError(
            ExitCode.CONFIGURATION,
            f"{_difference(was.policy, now.policy)}. Give every worker of {stage} the setting of its state, or "
            f"`firstseen rebuild {stage}` computes its tables with the new one and sends nothing. Ending.",
        )


def require_position(stage: Stage, partition: int, *, table: str | None, group_offset: int | None) -> None:
    """Refuse to begin at the first record where a position is missing.

    ``table`` names a table of the partition that has rows, ``group_offset`` is what the consumer group has committed.
    """
    if table is None and not group_offset:
        return
    beside = f"rows in {table}" if table else f"a consumer group that read it to {group_offset:,}"
    raise FatalError(
        ExitCode.LOST_RECORDS,
        f"partition {partition} of {POSITIONS[stage].name} has no position beside {beside}: it has lost its rows. "
        f"`firstseen rebuild {stage}` computes the tables from {STAGES[stage].name} again and sends nothing. Ending.",
    )


def _difference(was: Mapping[str, str], now: Mapping[str, str]) -> str:
    names = [name for name in {**was, **now} if was.get(name) != now.get(name)]
    return "; ".join(
        f"{name} is {now.get(name, 'unset')} here and {was.get(name, 'unset')} in the state" for name in names
    )
