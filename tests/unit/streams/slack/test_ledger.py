"""What is owed, and what comes after each of Slack's answers."""

from __future__ import annotations

import pytest

from schemas.delivery import Delivery
from streams.slack.ledger import Again, Settle, backoff_seconds, entry, next_step, owed
from streams.slack.outcomes import Ambiguous, NotSent, Outcome, Refused, Sent
from tests.support.builders import alert_event


def delivery(number: int) -> Delivery:
    return Delivery(delivery_id=str(number), destination="console", alert=alert_event())


def test_what_the_ledger_has_is_owed_no_more_and_a_repeat_is_owed_once() -> None:
    settled = entry(delivery(1), Settle("sent"), via="console", attempts=1)
    assert [one.delivery_id for one in owed({"1": settled}, [delivery(1), delivery(2), delivery(2)])] == ["2"]


@pytest.mark.parametrize("outcome", [NotSent("ratelimited"), NotSent("token_revoked"), Ambiguous("internal_error")])
def test_what_may_pass_is_tried_again(outcome: Outcome) -> None:
    assert isinstance(next_step(outcome, 1), Again)


def test_the_pause_that_slack_asks_for_is_kept() -> None:
    step = next_step(NotSent("ratelimited", 42), 1)
    assert isinstance(step, Again)
    assert step.after_seconds == 42


def test_a_refusal_ends_dead_and_a_message_that_is_there_is_sent() -> None:
    dead, sent = next_step(Refused("is_archived"), 1), next_step(Sent("1.2"), 3)
    assert isinstance(dead, Settle)
    assert isinstance(sent, Settle)
    assert (entry(delivery(1), dead, "slack", 1).state, entry(delivery(1), dead, "slack", 1).error) == (
        "dead",
        "is_archived",
    )
    assert (entry(delivery(1), sent, "slack", 3).state, entry(delivery(1), sent, "slack", 3).message_ts) == (
        "sent",
        "1.2",
    )


def test_the_wait_doubles_up_to_a_minute() -> None:
    assert [backoff_seconds(n) for n in (1, 2, 3, 4)] == [1, 2, 4, 8]
    assert backoff_seconds(1000) == 60
