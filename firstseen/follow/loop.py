"""Polls a feed again and again; a failure of the publisher or of Kafka is waited out."""

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
from firstseen.follow.progress import ProgressWriter, read_feeds
from firstseen.follow.waiting import first_poll, parse_retry_after, pause_after_failure
from firstseen.follow.words import beginning, failure_line, poll_lines
from schemas.feed import FeedProgress
from streams.intake.days import DayPolicy
from streams.io.kafka_config import KafkaConfig
from streams.io.publisher import PublishError, SightingProducer

_AWAY = (KafkaError, PublishError, UnreachableError)


@dataclass(frozen=True, slots=True)
class World:
    """What a follower needs beside the feed."""

    cluster: KafkaConfig
    prefix: str
    days: DayPolicy
    seconds: float
    """How long a document may take to arrive."""
    say: Callable[[str], object]
    clock: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[object]]


async def follow(feed: Feed, world: World, *, once: bool) -> None:
    """Poll until it is cancelled, or ``once``.

    Raises MissingTopicError, UnreachableError or PublishError when Kafka is away at the start, TakenOverError when
    another process begins to follow the same feed; ``once``, FeedError when the feed could not be read.
    """
    lost, started = 0, False
    while True:
        try:
            async with (
                ProgressWriter.open(world.cluster, world.prefix, feed.name) as writer,
                Client(world.seconds) as client,
            ):
                known = await read_feeds(world.cluster, world.prefix)
                progress = known.get(feed.name) or FeedProgress(feed=feed.name)
                with SightingProducer(world.cluster, world.prefix) as sender:
                    lost, started = 0, True
                    follower = Follower(feed, progress, world.days, world.cluster, world.prefix, client, sender, writer)
                    return await _poll_on(follower, world, once=once)
        except _AWAY as error:
            if once or not started:
                raise
            lost += 1
            pause = pause_after_failure(lost, feed.every, 0.0, _draw())
            world.say(failure_line(feed, world.clock(), f"Kafka was lost: {error}", pause))
            await world.sleep(pause)


async def _poll_on(follower: Follower, world: World, *, once: bool) -> None:
    feed, progress = follower.feed, follower.progress
    now = world.clock()
    due = now if once else first_poll(progress.succeeded_at, progress.error is not None, feed.every, now)
    world.say(beginning(feed, progress, due if due > now else None))
    failures = 0
    while True:
        await world.sleep(max(0.0, (due - world.clock()).total_seconds()))
        begun = world.clock()
        try:
            tally = await follower.poll(begun)
        except FeedError as error:
            if once:
                raise
            failures += 1
            now = world.clock()
            pause = pause_after_failure(failures, feed.every, parse_retry_after(error.retry_after, now), _draw())
            world.say(failure_line(feed, begun, str(error), pause))
            due = now + timedelta(seconds=pause)
            continue
        failures = 0
        for line in poll_lines(feed, begun, tally):
            world.say(line)
        if once:
            return
        due = begun + feed.every


def _draw() -> float:
    """Return any number from 0 to 1: followers that failed at the same time are to come back at different ones."""
    return secrets.randbelow(1_001) / 1_000
