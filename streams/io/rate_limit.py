"""At most one post a second to each channel: Slack and Teams throttle faster ones."""

from __future__ import annotations

import asyncio

from streams.io.retry import Sleep
from streams.notify.ledger import SHORTEST_WAIT_SECONDS


class RateLimit:
    """The times of the next posts, by channel."""

    def __init__(self, sleep: Sleep) -> None:
        self._sleep = sleep
        self._next_post_at: dict[str, float] = {}

    async def wait_for_turn(self, channel: str) -> None:
        """Return when a channel may get its next post."""
        loop = asyncio.get_running_loop()
        at = max(self._next_post_at.get(channel, 0.0), loop.time())
        self._next_post_at[channel] = at + SHORTEST_WAIT_SECONDS
        if (wait := at - loop.time()) > 0:
            await self._sleep(wait)
