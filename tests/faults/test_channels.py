"""Mail, Teams and a webhook that fail at random, with workers that are killed at random: nothing lost, copies counted."""

from __future__ import annotations

import asyncio
import io
from contextlib import suppress
from random import Random
from typing import get_args

import pytest
from rich.console import Console

from schemas.delivery import Delivery, is_webhook, via_of
from schemas.topics import LEDGER, OUTBOX
from streams.io.clock import now
from streams.io.destinations import Destinations
from streams.io.email_sender import EmailOptions, EmailSender
from streams.io.http_poster import HttpPoster
from streams.io.slack_sender import SlackOptions
from streams.io.smtp_client import SmtpClient, SmtpServer
from streams.io.teams_sender import TeamsSender
from streams.io.webhook_sender import WebhookSender
from tests.faults.channel_comparison import compare_channel
from tests.faults.channels import PAGE, Channels, channels
from tests.faults.schedule import ChannelFailure
from tests.integration.test_slack_faults import alert_histories, interleaved
from tests.support.partition import PlainPartition, short_sleep


def workers(served: Channels, poster: HttpPoster) -> Destinations:
    smtp = SmtpClient(SmtpServer("127.0.0.1", served.mails.port, "alerts@example.org", "none"))
    return Destinations(
        None, Console(file=io.StringIO()), options=SlackOptions(page=PAGE), sleep=short_sleep,
        others={
            "email": EmailSender(smtp, EmailOptions(PAGE), clock=now, sleep=short_sleep),
            "teams": TeamsSender({"desk": served.teams.url}, poster, short_sleep, PAGE),
            "webhook": WebhookSender("secret", poster, clock=now, sleep=short_sleep),
        },
    )  # fmt: skip


async def deliver(served: Channels, deliveries: list[Delivery], random: Random) -> tuple[PlainPartition, int]:
    """Deliver everything, with faults and killed workers; return the partition and the number of kills."""
    partition, poster, deaths, waiting = PlainPartition(), HttpPoster(private=True), 0, list(deliveries)
    destinations = workers(served, poster)
    sending = partition.open(destinations)
    async with asyncio.timeout(240):
        while waiting or partition.tables[OUTBOX]:
            batch, waiting = waiting[:25], waiting[25:]
            await partition.take_in(destinations, batch)
            if waiting:
                failure: ChannelFailure = random.choice(get_args(ChannelFailure)[:3])
                served.fail(random.choice(("email", "teams", "webhook")), failure, random.randint(1, 3))
                served.fail("email", "cut_after", random.randint(0, 1))
            await asyncio.sleep(random.uniform(0, 0.2))
            if random.random() < 0.3:
                sending.cancel()
                with suppress(asyncio.CancelledError):
                    await sending
                deaths += 1
                destinations = workers(served, poster)
                sending = partition.open(destinations)
            if sending.done():
                sending.result()
    sending.cancel()
    await poster.close()
    return partition, deaths


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.thorough) for seed in (1, 2))])
def test_nothing_is_lost_and_each_copy_is_counted(seed: int) -> None:
    random = Random(seed)
    with channels() as served:
        mixed = interleaved(random, alert_histories(random), [*served.destinations, "C1"])
        deliveries = [
            each.replace(
                delivery_id=f"{each.alert.alert_id}-{via_of(each.destination)}",
                due_at=None if is_webhook(each.destination) else each.due_at,
            )
            for each in mixed
            if each.destination in served.destinations
        ]
        partition, deaths = asyncio.run(deliver(served, deliveries, random))
        shown = served.shown()
    assert deaths > 2
    ledger = partition.tables[LEDGER]
    for destination in served.destinations:
        due = [delivery for delivery in deliveries if delivery.destination == destination]
        entries = {key: entry for key, entry in ledger.items() if entry.destination == destination}
        found = compare_channel(destination, shown[destination], due, entries, PAGE)
        assert (found.lost, found.doubled) == (0, 0), (destination, found)
