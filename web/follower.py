"""Follows the topic of alerts into the view, for as long as the page is served, whatever happens to Kafka."""

from __future__ import annotations

import asyncio
import logging

from aiokafka.errors import KafkaError
from pydantic import ValidationError

from schemas.alert import AlertEvent
from schemas.presence import Presence
from schemas.topics import ALERTS, PRESENCE
from streams.runtime.cluster import Cluster
from streams.runtime.reader import MissingTopicError, follow, partitions
from streams.steps import Incoming
from web.presence import PresenceView
from web.views import AlertView

_AGAIN_AFTER_SECONDS = 3.0
_ASK_EVERY_SECONDS = 5.0
_ANSWER_WITHIN_SECONDS = 10.0

_log = logging.getLogger(__name__)


async def follow_alerts(cluster: Cluster, prefix: str, view: AlertView, presence: PresenceView) -> None:
    """Keep both views up to date until cancelled. After a lost connection the topics are read from their beginning."""
    while True:
        try:
            async with asyncio.timeout(_ANSWER_WITHIN_SECONDS):
                await partitions(cluster, prefix, [ALERTS])
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_read(cluster, prefix, view, presence))
                tasks.create_task(_notice_loss(cluster, prefix))
        except* (KafkaError, OSError, MissingTopicError) as problems:  # TimeoutError is an OSError
            _log.warning("%s; trying again in %.0f s", _words(problems, cluster), _AGAIN_AFTER_SECONDS)
        view.become("kafka-away")
        await asyncio.sleep(_AGAIN_AFTER_SECONDS)


async def _read(cluster: Cluster, prefix: str, view: AlertView, presence: PresenceView) -> None:
    table = PRESENCE.full_name(prefix)
    view.become("catching-up")
    backlog: list[AlertEvent] | None = []
    async for record in follow(cluster, prefix, [ALERTS, PRESENCE]):
        if record is not None and record.topic == table:
            presence.put(record.key or b"", Presence.from_bytes(record.value) if record.value else None)
        elif record is None:
            # The partitions came in any order; readers want one, the same after every start.
            view.add(sorted(backlog or (), key=lambda event: (event.arrived, event.alert_id, event.revision)))
            backlog = None
            view.become("caught-up")
        elif (event := _event(record)) is None:
            continue
        elif backlog is None:
            view.add([event])
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
