"""Alert events per destination on ``deliveries``, and the rows of the notify stage: outbox, ledger, digests."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AwareDatetime

from schemas.alert import MAX_CHANGES, AlertChange, AlertEvent, Cause
from schemas.codes import AlertId, AlertKind, Int64
from schemas.limits import MaxLength
from schemas.record import Record
from schemas.subscription import LONGEST_DESTINATION, Owner

MAX_CORRECTIONS = 3
"""Corrections shown in the root message. The thread shows all of them."""

MAX_LINES = 40
"""Alerts in one digest. The rest go into the next."""

MAX_KEYS = 1_000
"""Outbox rows that one digest completes."""

MAX_DESTINATIONS = 4_000
"""Destinations of one alert: twice the number of subscribers, because former subscribers still receive corrections."""

LONGEST_LINE = 3_000
LONGEST_ADDRESS = 2_000
LONGEST_ALT_TEXT = 300
LONGEST_ERROR = 300

DestinationText = Annotated[str, MaxLength(LONGEST_DESTINATION)]
SlackId = Annotated[str, MaxLength(100)]
ErrorText = Annotated[str, MaxLength(LONGEST_ERROR)]

CONSOLE = "console"
"""Destination that prints to the terminal and needs no account."""

TEAMS = "teams:"
"""Begins a destination in Microsoft Teams; the name of its address in the settings follows."""

MAIL = "mailto:"
"""Begins a destination that is an e-mail address."""

Via = Literal["slack", "console", "webhook", "teams", "email"]

HOLD_CORRECTIONS = timedelta(seconds=30)
"""How long a correction waits for others of the same alert, so that people read their net change."""


def is_webhook(destination: str) -> bool:
    """Whether a destination is the address of a webhook."""
    return destination.startswith(("https://", "http://"))


def via_of(destination: str) -> Via:
    """Return the channel type of a destination."""
    if destination == CONSOLE:
        return "console"
    if is_webhook(destination):
        return "webhook"
    if destination.startswith(MAIL):
        return "email"
    return "teams" if destination.startswith(TEAMS) else "slack"


def loggable(destination: str) -> str:
    """Return a destination for logs. Of a webhook only the host, because its path may be secret."""
    if not is_webhook(destination):
        return destination
    try:
        return f"webhook at {urlsplit(destination).hostname}"
    except ValueError:
        return "webhook at an invalid address"


class Delivery(Record):
    """Alert event to send to one destination."""

    delivery_id: AlertId
    """UUID derived from alert and destination. Each such pair has one root message."""
    destination: DestinationText
    """``console``, a Slack channel by id or #name, ``teams:`` and a name, ``mailto:`` and an e-mail address,
    or the URL of a webhook."""
    alert: AlertEvent
    """Event to show. The first event of a delivery becomes the root message; later events correct it."""
    due_at: AwareDatetime | None = None
    """Earliest time to send it, UTC: that of a digest, or the end of the wait for other corrections of the alert. None:
    at once."""
    owner: Owner | None = None
    """Slack user id of the person who subscribed. They are notified if the channel becomes unreachable."""
    subscribed_at: AwareDatetime | None = None
    """Last change of the destination's subscriptions, UTC. If a suspension has another, it ends."""


class Correction(Record):
    """Correction of a sent message."""

    at: AwareDatetime
    """Timestamp of the record that caused the correction, UTC."""
    changes: Annotated[tuple[AlertChange, ...], MaxLength(MAX_CHANGES)]
    """Old and new values."""
    cause: Cause
    """Change of evidence that caused the correction."""


class MapFile(Record):
    """Map of an alert: an image that was uploaded to Slack."""

    file: SlackId
    """Slack id of the image."""
    shows: Annotated[str, MaxLength(16)]
    """Fingerprint of the countries and places that it shows."""
    alt_text: Annotated[str, MaxLength(LONGEST_ALT_TEXT)]
    """Description for screen readers."""


