"""All destinations of a worker: prints messages on the terminal, and opens the queues that send the others.

The queues of a partition (:mod:`streams.io.partition_queues`) live as long as its worker owns it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from typing import Any

from rich.console import Console

from faust_batches.decoding import error_summary
from faust_batches.owned_partition import OwnedPartition
from faust_batches.step import Step
from schemas.delivery import Via, via_of
from schemas.topics import OUTBOX
from streams.io.clock import now
from streams.io.current_subscriptions import IsWanted, always
from streams.io.map_renderer import MapRenderer
from streams.io.partition_queues import PartitionQueues
from streams.io.retry import Sleep
from streams.io.senders import Clock, Sender, Senders
from streams.io.slack_client import SlackClient
from streams.io.slack_sender import SlackOptions, SlackSender
from streams.io.terminal import print_line, print_message

log = logging.getLogger(__name__)


class Destinations:
    """All destinations: the terminal, the channels of one Slack workspace, and those of the other senders."""

    def __init__(
        self,
        slack: SlackClient | None,
        console: Console,
        *,
        others: Mapping[Via, Sender] | None = None,
        options: SlackOptions | None = None,
        clock: Clock = now,
        sleep: Sleep = asyncio.sleep,
        is_wanted: IsWanted = always,
        brief: bool = False,
    ) -> None:
        """``slack`` None: no token; ``others``: senders by channel type; ``brief``: one line for a message.

        ``is_wanted``: asked before the first message of an alert that waited for its time.
        """
        self._slack, self._console, self._others = slack, console, others or {}
        self._options, self._clock, self._sleep = options or SlackOptions(), clock, sleep
        self._is_wanted = is_wanted
        self._print = print_line if brief else print_message
        self._renderer = MapRenderer()
        self._partitions: dict[int, PartitionQueues] = {}

    def is_terminal(self, destination: str) -> bool:
        """Whether messages to a destination go to the terminal: also if its token, secret or address is not set."""
        via = via_of(destination)
        if via == "slack":
            return self._slack is None
        sender = self._others.get(via)
        return sender is None or not sender.serves(destination)

    def print_messages(self, step: Step) -> None:
        """Print the messages of a step on the terminal. A message that cannot be printed is logged."""
        if self._console.quiet:
            return
        for message in step.shown:
            try:
                self._print(message, self._options.page, self._console)
            except SystemExit:  # rich ends a process whose output nothing reads
                log.warning("Nothing reads the terminal's output any more: from now on messages there are not shown")
                return
            except Exception as error:  # noqa: BLE001 - a defect here must not stop the other deliveries
                alert_id = message.delivery.alert.alert_id
                log.error("Alert %s was not printed (%s)", alert_id, error_summary(error))  # noqa: TRY400 - in one line

    def open(self, partition: OwnedPartition) -> Coroutine[None, None, None]:
        """Return the coroutine that sends the outbox of a partition until it is cancelled."""
        slack = SlackSender(self._slack, self._renderer, self._options, self._sleep) if self._slack else None
        senders = Senders(slack, self._others, self._clock, self._sleep, self._options.page, self._is_wanted)
        queues = PartitionQueues(partition, senders)
        self._partitions[partition.partition] = queues
        return self._run(partition.partition, queues)

    async def _run(self, partition: int, queues: PartitionQueues) -> None:
        try:
            async with self._renderer.running():
                await queues.run()
        finally:
            if self._partitions.get(partition) is queues:
                del self._partitions[partition]

    def enqueued(self, partition: int, step: Step) -> None:
        """Hand the committed new rows of the outbox to their queues."""
        if queues := self._partitions.get(partition):
            rows: Mapping[str, Any] = step.changes.get(OUTBOX, {})
            queues.add(rows.items())
