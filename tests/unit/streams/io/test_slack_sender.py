"""What the sender does without a response of Slack. The rest is tested against the Slack emulator."""

from __future__ import annotations

from typing import Any, cast

from schemas.delivery import Delivery, LedgerEntry
from streams.io.map_renderer import MapRenderer
from streams.io.retry import Ownership
from streams.io.slack_client import SlackClient
from streams.io.slack_sender import SlackOptions, SlackSender
from streams.notify.ledger import SHOWN_IN_TERMINAL, Action, Done, PostRoot, Skip, decide
from streams.notify.outcomes import NotSent, Outcome, Sent
from tests.support.builders import alert_event
from tests.support.partition import PlainPartition

DELIVERY = Delivery(delivery_id="d-1", destination="C1", alert=alert_event())


class Slack:
    """Returns the given outcomes in turn."""

    def __init__(self, *outcomes: Outcome) -> None:
        self._outcomes = iter(outcomes)

    async def post(self, *_: Any, **__: Any) -> Outcome:
        return next(self._outcomes)


async def send(action: Action, *outcomes: Outcome) -> tuple[Done, list[float]]:
    """Return the result and the waits of at least a second."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    sender = SlackSender(cast(SlackClient, Slack(*outcomes)), MapRenderer(), SlackOptions(), sleep)
    done = await sender.send(DELIVERY, action, None, Ownership(PlainPartition().confirm_ownership))
    return done, [seconds for seconds in waits if seconds >= 1]


async def test_a_post_is_repeated_until_it_is_sent() -> None:
    done, waits = await send(PostRoot(), NotSent("no connection"), NotSent("no connection"), Sent("1.0", "C1"))
    assert (done.state, done.message_ts, done.attempts, waits[:1]) == ("sent", "1.0", 3, [1])


async def test_a_skipped_delivery_sends_nothing() -> None:
    assert await send(Skip("dead", "suspended: is_archived")) == (Done("dead", error="suspended: is_archived"), [])


async def test_a_message_of_the_terminal_cannot_be_corrected_in_slack() -> None:
    entry = LedgerEntry(
        delivery_id="d-1", destination="C1", alert_id="a", alert_revision=0, state="sent", via="console"
    )
    done, _ = await send(decide(DELIVERY, entry))
    assert (done.state, done.error) == ("dead", SHOWN_IN_TERMINAL)
