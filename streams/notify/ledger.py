"""What a delivery is to show next, what to do after each try, and what is written down in the end. Pure rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from schemas.delivery import LONGEST_ERROR, MOST_CORRECTIONS, Correction, Delivery, LedgerEntry, Suspension, Via
from schemas.limits import shorten
from streams.notify.outcomes import CHANNEL_PROBLEMS, CONTENT_PROBLEMS, Ambiguous, NotSent, Outcome, Rejected, Sent

LONGEST_BACKOFF_SECONDS = 60.0
"""A revoked token or an outage is asked about once a minute; only Slack itself can make a wait longer."""

SHORTEST_WAIT_SECONDS = 1.0
"""Slack takes about one message a second in a channel, so that an earlier try is of no use."""

Form = Literal["full", "plain"]


@dataclass(frozen=True, slots=True)
class PostRoot:
    """To be told for the first time: a message of its own."""


@dataclass(frozen=True, slots=True)
class PostCorrection:
    """To be corrected: the root message shows what is so now, and a reply in its thread says what changed."""

    corrections: tuple[Correction, ...]
    """What the root message shows struck, the latest last."""
    channel: str | None
    message_ts: str | None
    """Where the root message is; None on the console."""
    form: Form
    digest: str | None = None
    """The digest that the root message is, if it is one."""


@dataclass(frozen=True, slots=True)
class Skip:
    """Nothing is to be shown."""

    state: Literal["sent", "dead"]
    error: str | None = None


Action = PostRoot | PostCorrection | Skip


def decide(delivery: Delivery, entry: LedgerEntry | None, suspension: Suspension | None = None) -> Action:
    """Return what a delivery is to show, given what its destination has been shown."""
    if entry is not None and entry.alert_revision >= delivery.alert.revision:
        return Skip(entry.state, entry.error)
    if suspension is not None and not ends_suspension(delivery, suspension):
        return Skip("dead", f"suspended: {suspension.error}")
    if entry is None or entry.state == "dead":
        if delivery.alert.status == "confirmed":
            return PostRoot()
        # A correction of what nobody there has seen would be the first that they hear of it.
        return Skip("dead", entry.error if entry else "over before it was told")
    now = Correction(at=delivery.alert.arrived, changes=delivery.alert.changes, cause=delivery.alert.cause)
    shown = (*entry.corrections, now)[-MOST_CORRECTIONS:]
    return PostCorrection(shown, entry.channel, entry.message_ts, entry.form, entry.digest)


def ends_suspension(delivery: Delivery, suspension: Suspension) -> bool:
    """Whether somebody subscribed there after the channel could not be reached, so that it is tried again."""
    return delivery.subscribed_at is not None and delivery.subscribed_at > suspension.suspended_at


@dataclass(frozen=True, slots=True)
class Done:
    """Trying is over."""

    state: Literal["sent", "dead"]
    channel: str | None = None
    message_ts: str | None = None
    """Slack's timestamp of the message that was posted."""
    form: Form = "full"
    error: str | None = None
    """Why it is dead."""
    attempts: int = 1
    ambiguous: int = 0


@dataclass(frozen=True, slots=True)
class Retry:
    """To be tried once more."""

    after_seconds: float
    """How long to wait first."""
    error: str
    """Why it is not settled yet."""
    look: bool
    """It may be there already: look before it is posted again."""


@dataclass(frozen=True, slots=True)
class RetryAsPlainText:
    """To be tried at once as plain text, for Slack does not take what it is made of."""

    error: str


def next_step(outcome: Outcome, attempts: int, form: Form) -> Done | Retry | RetryAsPlainText:
    """Return what to do after a try; ``attempts`` counts it.

    Only Slack's refusal ends in ``dead``. Everything else is tried until it is settled, because a channel that is told
    late is worth more than one that is never told.
    """
    match outcome:
        case Sent(ts, channel):
            return Done("sent", channel, ts, form, attempts=attempts)
        case Rejected(error) if error in CONTENT_PROBLEMS and form == "full":
            return RetryAsPlainText(error)
        case Rejected(error):
            return Done("dead", form=form, error=error, attempts=attempts)
        case NotSent(error):
            return Retry(wait_seconds(outcome, attempts), error, look=False)
        case Ambiguous(error):
            return Retry(backoff_seconds(attempts), error, look=True)


def wait_seconds(outcome: NotSent, attempts: int) -> float:
    """Return the wait after so many tries: as long as Slack says, else longer each time."""
    if outcome.retry_after_seconds is None:
        return backoff_seconds(attempts)
    return max(SHORTEST_WAIT_SECONDS, outcome.retry_after_seconds)


def backoff_seconds(attempts: int) -> float:
    """Return the wait after so many tries: 1, 2, 4 seconds and so on, up to a minute."""
    doublings = min(attempts - 1, int(LONGEST_BACKOFF_SECONDS).bit_length())
    return min(LONGEST_BACKOFF_SECONDS, SHORTEST_WAIT_SECONDS * float(1 << doublings))


def next_ledger_entry(
    delivery: Delivery, entry: LedgerEntry | None, settled: Done, via: Via, digest: str | None = None
) -> LedgerEntry:
    """Return the ledger's row once a delivery is settled; ``digest`` is the one that told it.

    A reply that was refused leaves the root message sent.
    """
    what = decide(delivery, entry)
    corrects = entry if entry is not None and isinstance(what, PostCorrection) else None
    return LedgerEntry(
        delivery_id=delivery.delivery_id,
        destination=delivery.destination,
        alert_id=delivery.alert.alert_id,
        alert_revision=max(delivery.alert.revision, entry.alert_revision if entry else 0),
        first_revision=entry.first_revision if entry and entry.state == "sent" else delivery.alert.revision,
        state="sent" if corrects else settled.state,
        via=via,
        channel=corrects.channel if corrects else settled.channel,
        message_ts=corrects.message_ts if corrects else settled.message_ts,
        digest=corrects.digest if corrects else digest,
        form=settled.form,
        corrections=what.corrections if isinstance(what, PostCorrection) else entry.corrections if entry else (),
        error=shorten(settled.error, LONGEST_ERROR) if settled.error else None,
        attempts=settled.attempts,
        ambiguous=settled.ambiguous + (entry.ambiguous if entry else 0),
    )


def suspension_after(delivery: Delivery, settled: Done, at: datetime) -> Suspension | None:
    """Return the suspension of a channel that is not there for us any more, or None."""
    if settled.state == "sent" or settled.error not in CHANNEL_PROBLEMS:
        return None
    return Suspension(destination=delivery.destination, error=shorten(settled.error, LONGEST_ERROR), suspended_at=at)
