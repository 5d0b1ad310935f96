"""A partition without Kafka, for tests of destinations: its tables are dicts, and a commit changes them."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, cast

from rich.console import Console

from faust_batches.folding import fold_all
from faust_batches.owned_partition import OwnedPartition
from faust_batches.step import Step
from schemas.delivery import Delivery
from schemas.quarantine import Quarantined
from schemas.topics import DELIVERIES, OUTBOX, QUARANTINE
from streams.io.destinations import Destinations
from streams.io.kafka_config import KafkaConfig
from streams.io.slack_client import SlackClient
from streams.io.stage_config import StageConfig
from streams.notify.outbox import enqueue
from tests.support.builders import apply, incoming, tables_of
from tests.support.slack import FakeSlack
from tests.support.waiting import PATIENCE_SECONDS


async def short_sleep(seconds: float) -> None:
    """Sleep for a hundredth of the time."""
    await asyncio.sleep(seconds / 100)


class PlainPartition:
    """The committed rows: what survives a crash."""

    partition = 0
    config = StageConfig("slack", KafkaConfig("127.0.0.1:1"), "t", Path()).batches()

    def __init__(self) -> None:
        self.tables = tables_of("slack")
        self.quarantined: list[Quarantined] = []
        self._next_offset = 0

    async def commit_between_batches(self, step: Step) -> None:
        await asyncio.sleep(0)  # other tasks run during a commit
        self.quarantined += (
            Quarantined.from_bytes(record.value) for record in step.outgoing if record.topic is QUARANTINE
        )
        apply(step, self.tables)

    async def confirm_ownership(self) -> None:
        """Return at once: no other process owns this partition."""

    async def take_in(self, destinations: Destinations, deliveries: Iterable[Delivery]) -> None:
        """Process deliveries as the agent processes a batch."""
        records = []
        for delivery in deliveries:
            records.append(incoming(delivery, topic=DELIVERIES, offset=self._next_offset))
            self._next_offset += 1
        for step in fold_all(partial(enqueue, is_terminal=destinations.is_terminal), self.tables, records):
            destinations.print_messages(step)
            await self.commit_between_batches(step)
            destinations.enqueued(self.partition, step)

    def open(self, destinations: Destinations) -> asyncio.Task[None]:
        """Send the outbox until the task is cancelled."""
        return asyncio.create_task(destinations.open(cast("OwnedPartition", self)))

    async def until_empty(self, timeout_seconds: float = PATIENCE_SECONDS) -> None:
        async with asyncio.timeout(timeout_seconds):
            while self.tables[OUTBOX]:
                await asyncio.sleep(0.005)


def destinations_of(
    slack: FakeSlack, token: str | None = None, timeout_seconds: int = int(PATIENCE_SECONDS), **options: Any
) -> Destinations:
    api = SlackClient(token or slack.token, slack.base_url, timeout_seconds=timeout_seconds)
    return Destinations(api, Console(file=io.StringIO()), **{"sleep": short_sleep, **options})


def deliver_all(partition: PlainPartition, destinations: Destinations, *deliveries: Delivery) -> None:
    """Send deliveries, and return once the outbox is empty."""

    async def whole() -> None:
        sending = partition.open(destinations)
        await partition.take_in(destinations, deliveries)
        empty = asyncio.create_task(partition.until_empty())
        await asyncio.wait({sending, empty}, return_when=asyncio.FIRST_COMPLETED)
        sending.cancel()
        with suppress(asyncio.CancelledError):
            await sending
        await empty

    asyncio.run(whole())
