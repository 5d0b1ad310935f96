"""aiokafka's consumer, which ends when it is asked to, and tells when it has ended by itself."""

from __future__ import annotations

import asyncio
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError


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
        records = await super().getmany(*partitions, **options)
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
