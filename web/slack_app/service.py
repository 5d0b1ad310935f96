"""Data that Slack commands read and change: subscriptions and groups in Kafka, alerts in the history database."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

from faust_batches.decoding import LogUnreadable
from history.alerts import events_since, events_with_prefix
from history.episodes import groups_on_record
from places.areas import Areas
from schemas.alert import AlertEvent
from schemas.subscription import Subscriber
from streams.dispatch.subscribers import SubscriberRows
from streams.io.clock import now
from streams.io.config_writer import SubscriptionLimitError, read_groups, read_subscribers
from streams.io.kafka_config import KafkaConfig
from streams.notify.spans import line
from streams.similar_names import Names
from web.slack_app.replies import Reply, reply
from web.state.queries import Queries
from web.state.subscription_writer import SubscriptionWriter

_log = logging.getLogger(__name__)


class SlackService:
    """The data of one installation. Methods that read or write Kafka raise as its readers and writers do."""

    def __init__(
        self, cluster: KafkaConfig, prefix: str, queries: Queries, areas: Areas, writer: SubscriptionWriter
    ) -> None:
        """``areas``: the areas that a filter may name."""
        self.areas = areas
        self._cluster, self._prefix, self._queries = cluster, prefix, queries
        self._writer = writer
        self._unreadable = LogUnreadable(_log)

    async def decide(
        self, channel: str, decide: Callable[[Subscriber | None], tuple[Subscriber | None, Reply]]
    ) -> Reply:
        """Change a channel's row atomically: ``decide`` gets the row and returns the new one and the reply."""
        replies: list[Reply] = []

        def plan(known: Mapping[str, Subscriber]) -> SubscriberRows:
            before = known.get(channel)
            after, reply = decide(before)
            replies.append(reply)
            return {} if after == before else {channel: after}

        try:
            await self._writer.write(plan)
        except SubscriptionLimitError as error:
            return reply(line(f"Nothing was changed: {error}"))
        return replies[-1]

    async def subscriber(self, channel: str) -> Subscriber | None:
        """Return the row of a channel."""
        return (await read_subscribers(self._cluster, self._prefix, self._unreadable)).get(channel)

    async def subscribers(self) -> list[Subscriber]:
        """Return the rows of all destinations."""
        return list((await read_subscribers(self._cluster, self._prefix, self._unreadable)).values())

    async def group_names(self) -> Names:
        """Return all names of registered groups, and the names of groups in sightings."""
        groups = await read_groups(self._cluster, self._prefix, self._unreadable)
        registered = (name for group in groups for name in group.all_names)
        return Names((*registered, *await self._queries.ask(groups_on_record)))

    async def alerts(self) -> Sequence[AlertEvent]:
        """Return all alert events, in order of arrival."""
        return await self._queries.ask(events_since)

    async def alerts_with_prefix(self, prefix: str) -> Sequence[AlertEvent]:
        """Return the events of all alerts whose id starts with a prefix."""
        return await self._queries.ask(partial(events_with_prefix, prefix=prefix))

    def now(self) -> datetime:
        """Return the current time, UTC."""
        return now()
