"""Messages to a workflow of Teams: once each, corrected by further messages, held or suspended as the response says."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from contextlib import suppress
from typing import Any

import pytest
from rich.console import Console

from schemas.alert import AlertChange
from schemas.delivery import Delivery, LedgerEntry
from schemas.topics import LEDGER, OUTBOX, SUSPENSIONS
from streams.io.destinations import Destinations
from streams.io.http_poster import HttpPoster
from streams.io.teams_sender import TeamsSender
from streams.notify.ledger import SHOWN_IN_TERMINAL
from tests.support.partition import PlainPartition, short_sleep
from tests.support.receiver import Receiver, receiver
from tests.support.slack_deliveries import delivery, withdrawn

DESK = "teams:desk"


async def send(server: Receiver, *deliveries: Delivery, partition: PlainPartition | None = None) -> PlainPartition:
    """Send deliveries, and return once the outbox is empty."""
    partition = partition or PlainPartition()
    poster, destinations = of(server)
    sending = partition.open(destinations)
    await partition.take_in(destinations, deliveries)
    await partition.until_empty()
    await stop(sending)
    await poster.close()
    return partition


def of(server: Receiver) -> tuple[HttpPoster, Destinations]:
    poster = HttpPoster(private=True)
    teams = TeamsSender({"desk": f"{server.url}?sig=a%2Bsecret"}, poster, short_sleep, "https://alerts.example.org")
    return poster, Destinations(None, Console(file=io.StringIO()), others={"teams": teams}, sleep=short_sleep)


async def stop(sending: asyncio.Task[None]) -> None:
    sending.cancel()
    with suppress(asyncio.CancelledError):
        await sending


def entry(partition: PlainPartition, name: str = "delivery-1") -> LedgerEntry:
    row: LedgerEntry = partition.tables[LEDGER][name]
    return row


def cards(server: Receiver) -> list[dict[str, Any]]:
    return [json.loads(content)["attachments"][0]["content"] for _, content in server.accepted]


def text(card: Any) -> str:
    """Return the texts of a card, a line each."""
    blocks = [item for element in card["body"] for item in element.get("items", [element])]
    return "\n".join("".join(run["text"] for run in block["inlines"]) for block in blocks)


async def test_a_correction_is_a_message_that_says_what_it_corrects() -> None:
    async with receiver() as server:
        partition = await send(server, delivery(DESK))
        await send(server, withdrawn(DESK), partition=partition)
    first, correction = map(text, cards(server))
    assert first.startswith("JNIM appeared in Mali for the first time\n")
    assert correction.startswith("Alert withdrawn: JNIM in Mali\nCorrects an earlier message: JNIM appeared in Mali")
    assert (entry(partition).state, entry(partition).via, entry(partition).alert_revision) == ("sent", "teams", 2)


async def test_a_storm_is_one_message() -> None:
    async with receiver() as server:
        partition = await send(server, *(delivery(DESK, number) for number in range(12)))
    [card] = cards(server)
    assert text(card).count("JNIM appeared in Mali") == 12
    assert {row.state for row in partition.tables[LEDGER].values()} == {"sent"}


async def test_a_message_that_was_sent_before_a_crash_may_appear_twice_and_is_counted() -> None:
    partition = PlainPartition()
    async with receiver(0) as server:
        poster, destinations = of(server)
        sending = partition.open(destinations)
        await partition.take_in(destinations, [delivery(DESK)])
        await server.silent.wait()
        await stop(sending)  # as if the worker were killed
        await poster.close()
        assert len(partition.tables[OUTBOX]) == 1
        await send(server, partition=partition)
    assert [text(card).partition("\n")[0] for card in cards(server)] == ["JNIM appeared in Mali for the first time"] * 2
    assert (entry(partition).state, entry(partition).ambiguous) == ("sent", 1)


async def test_a_busy_or_broken_workflow_gets_the_message_later() -> None:
    async with receiver(429, 500, None) as server:
        partition = await send(server, delivery(DESK))
    assert len(server.accepted) == 1
    assert (entry(partition).attempts, entry(partition).ambiguous) == (4, 2)


async def test_a_replaced_address_holds_the_messages(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with receiver(401, 403) as server:
        partition = await send(server, delivery(DESK))
    assert (entry(partition).state, entry(partition).attempts) == ("sent", 3)
    assert "http_401" in caplog.text
    assert "secret" not in caplog.text


async def test_a_deleted_workflow_is_suspended() -> None:
    async with receiver(404) as server:
        partition = await send(server, delivery(DESK), delivery(DESK, 2))
    assert server.seen == 1
    assert list(partition.tables[SUSPENSIONS]) == [DESK]
    assert entry(partition, "delivery-2").error == "suspended: gone"


async def test_a_name_without_an_address_is_printed_and_its_correction_stays_out_of_teams() -> None:
    out, partition = io.StringIO(), PlainPartition()
    await partition.take_in(Destinations(None, Console(file=out, width=80)), [delivery(DESK)])
    assert "for the first time" in out.getvalue()
    async with receiver() as server:
        await send(server, withdrawn(DESK), partition=partition)
    assert server.seen == 0
    assert (entry(partition).via, entry(partition).error) == ("console", SHOWN_IN_TERMINAL)


async def test_a_further_origin_is_recorded_and_not_sent() -> None:
    more = AlertChange(what="origins", old="2", new="3")
    async with receiver() as server:
        partition = await send(server, delivery(DESK))
        await send(server, delivery(DESK, revision=2, type="update", changes=(more,)), partition=partition)
    assert server.seen == 1
    assert entry(partition).alert_revision == 2


async def test_the_signature_of_an_address_arrives_as_it_was_issued() -> None:
    async with receiver() as server:
        await send(server, delivery(DESK))
    assert server.queries == ["sig=a%2Bsecret"]
