"""Kafka's topics -> the read model: continues from the positions in the file, and writes rows and positions together.

Several processes may follow into one file: a transaction writes only what continues the stored positions, and what
another process has written already is skipped. A process that dies anywhere leaves the positions of its last
transaction.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aiokafka import TopicPartition

from faust_batches.decoding import Unreadable
from faust_batches.step import Incoming
from history.database import FILLING, History, HistoryError, instant_of, instant_text
from history.load import TOPICS, Loader, number_alerts
from history.settled_cuts import is_settled, settle
from history.timeline import update_places
from schemas.topics import REJECTED, Topic
from streams.io.clock import now
from streams.io.kafka_config import KafkaConfig
from streams.io.reader import connected_consumer, is_trusted, partitions, topic_ids
from streams.presence.policy import Policy

_BATCH_RECORDS = 10_000
_BATCH_BYTES = 8 * 2**20
_FETCH_BYTES = 2 * 2**20
_POLL_MS = 500
_PLACES_AT_ONCE = 500
_SETTLED_AT_ONCE = 1_000
"""Sightings, which take a tenth of a second. The answers of the page wait no longer than that."""
_LONGEST_ABSENCE = timedelta(hours=12)
"""Kafka removes the tombstone of a removed row after a day. A reader that was away for longer would keep the row."""
_READ_AT_SECONDS = 600.0
_REMOVED = "removed from "
"""Key in ``identity``, before the name of a topic of which the database lacks records."""

log = logging.getLogger(__name__)


class HistoryEmptiedError(HistoryError):
    """Rows that were written are gone: the topics have to be read from the stored positions again."""


@dataclass(frozen=True, slots=True)
class Observer:
    """Functions that the follower calls, in its thread, while it fills and follows a database."""

    on_progress: Callable[[int], object] = lambda _: None
    """Receives the number of offsets that are left before each batch of a backlog."""
    on_places: Callable[[int], object] = lambda _: None
    """Receives the number of groups in countries whose runs are still to be computed."""
    on_change: Callable[[], object] = lambda: None
    """New rows are in the database; or another process may have written some."""
    on_caught_up: Callable[[], object] = lambda: None
    """All records that Kafka had at the start are in the database."""


@dataclass(frozen=True, slots=True)
class Follower:
    """Fills one database from one installation's topics."""

    history: History
    cluster: KafkaConfig
    prefix: str
    policy: Policy
    unreadable: Unreadable
    observer: Observer = Observer()

    async def catch_up(self) -> None:
        """Read up to the current ends of the topics.

        Raises HistoryError, MissingTopicError, UnreachableError, or KafkaError when the connection is lost.
        """
        while True:
            with suppress(HistoryEmptiedError):
                async with self._reading() as reading:
                    await reading.read_backlog()
                    return

    async def follow(self) -> None:
        """Read up to the current ends, and then new records until cancelled. Raises as :meth:`catch_up` does."""
        async with self._reading() as reading:
            await reading.read_backlog()
            self.observer.on_caught_up()
            while True:
                await reading.read_new()

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[_Reading]:
        ids = await topic_ids(self.cluster, self.prefix, TOPICS)
        self.history.require({f"topic {topic.name}": topic_id for topic, topic_id in ids.items()})
        places = await partitions(self.cluster, self.prefix, TOPICS)
        async with connected_consumer(self.cluster, max_partition_fetch_bytes=_FETCH_BYTES) as consumer:
            consumer.assign(places)
            ends = await consumer.end_offsets(places)
            stored = self._prepare(now())
            if any(stored.get(place, 0) > end for place, end in ends.items()):
                self.history.empty("Kafka has fewer records than were read before")
                stored = {}
            self._report_removed(await consumer.beginning_offsets(places), stored)
            reading = _Reading(self, consumer, places, ends)
            reading.continue_from(stored)
            yield reading

    def _report_removed(self, begins: Mapping[TopicPartition, int], stored: Mapping[TopicPartition, int]) -> None:
        """Warn, now and until the database is filled again, if Kafka has removed records that were not read."""
        removed = {place.topic for place, begin in begins.items() if begin > stored.get(place, 0)}
        with self.history.writing() as connection:
            connection.executemany(
                "insert or replace into identity values (?, 'yes')", ((_REMOVED + name,) for name in removed)
            )
            known = connection.execute("select key from identity where key like ? order by key", (f"{_REMOVED}%",))
            names = [key.removeprefix(_REMOVED) for (key,) in known]
        if names:
            log.warning(
                "The history is incomplete: Kafka removed records of %s that were not read. Restore the data of the "
                "topic, then delete %s: it is filled again.",
                ", ".join(names),
                self.history.path or "the database",
            )

    def _prepare(self, at: datetime) -> dict[TopicPartition, int]:
        """Return the stored positions. First empties tables whose tombstones may have been missed."""
        with self.history.writing() as connection:
            read_at = connection.execute("select value from identity where key = 'read_at'").fetchone()
            if read_at and at - instant_of(read_at[0]) > _LONGEST_ABSENCE:
                for topic in (topic for topic in TOPICS if topic.compacted):
                    connection.execute(f"delete from {topic.name}")  # noqa: S608 - one of ours
                    connection.execute("delete from input_position where topic = ?", (topic.full_name(self.prefix),))
            return positions(connection)


