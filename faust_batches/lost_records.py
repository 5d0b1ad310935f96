"""Rules that decide that Kafka has lost or removed records that a worker needs. The worker then exits."""

from __future__ import annotations

from aiokafka import TopicPartition

from faust_batches.config import BatchConfig
from faust_batches.exits import ExitCode, FatalError


def require_position(config: BatchConfig, partition: int, *, table: str | None, group_offset: int | None) -> None:
    """Raise FatalError if a partition without a position has been processed before.

    ``table`` names a table of the partition that has rows. ``group_offset`` is the offset that the consumer group has
    committed. If there is either, the row of the position was lost.
    """
    if table is None and not group_offset:
        return
    evidence = f"rows in {table}" if table else f"offsets of a consumer group that read it to {group_offset:,}"
    raise FatalError(
        ExitCode.LOST_RECORDS,
        f"partition {partition} of {config.positions.name} has no position, but there are {evidence}: it has lost its "
        f"rows. {config.remedies.rebuild} recomputes the tables from {config.input_topic} and sends nothing. Exiting.",
    )


def require_input(config: BatchConfig, partition: int, position: int, read_to: int, begin: int, end: int) -> None:
    """Raise FatalError if Kafka has lost processed records of an input partition, or has removed unprocessed ones.

    A consumer would then continue at the first record that is left, without an error. ``position``: the next offset to
    process. ``read_to``: the next offset to read, which is higher if only transaction markers are in between. ``begin``
    and ``end``: the first offset of the partition, and the offset after its last record.
    """
    if end < position:
        found = f"ends at {end:,} and was read to {position:,}: Kafka has lost records"
    elif begin > max(position, read_to):
        found = f"begins at {begin:,} and was read to {position:,}: Kafka has removed records that were not read"
    else:
        return
    raise FatalError(
        ExitCode.LOST_RECORDS,
        f"{config.input_topic}, partition {partition}, {found}. Restore its data, or continue without them: "
        f"{config.remedies.new_input}. Exiting.",
    )


def require_rows(config: BatchConfig, tp: TopicPartition, position: int, begin: int) -> None:
    """Raise FatalError if Kafka has removed rows at or after a position. Compaction alone does not move the begin."""
    if begin > position:
        raise FatalError(
            ExitCode.LOST_RECORDS,
            f"{tp.topic}, partition {tp.partition}, begins at {begin:,}: Kafka has removed rows, as it does if "
            "cleanup.policy is not compact. Restore its data; or delete the topic, "
            f"{config.remedies.recreate}, and run {config.remedies.rebuild}. Exiting.",
        )
