"""The next action for a delivery, the next step after each attempt, and the ledger entry at the end.

Also decides which map a message shows: an alert that is news gets a map, which its message keeps until the alert names
other countries or places, and a message that is no longer news keeps the last one.

Purely computational: :mod:`streams.io.partition_queues` performs the actions and commits the entries, and
:mod:`streams.io.message_maps` uploads maps.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal

from schemas.alert import AlertEvent
from schemas.delivery import (
    LONGEST_ALT_TEXT,
    LONGEST_ERROR,
    MAX_CORRECTIONS,
    Correction,
    Delivery,
    Digest,
    LedgerEntry,
    MapFile,
    Suspension,
    Via,
)
from schemas.limits import shorten
from streams.notify.map_svg import alt_text, contents
from streams.notify.outcomes import (
    CHANNEL_PROBLEMS,
    CONTENT_PROBLEMS,
    TOKEN_PROBLEMS,
    Ambiguous,
    NotSent,
    Outcome,
    Rejected,
    Sent,
)

LONGEST_BACKOFF_SECONDS = 60.0
"""During an outage or with a revoked token, the sender retries once a minute. Only ``Retry-After`` can exceed it."""

LONGEST_WAIT_SECONDS = 86_400.0
"""The longest wait. A receiver may ask for any; the message is sent again after a day."""

SHORTEST_WAIT_SECONDS = 1.0
"""Slack accepts about one message per second and channel, so an earlier retry would fail."""

MAX_MAP_ATTEMPTS = 6
"""With the waits between them they take half a minute. Slack processes an image within seconds after its upload."""

OVER = "no longer current before it was sent"
"""Error of a delivery that is skipped because its alert was superseded or withdrawn first."""

UNWANTED = "unsubscribed or muted before it was sent"
"""Error of a delivery that waited for its time, in which its destination was unsubscribed or muted the alert."""

SHOWN_IN_TERMINAL = "shown in the terminal before the destination was set up"
"""Error of a correction whose alert the destination never received."""

Form = Literal["full", "plain"]

_FINGERPRINT = 16
"""Characters of the hash of what a map shows."""


@dataclass(frozen=True, slots=True)
class PostRoot:
    """Post a root message: the destination has not received the alert."""


@dataclass(frozen=True, slots=True)
class PostCorrection:
    """Edit the root message to show the current facts, and reply in its thread with the change."""

    corrections: tuple[Correction, ...]
    """The corrections that the root message lists, the latest last."""
    channel: str | None
    message_ts: str | None
    """The root message; None for the terminal."""
    form: Form
    digest: str | None = None
    """Id of the digest, if the root message is one."""
    via: Via = "slack"
    """Channel type of the root message. ``console``: the terminal showed it, before the destination was set up."""
    map_file: MapFile | None = None
    """Map that the root message keeps."""


@dataclass(frozen=True, slots=True)
class Skip:
    """Send nothing."""

    state: Literal["sent", "dead"]
    error: str | None = None


Action = PostRoot | PostCorrection | Skip


def decide(delivery: Delivery, entry: LedgerEntry | None, suspension: Suspension | None = None) -> Action:
    """Return the action for a delivery, given what the ledger says its destination received."""
    if entry is not None and entry.alert_revision >= delivery.alert.revision:
        return Skip(entry.state, entry.error)
    if suspension is not None and not ends_suspension(delivery, suspension):
        return Skip("dead", f"suspended: {suspension.error}")
    if entry is not None and entry.error == UNWANTED:
        return Skip("dead", UNWANTED)
    if entry is None or entry.state == "dead":
        if delivery.alert.status == "confirmed":
            return PostRoot()
        # The destination never received the alert, so it does not need the correction.
        return Skip("dead", entry.error if entry else OVER)
    corrections = entry.corrections
    if delivery.alert.changes:  # none: corrections that cancel out
        correction = Correction(at=delivery.alert.arrived, changes=delivery.alert.changes, cause=delivery.alert.cause)
        corrections = (*corrections, correction)[-MAX_CORRECTIONS:]
    return PostCorrection(
        corrections, entry.channel, entry.message_ts, entry.form, entry.digest, entry.via,
        kept_map(entry.map_file, delivery.alert),
    )  # fmt: skip


def ends_suspension(delivery: Delivery, suspension: Suspension) -> bool:
    """Whether the channel was subscribed again after its suspension, so that sending resumes.

    Times are compared only for equality, because the clocks of the programs that wrote them may differ.
    """
    return delivery.subscribed_at not in {None, suspension.subscribed_at}


@dataclass(frozen=True, slots=True)
class Done:
    """No further attempt is needed."""

    state: Literal["sent", "dead"]
    channel: str | None = None
    message_ts: str | None = None
    """Slack's timestamp of the posted message."""
    form: Form = "full"
    map_file: MapFile | None = None
    """Map in the edited root message."""
    error: str | None = None
    """Why the delivery is dead."""
    attempts: int = 1
    ambiguous: int = 0
    """Number of attempts whose message may exist although another followed."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Send again after a wait."""

    after_seconds: float
    """The wait before the next attempt."""
    error: str
    """Why this attempt failed."""
    may_exist: bool
    """True: the message may exist, so look it up before the next attempt."""


@dataclass(frozen=True, slots=True)
class RetryAsPlainText:
    """Send again at once as plain text, because Slack rejected the blocks."""

    error: str


