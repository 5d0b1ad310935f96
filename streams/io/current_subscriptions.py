"""Checks with the current subscriptions whether an alert that waited for its digest is still wanted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from places.areas import Areas
from schemas.delivery import Delivery
from schemas.subscription import Subscriber
from schemas.topics import SUBSCRIPTIONS
from streams.dispatch.matching import still_wants
from streams.io.kafka_config import KafkaConfig
from streams.io.live_table import LiveTable

IsWanted = Callable[[Delivery], Awaitable[bool]]


class CurrentSubscriptions:
    """The current subscriptions. They are read when the first delivery is due."""

    def __init__(self, cluster: KafkaConfig, prefix: str, areas: Areas, clock: Callable[[], datetime]) -> None:
        self._table = LiveTable(cluster, prefix, SUBSCRIPTIONS, Subscriber)
        self._areas, self._clock = areas, clock

    async def want(self, delivery: Delivery) -> bool:
        """Whether the destination of a delivery still wants its alert. Raises as :meth:`LiveTable.rows` does."""
        rows = await self._table.rows()
        return still_wants(rows.get(delivery.destination), delivery.alert, self._clock(), self._areas)


async def always(_: Delivery) -> bool:
    """Treat every alert as wanted: the default without subscriptions."""
    return True
