"""Webhooks to a server on this machine: signed, retried until accepted, and never sent to a forbidden address."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from datetime import UTC, datetime
from typing import Any

import pytest
from rich.console import Console

from schemas.delivery import Delivery, LedgerEntry
from schemas.topics import DELIVERIES, LEDGER, OUTBOX, SUSPENSIONS
from streams.io.destinations import Destinations
from streams.io.http_poster import HttpPoster
from streams.io.webhook_sender import WebhookSender
from streams.notify.outbox import outbox_key
from streams.notify.outcomes import NotSent, Rejected, outcome_of_status
from streams.notify.webhook import headers
from tests.support.builders import alert_event
from tests.support.partition import PlainPartition, short_sleep
from tests.support.receiver import receiver
from tests.support.waiting import PATIENCE_SECONDS

SECRET = "whsec_c2VjcmV0"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def delivery(url: str, number: int = 1, **alert: Any) -> Delivery:
    return Delivery(delivery_id=f"d-{number}", destination=url, alert=alert_event(alert_id=f"a-{number}", **alert))


async def deliver(*deliveries: Delivery, private: bool = True) -> PlainPartition:
    partition = PlainPartition()
    webhooks = WebhookSender(SECRET, poster := HttpPoster(private=private), clock=lambda: NOW, sleep=short_sleep)
    destinations = Destinations(None, Console(file=io.StringIO()), others={"webhook": webhooks}, sleep=short_sleep)
    sending = partition.open(destinations)
    await partition.take_in(destinations, deliveries)
    await partition.until_empty()
    sending.cancel()
    await poster.close()
    return partition


def entry(partition: PlainPartition, name: str = "d-1") -> LedgerEntry:
    row: LedgerEntry = partition.tables[LEDGER][name]
    return row


async def test_an_event_and_its_corrections_are_signed_and_in_order() -> None:
    async with receiver() as server:
        first, second = delivery(server.url), delivery(server.url, revision=2, status="retracted", type="retraction")
        partition = await deliver(first, second)
    assert [json.loads(content)["data"]["revision"] for _, content in server.accepted] == [1, 2]
    request_headers, content = server.accepted[0]
    assert request_headers["webhook-signature"] == headers(first, content, SECRET, NOW)["webhook-signature"]
    assert (entry(partition).state, entry(partition).via, entry(partition).alert_revision) == ("sent", "webhook", 2)


async def test_a_webhook_gets_each_alert_alone_and_no_digest() -> None:
    async with receiver() as server:
        await deliver(*(delivery(server.url, number) for number in range(30)))
    assert len(server.accepted) == 30


async def test_a_temporary_failure_is_retried_under_the_same_id() -> None:
    async with receiver(503, None, 429) as server:
        partition = await deliver(delivery(server.url))
    assert (server.seen, len(server.accepted), entry(partition).attempts) == (4, 1, 4)


async def test_a_redirect_is_not_followed_and_a_rejection_is_final() -> None:
    async with receiver(302, 400) as server:
        partition = await deliver(delivery(server.url), delivery(server.url, 2))
    assert (server.seen, server.accepted) == (2, [])
    assert [entry(partition, name).error for name in ("d-1", "d-2")] == ["http_302", "http_400"]


async def test_an_address_that_answers_gone_is_suspended() -> None:
    async with receiver(410) as server:
        partition = await deliver(delivery(server.url), delivery(server.url, 2))
    assert server.seen == 1
    assert list(partition.tables[SUSPENSIONS]) == [server.url]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_this_machine_is_not_called_unless_allowed(host: str, caplog: pytest.LogCaptureFixture) -> None:
    async with receiver() as server:
        partition = await deliver(delivery(server.url.replace("127.0.0.1", host) + "?token=secret"), private=False)
    assert server.seen == 0
    assert entry(partition).error == "not_a_public_address"
    assert "token" not in caplog.text


@pytest.mark.parametrize(
    "host", ["\u2460\u2461\u2466.0.0.1", "127\u30020\u30020\u30021", "\uff11\uff16\uff19.254.169.254"]
)
async def test_an_address_in_digits_of_another_script_is_not_called(host: str) -> None:
    poster = HttpPoster(private=False)
    outcome = await poster.post(f"https://{host}/hook", b"{}", {}, outcome_of_status)
    await poster.close()
    assert outcome == Rejected("not_a_public_address")


async def test_a_receiver_may_name_the_date_of_the_next_attempt() -> None:
    async with receiver(429) as server:
        server.retry_after = "Fri, 31 Dec 9999 23:59:59 GMT"
        poster = HttpPoster(private=True)
        outcome = await poster.post(server.url, b"{}", {}, outcome_of_status)
        await poster.close()
    assert isinstance(outcome, NotSent)
    assert outcome.retry_after_seconds is not None
    assert outcome.retry_after_seconds > 1e9


async def test_an_unreachable_address_is_retried(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    async with receiver() as server:
        url = server.url
    partition, waits, often = PlainPartition(), list[float](), asyncio.Event()

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            often.set()
        await short_sleep(seconds)

    webhooks = WebhookSender(SECRET, poster := HttpPoster(private=True), clock=lambda: NOW, sleep=sleep)
    destinations = Destinations(None, Console(file=io.StringIO()), others={"webhook": webhooks}, sleep=short_sleep)
    sending = partition.open(destinations)
    await partition.take_in(destinations, [delivery(url)])
    async with asyncio.timeout(PATIENCE_SECONDS):
        await often.wait()
    sending.cancel()
    assert waits[:3] == [1, 2, 4]
    assert caplog.text.count("no connection") == 1  # logged once a minute
    await poster.close()
    assert len(partition.tables[OUTBOX]) == 1


async def test_without_a_secret_the_terminal_shows_the_alert() -> None:
    out, partition = io.StringIO(), PlainPartition()
    await partition.take_in(Destinations(None, Console(file=out, width=80)), [delivery("https://example.org/hook")])
    assert "for the first time" in out.getvalue()
    assert entry(partition).via == "console"


async def test_a_defective_delivery_goes_to_quarantine_and_its_queue_continues() -> None:
    async with receiver() as server:
        broken = delivery(server.url).replace(alert=None)  # no version of Firstseen writes such a row
        partition = PlainPartition()
        partition.tables[OUTBOX][outbox_key(7)] = broken
        webhooks = WebhookSender(SECRET, poster := HttpPoster(private=True), clock=lambda: NOW, sleep=short_sleep)
        destinations = Destinations(None, Console(file=io.StringIO()), others={"webhook": webhooks}, sleep=short_sleep)
        sending = partition.open(destinations)
        await partition.take_in(destinations, [delivery(server.url, 2)])
        await partition.until_empty()
        sending.cancel()
        await poster.close()
    [row] = partition.quarantined
    assert (row.stage, row.topic, row.offset) == ("slack", DELIVERIES.full_name("t"), 7)
    assert [json.loads(content)["data"]["alert_id"] for _, content in server.accepted] == ["a-2"]
