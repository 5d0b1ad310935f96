"""Deliveries and the ledger: what is still owed, what to do after each try, and what is written down in the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from schemas.delivery import Delivery, LedgerEntry
from streams.slack.outcomes import Ambiguous, NotSent, Outcome, Refused, Sent

LONGEST_BACKOFF_SECONDS = 60.0
"""A revoked token or an outage is asked about once a minute; only Slack itself can make a wait longer."""

SHORTEST_WAIT_SECONDS = 1.0
"""Slack takes about one message a second in a channel, so that an earlier try is of no use."""


@dataclass(frozen=True, slots=True)
class Settle:
    """Trying is over."""

    state: Literal["sent", "dead"]
    message_ts: str | None = None
    """Slack's timestamp of a message that it has."""
    error: str | None = None
    """Why it is dead."""


@dataclass(frozen=True, slots=True)
class Again:
    """To be tried once more."""

    after_seconds: float
    """How long to wait first."""
    error: str
    """Why it is not settled yet."""


def owed(ledger: Mapping[str, LedgerEntry], deliveries: Iterable[Delivery]) -> list[Delivery]:
    """Return the deliveries that the ledger does not have yet, each once, in the order in which they came."""
    first_of_each: dict[str, Delivery] = {}
    for delivery in deliveries:
        if delivery.delivery_id not in ledger:
            first_of_each.setdefault(delivery.delivery_id, delivery)
    return list(first_of_each.values())


def next_step(outcome: Outcome, attempts: int) -> Settle | Again:
    """Return what to do after a try; ``attempts`` counts it.

    Only Slack's refusal ends in ``dead``. Everything else is tried until it is settled, because a channel that is told
    late is worth more than one that is never told. An ambiguous post is made again and may then be there twice.
    """
    match outcome:
        case Sent(ts):
            return Settle("sent", message_ts=ts)
        case Refused(error):
            return Settle("dead", error=error)
        case NotSent(error, retry_after_seconds) if retry_after_seconds is not None:
            return Again(max(SHORTEST_WAIT_SECONDS, retry_after_seconds), error)
        case NotSent(error) | Ambiguous(error):
            return Again(backoff_seconds(attempts), error)


def backoff_seconds(attempts: int) -> float:
    """Return the wait after so many tries: 1, 2, 4 seconds and so on, up to a minute."""
    doublings = min(attempts - 1, int(LONGEST_BACKOFF_SECONDS).bit_length())
    return min(LONGEST_BACKOFF_SECONDS, SHORTEST_WAIT_SECONDS * float(1 << doublings))


def entry(delivery: Delivery, settled: Settle, via: Literal["slack", "console"], attempts: int) -> LedgerEntry:
    """Return the ledger's row for a settled delivery."""
    return LedgerEntry(
        delivery_id=delivery.delivery_id,
        destination=delivery.destination,
        alert_id=delivery.alert.alert_id,
        alert_revision=delivery.alert.revision,
        state=settled.state,
        via=via,
        message_ts=settled.message_ts,
        error=settled.error,
        attempts=attempts,
    )
