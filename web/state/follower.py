"""Reads alerts, presence, sightings and heartbeats from Kafka into the page's state, and reconnects after an outage."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC

from aiokafka.errors import KafkaError

from faust_batches.decoding import LogUnreadable, Unreadable
from faust_batches.errors import MissingTopicError, UnreachableError
from faust_batches.step import Incoming
from schemas.alert import AlertEvent
from schemas.group import Group
from schemas.heartbeat import Heartbeat
from schemas.presence import Episode, Presence
from schemas.topics import AFFILIATIONS, ALERTS, EPISODES, HEARTBEATS, PRESENCE, SEEN
from streams.io.health_observer import keep_latest
from streams.io.kafka_config import KafkaConfig
from streams.io.reader import follow, partitions
from streams.io.throttled_log import ThrottledLog
from web.state.page_state import PageState

_RETRY_SECONDS = 3.0
_PROBE_SECONDS = 5.0
_TIMEOUT_SECONDS = 10.0

_log = logging.getLogger(__name__)


async def follow_topics(cluster: KafkaConfig, prefix: str, state: PageState) -> None:
    """Keep the state up to date until cancelled. After a lost connection the topics are read from the beginning."""
    outages, unreadable = ThrottledLog(_log), LogUnreadable(_log)
    while True:
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                await partitions(cluster, prefix, [ALERTS])
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_read(cluster, prefix, state, unreadable))
                tasks.create_task(_probe(cluster, prefix))
        except* (KafkaError, OSError, UnreachableError, MissingTopicError) as errors:  # TimeoutError is an OSError
            outages.warning("", "%s; retrying every %.0f s", _describe(errors, cluster), _RETRY_SECONDS)
        state.alerts.set_state("kafka-away")
        await asyncio.sleep(_RETRY_SECONDS)


async def _read(cluster: KafkaConfig, prefix: str, state: PageState, unreadable: Unreadable) -> None:
    state.alerts.set_state("catching-up")
    records = RecordApplier(prefix, state, unreadable)
    topics = [ALERTS, PRESENCE, EPISODES, SEEN, AFFILIATIONS, HEARTBEATS]
    async for record in follow(cluster, prefix, topics, state.alerts.set_lag):
        if record is None:
            records.caught_up()
        else:
            records.apply(record)


class RecordApplier:
    """Applies the topics' records, from the beginning, to the state. Unreadable records are skipped."""

    def __init__(self, prefix: str, state: PageState, unreadable: Unreadable) -> None:
        """``unreadable`` is called for each record that cannot be read."""
        self._state, self._unreadable = state, unreadable
        self._backlog: list[AlertEvent] | None = []
        self._appliers: dict[str, Callable[[Incoming], None]] = {
            ALERTS.full_name(prefix): self._add_alert,
            PRESENCE.full_name(prefix): self._put_presence,
            EPISODES.full_name(prefix): self._put_episode,
            SEEN.full_name(prefix): self._put_sighting,
            AFFILIATIONS.full_name(prefix): self._put_group,
            HEARTBEATS.full_name(prefix): self._put_heartbeat,
        }

    def apply(self, record: Incoming) -> None:
        """Apply one record."""
        try:
            self._appliers[record.topic](record)
        except Exception as error:  # noqa: BLE001 - one bad record must not stop the page
            self._unreadable(record, error)

    def caught_up(self) -> None:
        """Show the alerts of the backlog, sorted: partitions are read in any order, and readers need a stable one."""
        backlog = sorted(self._backlog or (), key=lambda event: (event.arrived, event.alert_id, event.revision))
        self._state.alerts.add(backlog)
        self._backlog = None
        self._state.alerts.set_state("caught-up")

    def _add_alert(self, record: Incoming) -> None:
        event = AlertEvent.from_bytes(record.value or b"")
        event = event.replace(arrived=event.arrived.astimezone(UTC))  # raises for instants outside UTC's range
        if self._backlog is None:
            self._state.alerts.add([event])
        else:
            self._backlog.append(event)

    def _put_presence(self, record: Incoming) -> None:
        key = (record.key or b"").decode()
        if "|" not in key:
            raise ValueError("the key does not name a group and a country")
        row = Presence.from_bytes(record.value) if record.value is not None else None
        self._state.presence.put(key, row)

    def _put_episode(self, record: Incoming) -> None:
        row = Episode.from_bytes(record.value) if record.value is not None else None
        self._state.presence.put_episode((record.key or b"").decode(), row)

    def _put_sighting(self, record: Incoming) -> None:
        self._state.sightings.put(record.key or b"", record.value)

    def _put_group(self, record: Incoming) -> None:
        row = Group.from_bytes(record.value) if record.value is not None else None
        self._state.sightings.put_group((record.key or b"").decode(), row)

    def _put_heartbeat(self, record: Incoming) -> None:
        keep_latest(self._state.heartbeats, Heartbeat.from_bytes(record.value or b""))


async def _probe(cluster: KafkaConfig, prefix: str) -> None:
    """Raise when Kafka stops answering: a consumer would wait for it without an error."""
    while True:
        await asyncio.sleep(_PROBE_SECONDS)
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            await partitions(cluster, prefix, [ALERTS])


def _describe(errors: BaseExceptionGroup[Exception], cluster: KafkaConfig) -> str:
    first = errors.exceptions[0]
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    if isinstance(first, MissingTopicError):
        return str(first)
    cause = first.__cause__ if isinstance(first, UnreachableError) and first.__cause__ else first
    return f"Kafka does not answer at {cluster.bootstrap} ({type(cause).__name__})"