def next_step(outcome: Outcome, attempts: int, form: Form) -> Done | Retry | RetryAsPlainText:
    """Return the next step after an attempt; ``attempts`` includes it.

    Only a rejection ends in ``dead``. Every other outcome is retried until the message is sent, because a late message
    is better than none.
    """
    match outcome:
        case Sent(ts, channel):
            return Done("sent", channel, ts, form, attempts=attempts)
        case Rejected(error) if error in CONTENT_PROBLEMS and form == "full":
            return RetryAsPlainText(error)
        case Rejected(error):
            return Done("dead", form=form, error=error, attempts=attempts)
        case NotSent(error):
            return Retry(wait_seconds(outcome, attempts), error, may_exist=False)
        case Ambiguous(error):
            return Retry(backoff_seconds(attempts), error, may_exist=True)


def map_retry_seconds(failure: NotSent | Ambiguous | Rejected, attempts: int) -> float | None:
    """Return the wait before another attempt to upload or show a map; None: the message stays without it.

    Slack rejects the blocks until it has processed the image.
    """
    if attempts >= MAX_MAP_ATTEMPTS:
        return None
    match failure:
        case NotSent(error) if error not in TOKEN_PROBLEMS:
            return wait_seconds(failure, attempts)
        case Ambiguous():
            return backoff_seconds(attempts)
        case Rejected(error) if error in CONTENT_PROBLEMS:
            return backoff_seconds(attempts)
        case _:
            return None


def wait_seconds(outcome: NotSent, attempts: int) -> float:
    """Return the wait after a number of attempts: what the response asked for, up to a day; else a growing backoff."""
    if outcome.retry_after_seconds is None:
        return backoff_seconds(attempts)
    return min(max(SHORTEST_WAIT_SECONDS, outcome.retry_after_seconds), LONGEST_WAIT_SECONDS)


def backoff_seconds(attempts: int) -> float:
    """Return the wait after a number of attempts: 1, 2, 4 seconds and so on, up to a minute."""
    doublings = min(attempts - 1, int(LONGEST_BACKOFF_SECONDS).bit_length())
    return min(LONGEST_BACKOFF_SECONDS, SHORTEST_WAIT_SECONDS * float(1 << doublings))


def next_ledger_entry(
    delivery: Delivery, entry: LedgerEntry | None, done: Done, via: Via, digest: str | None = None
) -> LedgerEntry:
    """Return the ledger entry of a delivery that is done; ``digest`` is the id of the digest that contains it.

    If the reply was rejected, the root message still counts as sent. An event older than the message changes nothing.
    """
    action = decide(delivery, entry)
    if isinstance(action, Skip) and entry is not None and entry.state == "sent":
        return entry
    corrected = entry if entry is not None and isinstance(action, PostCorrection) else None
    return LedgerEntry(
        delivery_id=delivery.delivery_id,
        destination=delivery.destination,
        alert_id=delivery.alert.alert_id,
        alert_revision=max(delivery.alert.revision, entry.alert_revision if entry else 0),
        first_revision=entry.first_revision if entry and entry.state == "sent" else delivery.alert.revision,
        state="sent" if corrected else done.state,
        via=corrected.via if corrected else via,
        channel=corrected.channel if corrected else done.channel,
        message_ts=corrected.message_ts if corrected else done.message_ts,
        digest=corrected.digest if corrected else digest,
        form=done.form,
        corrections=action.corrections if isinstance(action, PostCorrection) else entry.corrections if entry else (),
        map_file=done.map_file if corrected and not corrected.digest else None,
        error=shorten(done.error, LONGEST_ERROR) if done.error else None,
        attempts=done.attempts,
        ambiguous=done.ambiguous + (entry.ambiguous if entry else 0),
    )


def suspension_after(delivery: Delivery, done: Done, at: datetime) -> Suspension | None:
    """Return the suspension of a channel that is no longer available, or None."""
    if done.state == "sent" or done.error not in CHANNEL_PROBLEMS:
        return None
    return Suspension(
        destination=delivery.destination,
        error=shorten(done.error, LONGEST_ERROR),
        suspended_at=at,
        subscribed_at=delivery.subscribed_at,
    )


def map_file(alert: AlertEvent, file: str) -> MapFile:
    """Return the map of an alert; ``file`` is Slack's id of the image."""
    return MapFile(file=file, shows=_fingerprint(alert), alt_text=shorten(alt_text(alert), LONGEST_ALT_TEXT))


def kept_map(shown: MapFile | None, alert: AlertEvent) -> MapFile | None:
    """Return the map that a message keeps when it is edited to show the alert as it is now."""
    if shown is None or alert.status != "confirmed":
        return shown
    return shown if shown.shows == _fingerprint(alert) else None


def lacks_map(delivery: Delivery, entry: LedgerEntry, digest: Digest | None) -> bool:
    """Whether the root message of an alert is to get a map. ``digest``: the digest that is the root message."""
    shown = digest.map_file if digest else entry.map_file
    is_current = entry.alert_revision == delivery.alert.revision and delivery.alert.status == "confirmed"
    return is_current and shown is None and entry.form == "full" and entry.message_ts is not None


def _fingerprint(alert: AlertEvent) -> str:
    return sha256(repr(contents(alert)).encode()).hexdigest()[:_FINGERPRINT]
