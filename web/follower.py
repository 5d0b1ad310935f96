"""Follows topics into the views, for as long as the page is served, whatever happens to Kafka."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field

from aiokafka.errors import KafkaError
from pydantic import ValidationError

from schemas.alert import AlertEvent
from schemas.heartbeat import Heartbeat
from schemas.presence import Presence
from schemas.topics import ACTIVITY, ALERTS, HEARTBEATS, PRESENCE
from streams.runtime.cluster import Cluster
from streams.runtime.observing import note, read_heartbeat
from streams.runtime.reader import MissingTopicError, follow, partitions
from streams.steps import Incoming
from web.activity import ActivityView
from web.presence import PresenceView
from web.views import AlertView

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


async def follow_topics(cluster: Cluster, prefix: str, views: Views) -> None:
    """Keep the views up to date until cancelled. After a lost connection the topics are read from their beginning."""
    while True:
        try:
            async with asyncio.timeout(_ANSWER_WITHIN_SECONDS):
                await partitions(cluster, prefix, [ALERTS])
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_read(cluster, prefix, views))
                tasks.create_task(_notice_loss(cluster, prefix))
        except* (KafkaError, OSError, MissingTopicError) as problems:  # TimeoutError is an OSError
            _log.warning("%s; trying again in %.0f s", _words(problems, cluster), _AGAIN_AFTER_SECONDS)
        views.alerts.become("kafka-away")
        await asyncio.sleep(_AGAIN_AFTER_SECONDS)


async def _read(cluster: Cluster, prefix: str, views: Views) -> None:
    presence, activity, heartbeats = (one.full_name(prefix) for one in (PRESENCE, ACTIVITY, HEARTBEATS))
    views.alerts.become("catching-up")
    backlog: list[AlertEvent] | None = []
    async for record in follow(cluster, prefix, [ALERTS, PRESENCE, ACTIVITY, HEARTBEATS], views.alerts.fall_behind):
        if record is None:
            # The partitions came in any order; readers want one, the same after every start.
            views.alerts.add(sorted(backlog or (), key=lambda event: (event.arrived, event.alert_id, event.revision)))
            backlog = None
            views.alerts.become("caught-up")
        elif record.topic == presence:
            views.presence.put(record.key or b"", Presence.from_bytes(record.value) if record.value else None)
        elif record.topic == activity:
            views.activity.put(record.key or b"", record.value)
        elif record.topic == heartbeats:
            if sign := read_heartbeat(record.value):
                note(views.heartbeats, sign)
        elif (event := _event(record)) is None:
            continue
        elif backlog is None:
            views.alerts.add([event])
        else:
            backlog.append(event)


def _event(record: Incoming) -> AlertEvent | None:
    try:
        return AlertEvent.from_bytes(record.value or b"")
    except ValidationError as error:
        place = f"{record.topic}/{record.partition}@{record.offset}"
        _log.warning("%s is no alert event and is not shown (%d errors)", place, error.error_count())
        return None


async def _notice_loss(cluster: Cluster, prefix: str) -> None:
    """Fail when Kafka stops answering: a consumer would wait for it in silence."""
    while True:
        await asyncio.sleep(_ASK_EVERY_SECONDS)
        async with asyncio.timeout(_ANSWER_WITHIN_SECONDS):
            await partitions(cluster, prefix, [ALERTS])


def _words(problems: BaseExceptionGroup[Exception], cluster: Cluster) -> str:
    first = problems.exceptions[0]
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    if isinstance(first, MissingTopicError):
        return str(first)
    return f"Kafka does not answer at {cluster.bootstrap} ({type(first).__name__})"
