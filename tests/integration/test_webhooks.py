"""Webhooks to a real server on this machine: signed, repeated until they are taken, and never where they must not go."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web
from rich.console import Console

from schemas.delivery import Delivery, LedgerEntry
from schemas.topics import DELIVERIES, LEDGER, OUTBOX, SUSPENSIONS
from streams.io.destinations import Destinations
from streams.io.webhook_client import WebhookClient
from streams.notify.outbox import outbox_key
from streams.notify.webhook import headers
from tests.support.builders import alert_event
from tests.support.partition import PlainPartition, hasty

SECRET = "whsec_c2VjcmV0"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Receiver:
    url: str = ""
    answers: list[int | None] = field(default_factory=list)
    """Statuses of the next answers, None: the connection cut; then 200."""
    taken: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    seen: int = 0


@asynccontextmanager
async def receiver(*answers: int | None) -> AsyncIterator[Receiver]:
    here = Receiver(answers=list(answers))

    async def take(request: web.Request) -> web.Response:
        here.seen += 1
        status = here.answers.pop(0) if here.answers else 200
        if status is None:
            assert request.transport
            request.transport.abort()
            return web.Response()
        if status == 200:
            here.taken.append(({k.lower(): v for k, v in request.headers.items()}, await request.read()))
        return web.Response(status=status, headers={"Location": "/elsewhere", "Retry-After": "1"})

    app = web.Application()
    app.router.add_post("/hook", take)
    app.router.add_route("*", "/elsewhere", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    here.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield here
    await runner.cleanup()


def delivery(url: str, number: int = 1, **alert: Any) -> Delivery:
    return Delivery(delivery_id=f"d-{number}", destination=url, alert=alert_event(alert_id=f"a-{number}", **alert))


async def deliver(*owed: Delivery, private: bool = True) -> PlainPartition:
    partition = PlainPartition()
    webhooks = WebhookClient(SECRET, private=private, clock=lambda: NOW, sleep=hasty)
    channels = Destinations(None, Console(file=io.StringIO()), webhooks=webhooks, sleep=hasty)
    lanes = partition.open(channels)
    await partition.take_in(channels, owed)
    await partition.until_empty(30)
    lanes.cancel()
    await webhooks.close()
    return partition


def entry(partition: PlainPartition, name: str = "d-1") -> LedgerEntry:
    found: LedgerEntry = partition.tables[LEDGER][name]
    return found


async def test_an_event_and_its_corrections_come_signed_in_order() -> None:
    async with receiver() as there:
        first, second = delivery(there.url), delivery(there.url, revision=2, status="retracted", type="retraction")
        partition = await deliver(first, second)
    assert [json.loads(sent)["data"]["revision"] for _, sent in there.taken] == [1, 2]
    told, sent = there.taken[0]
    assert told["webhook-signature"] == headers(first, sent, SECRET, NOW)["webhook-signature"]
    assert (entry(partition).state, entry(partition).via, entry(partition).alert_revision) == ("sent", "webhook", 2)


async def test_a_program_gets_each_alert_on_its_own_however_many_wait() -> None:
    async with receiver() as there:
        await deliver(*(delivery(there.url, number) for number in range(30)))
    assert len(there.taken) == 30


async def test_what_may_pass_is_tried_again_under_the_same_id() -> None:
    async with receiver(503, None, 429) as there:
        partition = await deliver(delivery(there.url))
    assert (there.seen, len(there.taken), entry(partition).attempts) == (4, 1, 4)


async def test_a_redirect_is_not_followed_and_a_refusal_is_final() -> None:
    async with receiver(302, 400) as there:
        partition = await deliver(delivery(there.url), delivery(there.url, 2))
    assert (there.seen, there.taken) == (2, [])
    assert [entry(partition, name).error for name in ("d-1", "d-2")] == ["http_302", "http_400"]


async def test_an_address_that_is_gone_is_called_no_more() -> None:
    async with receiver(410) as there:
        partition = await deliver(delivery(there.url), delivery(there.url, 2))
    assert there.seen == 1
    assert list(partition.tables[SUSPENSIONS]) == [there.url]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_this_machine_is_not_called_unless_it_is_allowed(host: str, caplog: pytest.LogCaptureFixture) -> None:
    async with receiver() as there:
        partition = await deliver(delivery(there.url.replace("127.0.0.1", host) + "?token=secret"), private=False)
    assert there.seen == 0
    assert entry(partition).error == "not_a_public_address"
    assert "token" not in caplog.text


async def test_nobody_listens_is_no_reason_to_give_up(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    async with receiver() as there:
        url = there.url
    partition, waits, often = PlainPartition(), list[float](), asyncio.Event()

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            often.set()
        await hasty(seconds)

    webhooks = WebhookClient(SECRET, private=True, clock=lambda: NOW, sleep=sleep)
    channels = Destinations(None, Console(file=io.StringIO()), webhooks=webhooks, sleep=hasty)
    lanes = partition.open(channels)
    await partition.take_in(channels, [delivery(url)])
    async with asyncio.timeout(20):
        await often.wait()
    lanes.cancel()
    assert waits[:3] == [1, 2, 4]
    assert caplog.text.count("no connection") == 1  # it is logged once a minute
    await webhooks.close()
    assert len(partition.tables[OUTBOX]) == 1


async def test_without_a_secret_the_terminal_shows_it() -> None:
    out, partition = io.StringIO(), PlainPartition()
    await partition.take_in(Destinations(None, Console(file=out, width=80)), [delivery("https://example.org/hook")])
    assert "FIRST SEEN" in out.getvalue()
    assert entry(partition).via == "console"


async def test_a_delivery_on_which_a_rule_fails_goes_to_quarantine_and_its_lane_goes_on() -> None:
    async with receiver() as there:
        broken = delivery(there.url).replace(alert=None)  # as no version of ours writes it
        partition = PlainPartition()
        partition.tables[OUTBOX][outbox_key(7)] = broken
        webhooks = WebhookClient(SECRET, private=True, clock=lambda: NOW, sleep=hasty)
        channels = Destinations(None, Console(file=io.StringIO()), webhooks=webhooks, sleep=hasty)
        lanes = partition.open(channels)
        await partition.take_in(channels, [delivery(there.url, 2)])
        await partition.until_empty(30)
        lanes.cancel()
        await webhooks.close()
    [row] = partition.quarantined
    assert (row.stage, row.topic, row.offset) == ("slack", DELIVERIES.full_name("t"), 7)
    assert [json.loads(sent)["data"]["alert_id"] for _, sent in there.taken] == ["a-2"]