class LedgerEntry(Record):
    """What a destination has received about an alert."""

    delivery_id: AlertId
    """Id of the delivery."""
    destination: DestinationText
    """Destination of the delivery."""
    alert_id: AlertId
    """Id of the alert."""
    alert_revision: Int64
    """Revision that the message shows; for a dead entry, the last revision that could not be sent."""
    first_revision: Int64 = 1
    """Revision with which the alert was first sent."""
    state: Literal["sent", "dead"]
    """sent, or dead if the destination rejected it permanently."""
    via: Via
    """Channel type that carried the message."""
    channel: SlackId | None = None
    """Slack id of the channel that holds the message; None for other channels."""
    message_ts: SlackId | None = None
    """Slack timestamp of the root message, which is its id within the channel."""
    digest: AlertId | None = None
    """Id of the digest that serves as the root message. None: the alert has a message of its own."""
    form: Literal["full", "plain"] = "full"
    """plain: the message was sent as text, because Slack rejected its blocks."""
    corrections: Annotated[tuple[Correction, ...], MaxLength(MAX_CORRECTIONS)] = ()
    """Corrections shown in the root message, the latest last; at most three."""
    map_file: MapFile | None = None
    """Map in the root message. None: it has none, or the digest names it."""
    error: ErrorText | None = None
    """Error code of Slack or of the other channel, if the entry is dead."""
    attempts: Int64 = 1
    """Number of attempts to send the last event; 0: it needed no message."""
    ambiguous: Int64 = 0
    """Number of posts repeated after an attempt with an unknown result. Each may appear twice, although the channel
    was searched for the message where possible."""


class DigestLine(Record):
    """One alert in a digest."""

    delivery_id: AlertId
    """Id of the delivery."""
    text: Annotated[str, MaxLength(LONGEST_LINE)]
    """Text of the line, in mrkdwn, where there are no blocks and for earlier versions."""
    kind: AlertKind | None = None
    """Kind with which the alert was sent; the digest is grouped by it. None in a line of an earlier version."""
    news: Annotated[str, MaxLength(300)] = ""
    """The headline as it was sent."""
    subject: Annotated[str, MaxLength(100)] = ""
    """Group and place, for the title of the digest."""
    details: Annotated[str, MaxLength(200)] = ""
    """Days, number of origins, and the factions that were seen."""
    verdict: Annotated[str, MaxLength(100)] = ""
    """The status of the alert in words, if it is no longer news."""
    address: Annotated[str, MaxLength(LONGEST_ADDRESS)] = ""
    """Address of the alert on the web page; empty if there is no page."""


class Digest(Record):
    """Message that holds several alerts."""

    digest_id: AlertId
    """UUID derived from its first delivery and the outbox key of that."""
    destination: DestinationText
    """Channel of the message."""
    lines: Annotated[tuple[DigestLine, ...], MaxLength(MAX_LINES)]
    """Current lines of the message."""
    full: Delivery | None = None
    """The alert of a faction, which the message shows in full, with a line for each of its parents. None: a list."""
    map_file: MapFile | None = None
    """Map of that alert in the message."""
    keys: Annotated[tuple[Annotated[str, MaxLength(19)], ...], MaxLength(MAX_KEYS)] = ()
    """Outbox rows that the digest covers; empty once it has been posted."""


class Suspension(Record):
    """Unreachable channel. Nothing is sent there until somebody subscribes from it again."""

    destination: DestinationText
    """The channel."""
    error: ErrorText
    """Slack's error code."""
    suspended_at: AwareDatetime
    """Time of the error, UTC."""
    subscribed_at: AwareDatetime | None = None
    """Last change of the channel's subscriptions, UTC, as the failed delivery has it. Another change ends the
    suspension."""


class Audience(Record):
    """Destinations that were notified of an alert and receive its corrections."""

    alert_id: AlertId
    """Id of the alert."""
    destinations: Annotated[tuple[DestinationText, ...], MaxLength(MAX_DESTINATIONS)]
    """Destinations, in the order in which they were notified."""
