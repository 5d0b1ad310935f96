"""A partition without Kafka: its tables are dicts, and a step takes effect when it is recorded. For lanes of Slack."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from rich.console import Console

from faust_batches.partition import OwnedPartition, StageConfig
from faust_batches.step import Step
from schemas.delivery import Delivery
from schemas.quarantine import Quarantined
from schemas.topics import DELIVERIES, OUTBOX, QUARANTINE
from streams.io.destinations import Destinations
from streams.io.kafka_config import KafkaConfig
from streams.io.slack_client import SlackClient
from streams.notify.outbox import enqueue
from tests.support.builders import incoming, tables_of
from tests.support.slack import FakeSlack


async def hasty(seconds: float) -> None:
    """Sleep, a hundred times shorter."""
    await asyncio.sleep(seconds / 100)


class PlainPartition:
    """What survives a crash: the rows that were recorded."""

    partition = 0
    config = StageConfig("slack", KafkaConfig("127.0.0.1:1"), "t", Path())

    def __init__(self) -> None:
        self.tables = tables_of("slack")
        self.quarantined: list[Quarantined] = []
        self._next_offset = 0

    async def record(self, step: Step) -> None:
        await asyncio.sleep(0)  # a commit lets others run
        self.quarantined += (Quarantined.from_bytes(one.value) for one in step.outgoing if one.topic is QUARANTINE)
        for topic, rows in step.changes.items():
            for key, row in rows.items():
                if row is None:
                    self.tables[topic].pop(key, None)
                else:
                    self.tables[topic][key] = type(row).from_bytes(row.to_bytes())

    async def take_in(self, channels: Destinations, deliveries: Iterable[Delivery]) -> None:
        """Do what the agent does with a batch."""
        records = []
        for one in deliveries:
            records.append(incoming(one, topic=DELIVERIES, offset=self._next_offset))
            self._next_offset += 1
        step = enqueue(self.tables, records, channels.is_terminal)
        channels.print_messages(step)
        await self.record(step)
        channels.enqueued(self.partition, step)

    def open(self, channels: Destinations) -> asyncio.Task[None]:
        """Let the lanes run until the task is cancelled."""
        return asyncio.create_task(channels.open(cast("OwnedPartition", self)))

    async def until_empty(self, timeout_seconds: float = 60) -> None:
        async with asyncio.timeout(timeout_seconds):
            while self.tables[OUTBOX]:
                await asyncio.sleep(0.005)


def channels_of(slack: FakeSlack, token: str | None = None, **options: Any) -> Destinations:
    api = SlackClient(token or slack.token, slack.base_url, timeout_seconds=2)
    return Destinations(api, Console(file=io.StringIO()), **{"sleep": hasty, **options})


def deliver_all(partition: PlainPartition, channels: Destinations, *deliveries: Delivery) -> None:
    """Deliver, and return once the outbox is empty."""

    async def whole() -> None:
        lanes = partition.open(channels)
        await partition.take_in(channels, deliveries)
        empty = asyncio.create_task(partition.until_empty())
        await asyncio.wait({lanes, empty}, return_when=asyncio.FIRST_COMPLETED)
        lanes.cancel()
        with suppress(asyncio.CancelledError):
            await lanes
        await empty

    asyncio.run(whole())
