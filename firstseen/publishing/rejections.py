"""The rejections on record: chosen, counted, and sent again once their cause is gone."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aiokafka import TopicPartition

from faust_batches.decoding import LogUnreadable, decoded
from faust_batches.plain_consumer import incoming
from faust_batches.step import Headers, Incoming
from firstseen.settings import Settings
from schemas.rejection import Reason, Rejection
from schemas.sighting import Sighting, parse_instant
from schemas.topics import REJECTED
from streams.intake.check import check_sighting
from streams.intake.days import DayPolicy
from streams.intake.parse import Rejected, parse
from streams.io.publisher import SightingProducer
from streams.io.reader import read_all, read_at

log = logging.getLogger(__name__)

_AGO = re.compile(r"(\d{1,5})\s*(m|h|d|w)", re.ASCII | re.IGNORECASE)
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rejections are meant; None: any."""

    source: str | None = None
    since: datetime | None = None
    """They arrived then (UTC) or later."""
    reason: Reason | None = None

    def holds(self, rejection: Rejection) -> bool:
        """Whether a rejection is meant."""
        return (
            self.source in {None, rejection.source}
            and self.reason in {None, rejection.reason}
            and (self.since is None or (rejection.arrived or _BEFORE_ALL) >= self.since)
        )


def parse_since(text: str, now: datetime) -> datetime:
    """Read a time, or how long ago: ``30m``, ``12h``, ``1d``, ``2w``. Raises ValueError with what was expected."""
    if ago := _AGO.fullmatch(text.strip()):
        return now - timedelta(**{_UNITS[ago[2].lower()]: int(ago[1])})
    try:
        return parse_instant(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no time: write 1d, 12h, 30m, 2w, or 2026-11-29T08:00Z") from error


async def read_rejections(settings: Settings, choice: Choice) -> list[Rejection]:
    """Return the rejections that are meant, in the order in which they arrived.

    Raises MissingTopicError, or KafkaError when Kafka does not answer.
    """
    records = await read_all(settings.cluster, settings.prefix, REJECTED)
    found = [one for _, one in decoded(records, Rejection.from_bytes, LogUnreadable(log)) if choice.holds(one)]
    return sorted(found, key=lambda one: (one.arrived or _BEFORE_ALL, one.partition, one.offset))


def counts(rejections: Iterable[Rejection]) -> list[tuple[str | None, Reason, int]]:
    """Return how many there are of each source and reason, the most frequent first."""
    found = Counter((one.source, one.reason) for one in rejections)
    return [(source, reason, count) for (source, reason), count in found.most_common()]


@dataclass(frozen=True, slots=True)
class Again:
    """What becomes of a rejected record when it is sent again."""

    key: str
    value: bytes
    headers: Headers


def once_more(record: Incoming, now: datetime, days: DayPolicy) -> Again | Rejected:
    """Return what to send, or why it would be rejected again."""
    judged = parse(record._replace(arrived=now))
    if not isinstance(judged, Sighting):
        return judged
    place = check_sighting(judged, now, days)
    if isinstance(place, Rejected):
        return place
    return Again(judged.key, record.value or b"", tuple(one for one in record.headers if one[0].isprintable()))


async def retry(
    settings: Settings, rejections: Iterable[Rejection], now: datetime
) -> list[tuple[Rejection, Rejected | None]]:
    """Publish the records again that intake would take now; return all, each with why it is still rejected, or None.

    Raises UnreachableError, PublishError or KafkaError.
    """
    ended: list[tuple[Rejection, Rejected | None]] = []
    with SightingProducer(settings.cluster, settings.prefix) as producer:
        for rejection in rejections:
            place = TopicPartition(rejection.topic, rejection.partition)
            record = await read_at(settings.cluster, place, rejection.offset)
            if record is None:
                gone = Rejected(Reason.UNREADABLE, "it is not on its topic any more")
                ended.append((rejection, gone))
                continue
            again = once_more(incoming(record), now, settings.day_policy)
            if isinstance(again, Again):
                producer.send(again.key, again.value, headers=again.headers)
            ended.append((rejection, again if isinstance(again, Rejected) else None))
    return ended
