"""aiokafka's consumer that also reads malformed batches, stops while a broker is down, and reports a dead fetcher."""

from __future__ import annotations

import asyncio
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CorruptRecordException, KafkaError

import faust_batches.record_batches  # noqa: F401 - replaces aiokafka's readers of record batches


class Consumer(AIOKafkaConsumer):  # type: ignore[misc]  # it has no types
    """A consumer that can be stopped while a broker is down.

    aiokafka 0.14 cancels its fetches when it stops. A fetch that is waiting for a retry then raises CancelledError, as
    if the caller had been cancelled. A worker that is acquiring partitions would end up without any and log nothing.
    """

    @property
    def has_ended(self) -> bool:
        """Whether the fetching task has ended. aiokafka then returns no records, forever."""
        return bool(self._fetcher.error_future.done())

    async def getmany(self, *partitions: Any, **options: Any) -> Any:
        """Return records as aiokafka does. Raises KafkaError if the fetching task has ended."""
        try:
            records = await super().getmany(*partitions, **options)
        except CorruptRecordException:
            return {}  # the batch is fetched again
        if not records and self.has_ended:
            raise KafkaError("the connection is lost permanently")
        return records

    def stable_end_and_position(self, tp: TopicPartition) -> tuple[int, int] | None:
        """Return the last stable offset as of the last fetch, and the next offset to fetch; None before it."""
        assignment = self._subscription.subscription and self._subscription.subscription.assignment
        if not assignment or tp not in assignment.tps:
            return None
        state = assignment.state_value(tp)
        return (state.lso, state.position) if state.lso is not None and state.has_valid_position else None

    def leave_group_on_stop(self) -> None:
        """Make :meth:`stop` leave the group. Without this call, aiokafka keeps a static member in it."""
        self._coordinator._group_instance_id = None  # noqa: SLF001

    async def stop(self) -> None:
        """Leave the group, if any, and close all connections."""
        try:
            await super().stop()
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task and task.cancelling():
                raise
            await self._client.close()
