"""Counts and retries rejected sightings, which :mod:`history.rejections` selects.

A retried record goes to the topic ``sightings`` again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiokafka import TopicPartition

from faust_batches.step import Headers, Incoming
from firstseen.settings import Settings
from schemas.date_messages import explain_days
from schemas.rejection import Reason, Rejection
from schemas.sighting import parse_instant
from streams.intake.check import check_record
from streams.intake.day_limits import DayPolicy
from streams.intake.parse import Rejected
from streams.io.publisher import SightingProducer
from streams.io.reader import read_at

_AGO = re.compile(r"(\d{1,5})\s*(m|h|d|w)", re.ASCII | re.IGNORECASE)
_MONTH = re.compile(r"\d{4}-\d{2}", re.ASCII)
_DAYS_AGO = {"today": 0, "yesterday": 1}
_EXPLAINED = ("does not exist", "swapped", "not in ASCII", "not an ISO date", "not a time of day")
"""Words of explanations that name the time that was meant."""
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_since(text: str, now: datetime) -> datetime:
    """Return the instant that a text means; ``now`` is UTC. Raises ValueError.

    It is an instant, a duration before ``now`` such as ``30m``, ``12h``, ``1d`` or ``2w``, or a day or month, which
    begins at midnight UTC: ``2026-11-29``, ``2026-11``, ``yesterday``, ``today``.
    """
    wanted = text.strip().lower()
    if ago := _AGO.fullmatch(wanted):
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    if wanted in _DAYS_AGO:
        return now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(_DAYS_AGO[wanted])
    try:
        return parse_instant(f"{wanted}-01" if _MONTH.fullmatch(wanted) else text)
    except ValueError as error:
        why = explain_days(text) if _MONTH.fullmatch(wanted) else str(error)
        if not any(wrong in why for wrong in _EXPLAINED):
            why = f"{text!r} is not a time: write yesterday, 1d, 12h, 2026-11-29 or 2026-11-29T08:00Z"
        raise ValueError(why) from error


def counts(rejections: Iterable[Rejection]) -> list[tuple[str | None, Reason, int]]:
    """Return the number of rejections by source and reason, the most frequent first."""
    found = Counter((rejection.source, rejection.reason) for rejection in rejections)
    return [(source, reason, count) for (source, reason), count in found.most_common()]


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
            record = await read_at(settings.cluster, place, rejection.offset)
            if record is None:
                gone = Rejected(Reason.UNREADABLE, "the record is no longer on its topic")
                results.append((rejection, gone))
                continue
            result = recheck(Incoming.of(record), now, settings.day_policy)
            if isinstance(result, RetriedRecord):
                producer.send(result.key, result.value, headers=result.headers)
            results.append((rejection, result if isinstance(result, Rejected) else None))
    return results