def positions(connection: sqlite3.Connection) -> dict[TopicPartition, int]:
    """Return the next offset of each partition."""
    return {
        TopicPartition(topic, partition): offset
        for topic, partition, offset in connection.execute("select * from input_position")
    }


class _Reading:
    """One connection to Kafka. It may block, because nothing else runs in the follower's thread."""

    def __init__(
        self, follower: Follower, consumer: Any, places: list[TopicPartition], ends: Mapping[TopicPartition, int]
    ) -> None:
        self._history, self._observer, self._policy = follower.history, follower.observer, follower.policy
        self._consumer, self._places, self._ends = consumer, places, ends
        self._topics = {topic.full_name(follower.prefix): topic for topic in TOPICS}
        self._loader = Loader(follower.policy, follower.unreadable)
        self._next: dict[TopicPartition, int] = {}
        self._clock = asyncio.get_running_loop().time
        self._read_at_due = 0.0

    def continue_from(self, stored: Mapping[TopicPartition, int]) -> None:
        for place in self._places:
            if (offset := stored.get(place, 0)) != self._next.get(place):
                self._consumer.seek(place, offset)
                self._next[place] = offset

    async def read_backlog(self) -> None:
        """Write all records before the ends, then number the alerts and compute the runs."""
        count = 0
        while left := sum(max(0, end - self._next[place]) for place, end in self._ends.items()):
            self._observer.on_progress(left)
            count += await self._read(_BATCH_RECORDS, is_live=False)
        if count > _BATCH_RECORDS:
            with self._history.writing() as connection:
                connection.execute("pragma analysis_limit = 1000")
                connection.execute("analyze")
        while self._finish():
            await self._consumer.position(self._places[0])  # so that the caller can cancel

    async def read_new(self) -> None:
        """Write the records that have arrived since, or wait for some for half a second."""
        if not await self._read(1, is_live=True):
            self._require_filled(self._history.ask(positions))
        while self._clock() >= self._read_at_due and self._finish():
            await self._consumer.position(self._places[0])  # so that the caller can cancel
        if not self._history.ask(is_settled):
            with self._history.writing() as connection:
                settle(connection, self._loader.groups(connection), self._policy, _SETTLED_AT_ONCE)
        self._observer.on_change()

    async def _read(self, least: int, *, is_live: bool) -> int:
        """Fetch and write about ``least`` records, or fewer if no more arrive at once; return their number."""
        fetched: defaultdict[TopicPartition, list[Incoming]] = defaultdict(list)
        count = size = 0
        while True:
            answer = await self._consumer.getmany(timeout_ms=_POLL_MS)
            for place, records in answer.items():
                trusted = [Incoming.of(record) for record in records if self._is_trusted(record)]
                fetched[place] += trusted
                count += len(records)
                size += sum(len(record.value or b"") for record in trusted)
            reached = {place: await self._consumer.position(place) for place in self._places}
            if not answer or count >= least or size >= _BATCH_BYTES:
                break
        moved = {place: offset for place, offset in reached.items() if offset != self._next[place]}
        if moved:
            self._write(fetched, moved, is_live=is_live)
        return count

    def _is_trusted(self, record: Any) -> bool:
        return is_trusted(record) and (record.transactional or self._topics[record.topic] is not REJECTED)

    def _write(
        self, fetched: Mapping[TopicPartition, list[Incoming]], moved: Mapping[TopicPartition, int], *, is_live: bool
    ) -> None:
        with self._history.writing() as connection:
            stored = positions(connection)
            self._require_filled(stored)
            ours = {place: offset for place, offset in moved.items() if stored.get(place, 0) == self._next[place]}
            records: defaultdict[Topic, list[Incoming]] = defaultdict(list)
            for place in ours:
                records[self._topics[place.topic]] += fetched.get(place, [])
            self._loader.load(connection, records)
            connection.executemany(
                "insert or replace into input_position values (?, ?, ?)",
                ((place.topic, place.partition, offset) for place, offset in ours.items()),
            )
            if is_live:
                number_alerts(connection)
                self._update_places(connection)
        self._next |= moved
        self.continue_from({**stored, **ours})

    def _require_filled(self, stored: Mapping[TopicPartition, int]) -> None:
        """Raise HistoryEmptiedError if there are fewer rows than before. More come from another process."""
        if any(stored.get(place, 0) < offset for place, offset in self._next.items()):
            raise HistoryEmptiedError(f"{self._history.path} was emptied or replaced, and is filled again")

    def _finish(self) -> bool:
        """Give numbers to new alerts, and compute some runs that are out of date. Return whether there are more."""
        with self._history.writing() as connection:
            number_alerts(connection)
            left = self._update_places(connection)
            read_at = "insert or replace into identity values ('read_at', ?)"
            connection.execute(read_at, (instant_text(now()),))
            if not left:
                connection.execute("delete from identity where key = ?", (FILLING,))
        self._read_at_due = self._clock() + (0 if left else _READ_AT_SECONDS)
        self._observer.on_places(left)
        return left > 0

    def _update_places(self, connection: sqlite3.Connection) -> int:
        return update_places(connection, self._loader.groups(connection), self._policy, _PLACES_AT_ONCE)
