"""aiokafka's consumer: it reads any client's records, ends when asked to, and says when it has ended by itself."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CorruptRecordException, KafkaError

from faust_batches.record_batches import Fetched
from faust_batches.step import Incoming
from schemas.topics import TABLES

_EPOCH = datetime.fromtimestamp(0, UTC)
_EARLIEST_MS = int((datetime.min.replace(tzinfo=UTC) - _EPOCH).total_seconds()) * 1000
_LATEST_MS = int((datetime.max.replace(tzinfo=UTC, microsecond=0) - _EPOCH).total_seconds()) * 1000


class Consumer(AIOKafkaConsumer):  # type: ignore[misc]  # it has no types
    """A consumer that can be stopped while a broker is away.

    aiokafka 0.14 cancels its fetches then, and one that waits before it asks again answers with a CancelledError of its
    own, which would look as if the caller had been cancelled: a worker that takes its partitions would own nothing and
    say nothing.
    """

    @property
    def has_ended(self) -> bool:
        """Whether its task that fetches is dead: aiokafka then says for ever that there is nothing."""
        return bool(self._fetcher.error_future.done())

    async def getmany(self, *partitions: Any, **options: Any) -> Any:
        """Return records as aiokafka does. Raises KafkaError when none can come any more."""
        try:
            records = await super().getmany(*partitions, **options)
        except CorruptRecordException:
            return {}  # it is fetched again
        if not records and self.has_ended:
            raise KafkaError("the connection is lost for good")
        return records

    def stable_end_and_position(self, tp: TopicPartition) -> tuple[int, int] | None:
        """Return the last stable offset of the last fetch, and the offset that is fetched next; None before it."""
        assignment = self._subscription.subscription and self._subscription.subscription.assignment
        if not assignment or tp not in assignment.tps:
            return None
        state = assignment.state_value(tp)
        return (state.lso, state.position) if state.lso is not None and state.has_valid_position else None

    def leave_at_the_end(self) -> None:
        """Leave the group in :meth:`stop`: aiokafka keeps a static member in it, for it may come back."""
        self._coordinator._group_instance_id = None  # noqa: SLF001

    async def stop(self) -> None:
        """Leave the group, if there is one, and close all connections."""
        try:
            await super().stop()
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task and task.cancelling():
                raise
            await self._client.close()


def incoming(record: Fetched) -> Incoming:
    """Return a record as folds take it. A timestamp beyond the calendar, which Kafka allows, is its nearest end."""
    milliseconds = min(max(record.timestamp, _EARLIEST_MS), _LATEST_MS)
    return Incoming(
        record.topic,
        record.partition,
        record.offset,
        _EPOCH + timedelta(milliseconds=milliseconds),
        record.key,
        record.value,
        record.headers,
        record.size,
        record.sha256,
        record.unreadable,
    )


_TABLE_NAMES = frozenset(topic.name for topics in TABLES.values() for topic in topics)


def counts(record: Fetched) -> bool:
    """Whether readers may believe a record: a row of a stage's table comes out of a transaction, as all of ours do."""
    return record.transactional or record.topic.rsplit(".", 2)[-2] not in _TABLE_NAMES
