"""Changes subscriptions, one change at a time: two writers in one process would fence each other."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from faust_batches.decoding import LogUnreadable
from schemas.subscription import Subscriber
from streams.dispatch.subscribers import SubscriberRows
from streams.io.config_writer import write_subscribers
from streams.io.kafka_config import KafkaConfig

_log = logging.getLogger(__name__)


class SubscriptionWriter:
    """The only writer of subscriptions in this process."""

    def __init__(self, cluster: KafkaConfig, prefix: str) -> None:
        self._cluster, self._prefix = cluster, prefix
        self._unreadable = LogUnreadable(_log)
        self._writing = asyncio.Lock()

    async def write(self, plan: Callable[[Mapping[str, Subscriber]], SubscriberRows]) -> SubscriberRows:
        """Write the rows that ``plan`` returns, and return them. Raises as :func:`write_subscribers` does."""
        async with self._writing:
            return await write_subscribers(self._cluster, self._prefix, plan, self._unreadable)
