"""Polls a feed at intervals; after a failure of the publisher or of Kafka it waits and tries again."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiokafka.errors import KafkaError

from faust_batches.errors import UnreachableError
from firstseen.follow.batch import Feed
from firstseen.follow.http import Client, FeedError
from firstseen.follow.poll import Follower
from firstseen.follow.poll_times import first_poll, pause_after_failure
from firstseen.follow.progress import ProgressWriter, read_feeds
from firstseen.follow.status_lines import failure_line, poll_lines, start_line
from schemas.feed import FeedProgress
from streams.intake.day_limits import DayPolicy
from streams.io.kafka_config import KafkaConfig
from streams.io.publisher import PublishError, SightingProducer
from streams.notify.retry_after import parse_retry_after

_AWAY = (KafkaError, PublishError, UnreachableError)


@dataclass(frozen=True, slots=True)
class FollowContext:
    """Everything that a follower uses apart from the feed."""

    cluster: KafkaConfig
    prefix: str
    days: DayPolicy
    seconds: float
    """Time limit of a download."""
    private: bool
    """Whether feeds may be on this machine or in a private network."""
    report: Callable[[str], object]
    clock: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[object]]


async def follow(feed: Feed, context: FollowContext, *, once: bool) -> None:
    """Poll until cancelled, or only ``once``.

    Raises MissingTopicError, UnreachableError or PublishError if Kafka is unavailable at the start, TakenOverError when
    another process starts to follow the same feed, and with ``once`` FeedError if the feed could not be read.
    """
    failures, started = 0, False
    while True:
        try:
            async with (
                ProgressWriter.open(context.cluster, context.prefix, feed.name) as writer,
                Client(context.seconds, private=context.private) as client,
            ):
                known = await read_feeds(context.cluster, context.prefix)
                progress = known.get(feed.name) or FeedProgress(feed=feed.name)
                with SightingProducer(context.cluster, context.prefix) as sender:
                    failures, started = 0, True
                    follower = Follower(
                        feed, progress, context.days, context.cluster, context.prefix, client, sender, writer
                    )
                    return await _keep_polling(follower, context, once=once)
        except _AWAY as error:
            if once or not started:
                raise
            failures += 1
            pause = pause_after_failure(failures, feed.every, 0.0, _draw())
            context.report(failure_line(feed, context.clock(), f"lost the connection to Kafka: {error}", pause))
            await context.sleep(pause)


async def _keep_polling(follower: Follower, context: FollowContext, *, once: bool) -> None:
    feed, progress = follower.feed, follower.progress
    now = context.clock()
    due = now if once else first_poll(progress.succeeded_at, progress.error is not None, feed.every, now)
    context.report(start_line(feed, progress, due if due > now else None))
    failures = 0
    while True:
        await context.sleep(max(0.0, (due - context.clock()).total_seconds()))
        begun = context.clock()
        try:
            tally = await follower.poll(begun)
        except FeedError as error:
            if once:
                raise
            failures += 1
            now = context.clock()
            asked = parse_retry_after(error.retry_after, now) or 0.0
            pause = pause_after_failure(failures, feed.every, asked, _draw())
            context.report(failure_line(feed, begun, str(error), pause))
            due = now + timedelta(seconds=pause)
            continue
        failures = 0
        for line in poll_lines(feed, begun, tally):
            context.report(line)
        if once:
            return
        due = begun + feed.every


def _draw() -> float:
    """Return a random number from 0 to 1, so that followers that failed together do not retry together."""
    return secrets.randbelow(1_001) / 1_000
