"""Deliver: show on the console or post to Slack, and try until it is settled, as :mod:`streams.slack` decides."""

from __future__ import annotations

import asyncio
import logging

from rich.console import Console

from schemas.delivery import CONSOLE, Delivery, LedgerEntry
from streams.runtime.console import show
from streams.runtime.slack_api import SlackApi
from streams.slack.ledger import Again, Settle, entry, next_step
from streams.slack.message import Message, render

log = logging.getLogger(__name__)


class Channels:
    """All destinations: the terminal, and with a token the channels of one workspace."""

    def __init__(self, slack: SlackApi | None, console: Console) -> None:
        self._slack, self._console = slack, console

    async def deliver(self, delivery: Delivery) -> LedgerEntry:
        """Return what became of a delivery once it is settled, however long that takes.

        Without a token every destination is shown on the console, so that a first run needs no Slack.
        """
        if self._slack is None or delivery.destination == CONSOLE:
            if not self._console.quiet:
                show(render(delivery), self._console)
            return entry(delivery, Settle("sent"), via="console", attempts=1)
        settled, attempts = await _post(self._slack, delivery.destination, render(delivery))
        return entry(delivery, settled, via="slack", attempts=attempts)


async def _post(slack: SlackApi, channel: str, message: Message) -> tuple[Settle, int]:
    attempts = 0
    while True:
        attempts += 1
        match next_step(await slack.post(channel, message), attempts):
            case Settle() as settled:
                if settled.error:
                    log.warning("Slack refused a message to %s for good (try %d): %s", channel, attempts, settled.error)
                return settled, attempts
            case Again(seconds, error):
                log.warning("No message to %s yet (try %d, next in %g s): %s", channel, attempts, seconds, error)
                await asyncio.sleep(seconds)
