"""Alerts that wait for a daily digest: an alert that nobody wants when the digest is due is not sent, on any channel."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from firstseen.local_kafka import LocalKafka
from places.areas import packaged
from schemas.delivery import Delivery, Digest, Via, via_of
from schemas.subscription import Clause, Daily, Mute, Subscriber, Subscription
from schemas.topics import LEDGER, OUTBOX, SUBSCRIPTIONS
from streams.dispatch.matching import still_wants
from streams.io.current_subscriptions import CurrentSubscriptions
from streams.io.destinations import Destinations
from streams.io.kafka_config import KafkaConfig
from streams.io.retry import Ownership
from streams.io.senders import Sender
from streams.io.topic_admin import TopicSettings, apply
from streams.notify.ledger import UNWANTED, Action, Done, PostCorrection, PostRoot
from tests.support.partition import PlainPartition, short_sleep
from tests.support.slack_deliveries import delivery, withdrawn
from tests.support.worker import write_committed

EVENING, DUE = datetime(2026, 1, 1, 18, tzinfo=UTC), datetime(2026, 1, 2, 8, tzinfo=UTC)
CHANNELS = ("mailto:analyst@example.org", "teams:desk", "https://example.org/hook")
DAILY = Subscription(daily=Daily(at="08:00", zone="UTC"))


class Recorder:
    """A channel that takes every message, and notes which alerts it shows."""

    def __init__(self, *, joins_alerts: bool) -> None:
        self.joins_alerts = joins_alerts
        self.shown: list[str] = []

    def serves(self, _: str) -> bool:
        return True

    async def send(self, delivery: Delivery, action: Action, _: Digest | None, ownership: Ownership) -> Done:
        assert not ownership.may_exist
        if isinstance(action, PostRoot | PostCorrection):
            self.shown.append(f"{delivery.delivery_id} {delivery.alert.status}")
            return Done("sent")
        return Done(action.state, error=action.error)

    async def send_digest(self, _: str, digest: Digest, ownership: Ownership) -> Done:
        assert not ownership.may_exist
        self.shown += (f"{line.delivery_id} confirmed" for line in digest.lines)
        return Done("sent")


class Desk:
    """A worker whose clock and subscriptions a test sets."""

    def __init__(self, destination: str) -> None:
        self.destination, self.partition, self.now = destination, PlainPartition(), EVENING
        self.recorder = Recorder(joins_alerts=via_of(destination) != "webhook")
        self.subscriber: Subscriber | None = Subscriber(
            destination=destination, subscriptions=(DAILY,), changed_at=EVENING
        )
        others: Mapping[Via, Sender] = {via_of(destination): self.recorder}
        self.destinations = Destinations(
            None, Console(file=io.StringIO()), others=others, clock=lambda: self.now, sleep=short_sleep,
            is_wanted=self._wants,
        )  # fmt: skip

    async def _wants(self, delivery: Delivery) -> bool:
        return still_wants(self.subscriber, delivery.alert, self.now, packaged())

    def waiting(self, *countries: str) -> list[Delivery]:
        return [
            delivery(self.destination, number, country=country).replace(due_at=DUE)
            for number, country in enumerate(countries, 1)
        ]

    async def send_what_is_due(self, *more: Delivery) -> list[str]:
        """Let the time of the digest come, and return what was shown."""
        self.now = max(self.now, DUE)
        sending = self.partition.open(self.destinations)
        await self.partition.take_in(self.destinations, more)
        await self.partition.until_empty()
        sending.cancel()
        with suppress(asyncio.CancelledError):
            await sending
        return self.recorder.shown

    def errors(self) -> list[str | None]:
        return [entry.error for entry in self.partition.tables[LEDGER].values()]


async def taken_in(destination: str, countries: Sequence[str] = ("ML", "NE")) -> Desk:
    """Return a desk with alerts that wait in its outbox."""
    desk = Desk(destination)
    sending = desk.partition.open(desk.destinations)
    await desk.partition.take_in(desk.destinations, desk.waiting(*countries))
    for _ in range(50):
        await asyncio.sleep(0)
    sending.cancel()
    with suppress(asyncio.CancelledError):
        await sending
    assert (len(desk.partition.tables[OUTBOX]), desk.recorder.shown) == (len(countries), [])
    return desk


@pytest.mark.parametrize("destination", CHANNELS)
async def test_a_waiting_alert_that_is_still_wanted_is_sent(destination: str) -> None:
    desk = await taken_in(destination)
    assert await desk.send_what_is_due() == ["delivery-1 confirmed", "delivery-2 confirmed"]


@pytest.mark.parametrize("destination", CHANNELS)
@pytest.mark.parametrize("is_removed", [True, False], ids=["removed", "for good"])
async def test_nothing_is_sent_after_the_destination_was_unsubscribed(destination: str, is_removed: bool) -> None:
    desk = await taken_in(destination)
    desk.subscriber = None if is_removed else Subscriber(destination=destination, subscriptions=(), changed_at=EVENING)
    assert await desk.send_what_is_due() == []
    assert desk.errors() == [UNWANTED, UNWANTED]


@pytest.mark.parametrize("destination", CHANNELS)
async def test_a_later_correction_does_not_bring_back_what_was_dropped(destination: str) -> None:
    desk = await taken_in(destination, ["ML"])
    desk.subscriber = None
    await desk.send_what_is_due()
    grown = delivery(destination, 1, revision=2, type="update")
    assert await desk.send_what_is_due(grown, withdrawn(destination, 1, revision=3)) == []
    assert desk.errors() == [UNWANTED]


@pytest.mark.parametrize("destination", CHANNELS)
async def test_a_mute_and_a_narrower_filter_drop_only_what_they_cover(destination: str) -> None:
    desk = await taken_in(destination, ["ML", "NE", "BE"])
    niger_is_muted = Mute(country="NE", until=DUE + timedelta(days=1))
    africa = Subscription(clauses=(Clause(regions=("Africa",)),), daily=DAILY.daily)
    desk.subscriber = Subscriber(
        destination=destination, subscriptions=(africa,), mutes=(niger_is_muted,), changed_at=EVENING
    )
    assert await desk.send_what_is_due() == ["delivery-1 confirmed"]
    assert desk.errors().count(UNWANTED) == 2


async def test_an_alert_that_did_not_wait_is_not_compared_again() -> None:
    desk = Desk(CHANNELS[0])
    desk.subscriber = None
    assert await desk.send_what_is_due(delivery(CHANNELS[0])) == ["delivery-1 confirmed"]


async def test_a_correction_of_a_sent_alert_is_sent_although_its_subscription_has_ended() -> None:
    desk = await taken_in("teams:desk", ["ML"])
    await desk.send_what_is_due()
    desk.subscriber = None
    gone = withdrawn("teams:desk").replace(due_at=DUE)
    assert await desk.send_what_is_due(gone) == ["delivery-1 confirmed", "delivery-1 retracted"]


@pytest.mark.kafka
async def test_the_subscriptions_of_now_are_read_from_kafka(kafka: LocalKafka, prefix: str) -> None:
    await asyncio.to_thread(apply, KafkaConfig(kafka.bootstrap), TopicSettings(prefix=prefix, partitions=1))
    subscriber = Subscriber(destination="teams:desk", subscriptions=(DAILY,), changed_at=EVENING)
    write_committed(kafka, SUBSCRIPTIONS.full_name(prefix), b"teams:desk", subscriber.to_bytes())
    standing = CurrentSubscriptions(KafkaConfig(kafka.bootstrap), prefix, packaged(), lambda: EVENING)
    assert await standing.want(delivery("teams:desk"))
    assert not await standing.want(delivery("teams:other"))
