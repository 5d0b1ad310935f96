"""aiokafka's consumer, with an end."""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaConsumer


class Consumer(AIOKafkaConsumer):  # type: ignore[misc]  # it has no types
    """A consumer that can be stopped while a broker is away.

    aiokafka 0.14 cancels its fetches then, and one that waits before it asks again answers with a CancelledError of its
    own, which would look as if the caller had been cancelled: a worker that takes its partitions would own nothing and
    say nothing.
    """

    async def stop(self) -> None:
        """Leave the group, if there is one, and close all connections."""
        try:
            await super().stop()
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task and task.cancelling():
                raise
            await self._client.close()
