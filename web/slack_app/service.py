"""What Slack's commands need of the rest of Firstseen, from Kafka and from the view that the page is served from."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from faust_batches.decoding import LogUnreadable, decoded
from places.areas import Areas
from schemas.alert import AlertEvent
from schemas.subscription import Subscriber
from schemas.topics import ALERTS
from streams.dispatch.subscribers import SubscriberRows
from streams.io.clock import now
from streams.io.config_writer import SubscriptionLimitError, read_groups, read_subscribers, write_subscribers
from streams.io.kafka_config import KafkaConfig
from streams.io.reader import read_all
from streams.similar_names import Names
from web.slack_app.commands import Reply
from web.state.alert_log import AlertView
from web.state.presence import PresenceView

_log = logging.getLogger(__name__)


class SlackService:
    """One installation. Raises as its readers and writers do when Kafka does not answer."""

    def __init__(
        self, cluster: KafkaConfig, prefix: str, view: AlertView, presence: PresenceView, areas: Areas
    ) -> None:
        self.areas = areas
        self._cluster, self._prefix, self._view, self._presence = cluster, prefix, view, presence
        self._unreadable = LogUnreadable(_log)
        self._writing = asyncio.Lock()
        """Two writers of one process would fence each other off."""

    async def decide(
        self, channel: str, decide: Callable[[Subscriber | None], tuple[Subscriber | None, Reply]]
    ) -> Reply:
        """Change the row of a channel, with no other change between reading and writing it, and return the answer."""
        replies: list[Reply] = []

        def plan(known: Mapping[str, Subscriber]) -> SubscriberRows:
            before = known.get(channel)
            after, reply = decide(before)
            replies.append(reply)
            return {} if after == before else {channel: after}

        async with self._writing:
            try:
                await write_subscribers(self._cluster, self._prefix, plan, self._unreadable)
            except SubscriptionLimitError as error:
                return Reply(f"Nothing was changed: {error}")
        return replies[-1]

    async def subscriber(self, channel: str) -> Subscriber | None:
        """Return the row of a channel."""
        return (await read_subscribers(self._cluster, self._prefix, self._unreadable)).get(channel)

    async def group_names(self) -> Names:
        """Return every name of every group that is registered, and of those that sightings name."""
        groups = await read_groups(self._cluster, self._prefix, self._unreadable)
        registered = (name for group in groups for name in group.all_names)
        return Names((*registered, *sorted(self._presence.groups())))

    async def alerts(self) -> Sequence[AlertEvent]:
        """Return the whole log of alerts, in the order of arrival."""
        log = await read_all(self._cluster, self._prefix, ALERTS)
        log.sort(key=lambda record: record.arrived)
        return [event for _, event in decoded(log, AlertEvent.from_bytes, self._unreadable)]

    def alert(self, beginning: str) -> Sequence[AlertEvent]:
        """Return the events of all alerts whose id begins so."""
        return self._view.of(beginning)

    def now(self) -> datetime:
        """Return the time, UTC."""
        return now()
