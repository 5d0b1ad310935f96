"""One poll of a feed: read its batches, compare them with what is on record, publish, then store the progress.

If the process ends before the progress is stored, the next one publishes the same records again, and intake counts them
as duplicates.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from faust_batches.decoding import LogUnreadable
from firstseen.follow.batch import Batch, Feed
from firstseen.follow.http import Client, FeedError
from firstseen.follow.plan import MAX_EXAMPLES, Known, Plan, ToSend, compare, read, sources_of
from firstseen.follow.progress import ProgressWriter
from firstseen.publishing.recorded_versions import recorded_versions
from schemas.codes import identity
from schemas.feed import LONGEST_ERROR, LONGEST_WHY, MAX_PARTITIONS, MAX_REASONS, FeedProgress, SkippedRows
from schemas.limits import shorten
from schemas.topics import SIGHTINGS, VERSIONS
from streams.intake.day_limits import DayPolicy
from streams.io.clock import monotonic
from streams.io.kafka_config import KafkaConfig
from streams.io.publisher import SightingProducer
from streams.io.reader import end_offsets, has_unread, read_table

log = logging.getLogger(__name__)

COMPARED_AGAIN = timedelta(days=1)
"""An unchanged feed is compared again after this time: a row that was rejected may be valid by now."""

_INTAKE_SECONDS = 5.0
"""How long a poll waits for intake to read what was sent before."""

_POLL_SECONDS = 0.2

_OTHER = "all other reasons"


@dataclass(slots=True)
class Tally:
    """Counts of one poll."""

    rows: int = 0
    sent: int = 0
    revised: int = 0
    withdrawn: int = 0
    unchanged: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    """The first rows that were rejected, and why."""

    def count(self, records: Sequence[ToSend]) -> None:
        """Add the records that were sent."""
        kinds = Counter(record.kind for record in records)
        self.sent += kinds["new"]
        self.revised += kinds["revised"]
        self.withdrawn += kinds["withdrawn"]


class Follower:
    """Polls one feed and stores its progress."""

    def __init__(
        self,
        feed: Feed,
        progress: FeedProgress,
        days: DayPolicy,
        cluster: KafkaConfig,
        prefix: str,
        client: Client,
        sender: SightingProducer,
        writer: ProgressWriter,
    ) -> None:
        self.feed = feed
        self.progress = progress.replace(every_seconds=round(feed.every.total_seconds()))
        self._days, self._cluster, self._prefix = days, cluster, prefix
        self._client, self._sender, self._writer = client, sender, writer
        self._known: Known = {}
        self._is_first = True
        self._before: Sequence[int] = ()

    async def poll(self, now: datetime) -> Tally:
        """Read everything new at ``now`` (UTC). Raises FeedError; the progress up to the failure is stored."""
        tally, self._known = Tally(), {}
        last = self.progress.compared_at
        # A time in the future comes from a wrong clock.
        again = self.feed.changes and (last is None or not timedelta(0) <= now - last < COMPARED_AGAIN)
        begin = self.progress.replace(etag=None, last_modified=None, digest=None) if again else self.progress
        try:
            await self._wait_for_intake()
            async for batch in self.feed.batches(self._client, begin, now):
                await self._publish(batch, now, tally)
        except FeedError as error:
            self.progress = self.progress.replace(tried_at=now, error=shorten(str(error), LONGEST_ERROR))
            await self._writer.write(self.progress)
            raise
        self.progress = self.progress.replace(
            tried_at=now, succeeded_at=now, error=None, compared_at=now if again else last
        )
        await self._writer.write(self.progress)
        return tally

    async def _wait_for_intake(self) -> None:
        # What is on record is out of date until intake has read what was sent before.
        if not self.feed.changes:
            return
        if self._is_first:
            # Another follower may have ended before it stored what it had sent.
            self._before = (await end_offsets(self._cluster, self._prefix, SIGHTINGS))[:MAX_PARTITIONS]
            self._is_first = False
        deadline = monotonic() + _INTAKE_SECONDS
        while sent := self._before or self.progress.sent_up_to:
            if not await has_unread(self._cluster, self._prefix, "intake", sent):
                self._before = ()
                return
            if monotonic() > deadline:
                raise FeedError("intake has not yet read what was sent last: run `firstseen doctor` to find out why")
            await asyncio.sleep(_POLL_SECONDS)

    async def _publish(self, batch: Batch, now: datetime, tally: Tally) -> None:
        reading = read(self.feed.importer(batch.lines), now, self._days, batch.events)
        if reading.has_no_sighting:
            raise FeedError(
                f"{self.feed.address}: none of {reading.rows:,} rows is a sighting; {', '.join(reading.examples[:1])}"
            )
        if self.feed.changes:
            await self._look_up(sources_of(reading, batch) - set(self._known))
        plan = compare(reading, batch, self._known)
        self._known = plan.known
        sent, rejected = self._send(plan)
        before = Counter(tally.left_out)
        tally.rows += reading.rows
        tally.unchanged += plan.unchanged
        tally.count(sent)
        tally.left_out += reading.left_out + plan.left_out + Counter({"rejected: kafka": len(rejected)})
        tally.skipped += Counter(batch.skipped)
        tally.examples = [*tally.examples, *reading.examples, *rejected][:MAX_EXAMPLES]
        await self._store_progress(batch, sent, tally.left_out - before, now)

    async def _look_up(self, sources: Collection[str]) -> None:
        if sources:
            key_prefixes = tuple(identity(source, "").encode() for source in sources)
            records = await read_table(self._cluster, self._prefix, VERSIONS, key_prefixes)
            found = {source: recorded_versions(records, source, LogUnreadable(log)) for source in sources}
            self._known = {**self._known, **found}

    def _send(self, plan: Plan) -> tuple[list[ToSend], list[str]]:
        rejected: dict[int, str] = {}
        for number, record in enumerate(plan.records):
            self._sender.send(record.key, record.value, on_rejected=partial(rejected.setdefault, number))
        self._sender.flush()
        sent = [record for number, record in enumerate(plan.records) if number not in rejected]
        return sent, [f"{plan.records[number].key}: kafka: {why}" for number, why in rejected.items()]

    async def _store_progress(
        self, batch: Batch, sent: Sequence[ToSend], left_out: Counter[str], now: datetime
    ) -> None:
        counted = Tally()
        counted.count(sent)
        before = self.progress
        up_to = before.sent_up_to
        if sent and self.feed.changes:
            up_to = (await end_offsets(self._cluster, self._prefix, SIGHTINGS))[:MAX_PARTITIONS]
        self.progress = before.replace(
            **batch.changes,
            tried_at=now,
            sent=before.sent + counted.sent,
            revised=before.revised + counted.revised,
            withdrawn=before.withdrawn + counted.withdrawn,
            left_out=total(before.left_out, left_out + Counter(batch.skipped)),
            sent_up_to=up_to,
        )
        await self._writer.write(self.progress)


def total(before: Sequence[SkippedRows], more: Counter[str]) -> tuple[SkippedRows, ...]:
    """Return the totals of left-out rows, the most frequent reason first; the rarest of many reasons are one row."""
    counted = Counter({row.why: row.rows for row in before})
    for why, rows in more.items():
        counted[shorten(why, LONGEST_WHY)] += rows
    others = counted.pop(_OTHER, 0)
    ranked = counted.most_common()
    kept, rest = ranked[: MAX_REASONS - 1], ranked[MAX_REASONS - 1 :]
    others += sum(rows for _, rows in rest)
    return tuple(SkippedRows(why=why, rows=rows) for why, rows in [*kept, *([(_OTHER, others)] if others else [])])
