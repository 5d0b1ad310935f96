"""Retries rejected sightings, which :mod:`history.rejections` selects.

A retried record goes to the topic ``sightings`` again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from aiokafka import TopicPartition

from faust_batches.step import Headers, Incoming
from firstseen.settings import Settings
from schemas.rejection import Reason, Rejection
from streams.intake.check import check_record
from streams.intake.day_limits import DayPolicy
from streams.intake.parse import Rejected
from streams.io.publisher import SightingProducer
from streams.io.reader import read_at


@dataclass(frozen=True, slots=True)
class RetriedRecord:
    """A rejected record that intake would accept now."""

    key: str
    value: bytes
    headers: Headers


def recheck(record: Incoming, now: datetime, days: DayPolicy) -> RetriedRecord | Rejected:
    """Apply the rules of intake to a record again: return what to send, or its new rejection."""
    sighting = check_record(record._replace(arrived=now), days).valid_or_rejected
    if isinstance(sighting, Rejected):
        return sighting
    return RetriedRecord(
        sighting.key, record.value or b"", tuple(header for header in record.headers if header[0].isprintable())
    )


async def retry(
    settings: Settings, rejections: Iterable[Rejection], now: datetime
) -> list[tuple[Rejection, Rejected | None]]:
    """Publish the records again that intake would accept now; return each rejection with its new one, or None.

    Raises UnreachableError, PublishError or KafkaError.
    """
    results: list[tuple[Rejection, Rejected | None]] = []
    with SightingProducer(settings.cluster, settings.prefix) as producer:
        for rejection in rejections:
            place = TopicPartition(rejection.topic, rejection.partition)
            record = await read_at(settings.cluster, place, rejection.offset, rejection.arrived)
            if record is None:
                gone = Rejected(Reason.UNREADABLE, "the record is no longer on its topic")
                results.append((rejection, gone))
                continue
            result = recheck(Incoming.of(record), now, settings.day_policy)
            if isinstance(result, RetriedRecord):
                producer.send(result.key, result.value, headers=result.headers)
            results.append((rejection, result if isinstance(result, Rejected) else None))
    return results
