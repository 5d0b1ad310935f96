"""Follows topics into the views, for as long as the page is served, whatever happens to Kafka."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC

from aiokafka.errors import KafkaError

from faust_batches.decoding import LogUnreadable, Unreadable
from faust_batches.errors import MissingTopicError
from faust_batches.step import Incoming
from schemas.alert import AlertEvent
from schemas.heartbeat import Heartbeat
from schemas.presence import Presence
from schemas.topics import ACTIVITY, ALERTS, HEARTBEATS, PRESENCE
from streams.io.health_observer import note
from streams.io.kafka_config import KafkaConfig
from streams.io.log_once import SparingLog
from streams.io.reader import follow, partitions
from web.state.activity import ActivityView
from web.state.alert_log import AlertView
from web.state.presence import PresenceView

_AGAIN_AFTER_SECONDS = 3.0
_ASK_EVERY_SECONDS = 5.0
_ANSWER_WITHIN_SECONDS = 10.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Views:
    """All that is held of Kafka's topics."""

    alerts: AlertView
    presence: PresenceView
    activity: ActivityView
    heartbeats: dict[str, Heartbeat] = field(default_factory=dict)
    """The last of each stage and partition, by ``stage/partition``."""


async def follow_topics(cluster: KafkaConfig, prefix: str, views: Views) -> None:
    """Keep the views up to date until cancelled. After a lost connection the topics are read from their beginning."""
    lasting, unreadable = SparingLog(_log), LogUnreadable(_log)
    while True:
        try:
            async with asyncio.timeout(_ANSWER_WITHIN_SECONDS):
                await partitions(cluster, prefix, [ALERTS])
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_read(cluster, prefix, views, unreadable))
                tasks.create_task(_notice_loss(cluster, prefix))
        except* (KafkaError, OSError, MissingTopicError) as problems:  # TimeoutError is an OSError
            lasting.warning("", "%s; trying again every %.0f s", _words(problems, cluster), _AGAIN_AFTER_SECONDS)
        views.alerts.become("kafka-away")
        await asyncio.sleep(_AGAIN_AFTER_SECONDS)


async def _read(cluster: KafkaConfig, prefix: str, views: Views, unreadable: Unreadable) -> None:
    views.alerts.become("catching-up")
    taking = Taking(prefix, views, unreadable)
    async for record in follow(cluster, prefix, [ALERTS, PRESENCE, ACTIVITY, HEARTBEATS], views.alerts.fall_behind):
        if record is None:
            taking.caught_up()
        else:
            taking.take(record)


class Taking:
    """Takes the records of the topics, from their beginning, into the views. One that cannot be read is passed over."""

    def __init__(self, prefix: str, views: Views, unreadable: Unreadable) -> None:
        self._views, self._unreadable = views, unreadable
        self._backlog: list[AlertEvent] | None = []
        self._takers: dict[str, Callable[[Incoming], None]] = {
            ALERTS.full_name(prefix): self._alert,
            PRESENCE.full_name(prefix): self._presence,
            ACTIVITY.full_name(prefix): self._activity,
            HEARTBEATS.full_name(prefix): self._heartbeat,
        }

    def take(self, record: Incoming) -> None:
        """Take one record."""
        try:
            self._takers[record.topic](record)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one record, the page goes on
            self._unreadable(record, error)

    def caught_up(self) -> None:
        """Show all alerts: the partitions came in any order; readers want one, the same after every start."""
        known = sorted(self._backlog or (), key=lambda event: (event.arrived, event.alert_id, event.revision))
        self._views.alerts.add(known)
        self._backlog = None
        self._views.alerts.become("caught-up")

    def _alert(self, record: Incoming) -> None:
        event = AlertEvent.from_bytes(record.value or b"")
        event = event.replace(arrived=event.arrived.astimezone(UTC))  # fails for instants that UTC does not have
        if self._backlog is None:
            self._views.alerts.add([event])
        else:
            self._backlog.append(event)

    def _presence(self, record: Incoming) -> None:
        key = (record.key or b"").decode()
        if "|" not in key:
            raise ValueError("its key names no group and country")
        self._views.presence.put(key.encode(), Presence.from_bytes(record.value) if record.value is not None else None)

    def _activity(self, record: Incoming) -> None:
        self._views.activity.put(record.key or b"", record.value)

    def _heartbeat(self, record: Incoming) -> None:
        note(self._views.heartbeats, Heartbeat.from_bytes(record.value or b""))


async def _notice_loss(cluster: KafkaConfig, prefix: str) -> None:
    """Fail when Kafka stops answering: a consumer would wait for it in silence."""
    while True:
        await asyncio.sleep(_ASK_EVERY_SECONDS)
        async with asyncio.timeout(_ANSWER_WITHIN_SECONDS):
            await partitions(cluster, prefix, [ALERTS])


def _words(problems: BaseExceptionGroup[Exception], cluster: KafkaConfig) -> str:
    first = problems.exceptions[0]
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    if isinstance(first, MissingTopicError):
        return str(first)
    return f"Kafka does not answer at {cluster.bootstrap} ({type(first).__name__})"
