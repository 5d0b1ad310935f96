"""Outcomes of Slack's responses, and how long a delivery waits for its channel."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Iterator

import pytest

from schemas.delivery import Delivery, LedgerEntry
from schemas.topics import LEDGER
from streams.io.slack_client import SlackClient
from streams.notify.message import Message, render
from streams.notify.outcomes import Ambiguous, NotSent, Rejected
from tests.support.builders import alert_event
from tests.support.partition import PlainPartition, destinations_of
from tests.support.slack import FakeSlack, fake_slack
from tests.support.slack_emulator.gateway import Fault
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.slack


@pytest.fixture(scope="module")
def workspace() -> Iterator[FakeSlack]:
    with fake_slack() as started:
        yield started


@pytest.fixture
def slack(workspace: FakeSlack) -> Iterator[FakeSlack]:
    yield workspace
    workspace.gateway.faults.clear()
    workspace.gateway.seen.clear()
    workspace.gateway.tokens = {workspace.token}


def delivery(channel: str) -> Delivery:
    return Delivery(delivery_id="d", destination=channel, alert=alert_event())


def message() -> Message:
    return render(delivery("any"))


async def deliver(slack: FakeSlack, channel: str) -> LedgerEntry:
    partition, destinations = PlainPartition(), destinations_of(slack, sleep=asyncio.sleep)
    sending = partition.open(destinations)
    await partition.take_in(destinations, [delivery(channel)])
    await partition.until_empty(PATIENCE_SECONDS)
    sending.cancel()
    entry: LedgerEntry = partition.tables[LEDGER]["d"]
    return entry


async def until_seen(slack: FakeSlack, times: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while slack.gateway.seen["chat.postMessage"] < times:
        assert time.monotonic() < deadline, "the message was not sent often enough"
        await asyncio.sleep(0.02)


async def test_an_invalid_token_delays_a_delivery_until_it_is_valid_again(
    slack: FakeSlack, caplog: pytest.LogCaptureFixture
) -> None:
    channel = slack.new_channel("held")
    slack.gateway.tokens.clear()
    sending_task = asyncio.create_task(deliver(slack, channel))
    await until_seen(slack, 2)
    assert not sending_task.done()
    slack.gateway.tokens.add(slack.token)
    entry = await sending_task
    assert (entry.state, entry.attempts) == ("sent", 3)
    assert len(slack.messages(channel)) == 1
    [warning] = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert channel in warning
    assert "invalid_auth" in warning


async def test_the_wait_that_slack_asks_for_is_kept_in_full(slack: FakeSlack) -> None:
    channel = slack.new_channel("full-pause")
    slack.gateway.faults.append(Fault("ratelimited", retry_after_seconds=3))
    began = time.monotonic()
    entry = await deliver(slack, channel)
    assert time.monotonic() - began >= 3
    assert (entry.state, entry.attempts) == ("sent", 2)
    assert len(slack.messages(channel)) == 1


async def test_an_unknown_channel_is_rejected_at_the_first_attempt(slack: FakeSlack) -> None:
    entry = await deliver(slack, "C0NOTTHERE")
    assert (entry.state, entry.error, entry.attempts) == ("dead", "channel_not_found", 1)


@pytest.mark.parametrize(
    "page",
    [
        Fault("status", status=200, content_type="text/plain"),
        Fault("status", status=200, content_type="text/html"),
        Fault("status", status=200, content_type="application/json"),
        Fault("status", status=502),
        Fault("cut_before"),
    ],
    ids=["plain", "html", "no-json", "502", "cut"],
)
async def test_a_response_that_is_not_from_slack_is_ambiguous(slack: FakeSlack, page: Fault) -> None:
    page.times = 1
    slack.gateway.faults.append(page)
    assert isinstance(await SlackClient(slack.token, slack.base_url).post(slack.channel, message()), Ambiguous)


async def test_a_request_that_a_proxy_blocks_is_not_sent(slack: FakeSlack) -> None:
    slack.gateway.faults.append(Fault("status", status=403))
    outcome = await SlackClient(slack.token, slack.base_url).post(slack.channel, message())
    assert outcome == NotSent("http_403")


async def test_without_a_connection_nothing_is_sent() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}/api/"
        assert isinstance(await SlackClient("xoxb-any", address).post("C1", message()), NotSent)


async def test_a_request_without_a_response_is_ambiguous() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/api/"
        outcome = await SlackClient("xoxb-any", address, timeout_seconds=1).post("C1", message())
    assert isinstance(outcome, Ambiguous)


async def test_the_gateway_rejects_blocks_beyond_slacks_limits(slack: FakeSlack) -> None:
    too_many = Message(text="x", blocks=message().blocks * 60, metadata={})
    assert await SlackClient(slack.token, slack.base_url).post(slack.channel, too_many) == Rejected("invalid_blocks")


async def test_the_token_is_in_no_log_even_at_the_debug_level(
    slack: FakeSlack, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    api = SlackClient(slack.token, slack.base_url)
    slack.gateway.faults.append(Fault("status", status=500))
    await api.post(slack.channel, message())
    await api.check()
    assert caplog.records
    assert slack.token not in caplog.text + repr(api)


async def test_the_check_names_the_scopes_that_a_token_lacks(slack: FakeSlack) -> None:
    before, slack.gateway.scopes = slack.gateway.scopes, "channels:read"
    try:
        check = await SlackClient(slack.token, slack.base_url).check()
    finally:
        slack.gateway.scopes = before
    assert (check.ok, check.missing_scopes, check.team) == (False, ("chat:write",), "Desk")
    assert check.error is not None
    assert "chat:write" in check.error
