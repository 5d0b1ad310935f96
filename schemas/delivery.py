"""One alert event for one destination on ``deliveries``, and what became of the message in the table ``ledger``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime

from schemas.alert import MOST_CHANGES, AlertChange, AlertEvent, Cause
from schemas.codes import AlertId, Int64
from schemas.limits import MaxLength
from schemas.record import Record
from schemas.subscription import LONGEST_DESTINATION, Owner

MOST_CORRECTIONS = 3
"""So many stay visible in the root message; the thread has all."""

MOST_LINES = 40
"""Alerts in one digest; the rest go into the next."""

MOST_KEYS = 1_000
"""Rows of the outbox that one digest settles."""

MOST_DESTINATIONS = 4_000
"""Of an alert: twice as many as can subscribe, for those who were notified and left are notified of its end."""

LONGEST_LINE = 3_000
LONGEST_ERROR = 300

DestinationText = Annotated[str, MaxLength(LONGEST_DESTINATION)]
SlackId = Annotated[str, MaxLength(100)]
ErrorText = Annotated[str, MaxLength(LONGEST_ERROR)]

CONSOLE = "console"
"""The destination that writes to the terminal and needs no account."""

Via = Literal["slack", "console", "webhook"]


class Delivery(Record):
    """What a destination is to be told: that an alert is new, or what became of it."""

    delivery_id: AlertId
    """uuid5 of alert and destination: one root message for each such pair, for ever."""
    destination: DestinationText
    """``console``, a Slack channel by id or #name, or the address of a webhook."""
    alert: AlertEvent
    """What is to be shown. The first event of a delivery becomes the root message, each later one corrects it."""
    due_at: AwareDatetime | None = None
    """Not to be told before this time, UTC: with what else is due then, as a digest. None: at once."""
    owner: Owner | None = None
    """Slack user id of whoever subscribed; told when the channel cannot be reached any more."""
    subscribed_at: AwareDatetime | None = None
    """When the destination last changed its subscriptions, UTC: later than a suspension, it ends it."""


class Correction(Record):
    """What was not as a message had told it."""

    at: AwareDatetime
    """Arrival of the record that caused it, UTC."""
    changes: Annotated[tuple[AlertChange, ...], MaxLength(MOST_CHANGES)]
    """Old and new values."""
    cause: Cause
    """What made it so."""


class LedgerEntry(Record):
    """What a destination has been shown of an alert."""

    delivery_id: AlertId
    """The delivery."""
    destination: DestinationText
    """Where it was to go."""
    alert_id: AlertId
    """The alert that it shows."""
    alert_revision: Int64
    """The revision that it shows; of a dead one the last that it was to show."""
    first_revision: Int64 = 1
    """The revision with which it was told."""
    state: Literal["sent", "dead"]
    """sent, or dead when the destination refused it for good."""
    via: Via
    """Through what it went."""
    channel: SlackId | None = None
    """Slack's id of the channel that has the message."""
    message_ts: SlackId | None = None
    """Slack's timestamp of the root message, its id within the channel."""
    digest: AlertId | None = None
    """Id of the digest that the root message is; None: it is a message of its own."""
    form: Literal["full", "plain"] = "full"
    """plain: Slack refused its blocks, so that it went as text."""
    corrections: Annotated[tuple[Correction, ...], MaxLength(MOST_CORRECTIONS)] = ()
    """What the root message shows struck, the latest last; at most three."""
    error: ErrorText | None = None
    """Why it is dead: Slack's error code."""
    attempts: Int64 = 1
    """How many times its last event was tried."""
    ambiguous: Int64 = 0
    """How many posts were made again after an unclear end of the one before: each may be there twice, though it was
    looked for where that was possible."""


class DigestLine(Record):
    """One alert in a digest."""

    delivery_id: AlertId
    """Its delivery."""
    text: Annotated[str, MaxLength(LONGEST_LINE)]
    """What stands there, as mrkdwn."""


class Digest(Record):
    """Many alerts in one message."""

    digest_id: AlertId
    """uuid5 of the channel and of where its first delivery stood."""
    destination: DestinationText
    """The channel."""
    lines: Annotated[tuple[DigestLine, ...], MaxLength(MOST_LINES)]
    """As they are shown now."""
    keys: Annotated[tuple[Annotated[str, MaxLength(19)], ...], MaxLength(MOST_KEYS)] = ()
    """Rows of the outbox that it is being posted for; none once it is."""


class Suspension(Record):
    """A channel that cannot be reached any more: nothing is tried there until somebody there subscribes again."""

    destination: DestinationText
    """The channel."""
    error: ErrorText
    """What Slack said."""
    suspended_at: AwareDatetime
    """When it said so, UTC."""


class Audience(Record):
    """Who was told of an alert, and so will be told what becomes of it."""

    alert_id: AlertId
    """The alert."""
    destinations: Annotated[tuple[DestinationText, ...], MaxLength(MOST_DESTINATIONS)]
    """In the order in which they were told."""
