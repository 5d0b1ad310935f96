"""Decide what to send to a destination next: one delivery, a digest of several, or nothing until a later time. Pure.

A digest is what a subscription with ``digest:daily`` asks for. An outage or a burst of alerts also ends in one, because
Slack accepts one message per second and channel, and nobody reads sixty messages. A digest lists all of its alerts and
is corrected as single messages are. :mod:`streams.io.destinations` asks and sends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from schemas.delivery import MAX_KEYS, MAX_LINES

DIGEST_THRESHOLD = 10
"""This many alerts that wait for their first message become a digest."""


@dataclass(frozen=True, slots=True)
class QueuedDelivery:
    """A row of the outbox."""

    key: str
    delivery_id: str
    due_at: datetime | None = None
    """The earliest time to send it, UTC; None: at once."""


@dataclass(frozen=True, slots=True)
class SendOne:
    """Send one row."""

    key: str


@dataclass(frozen=True, slots=True)
class SendDigest:
    """Send several rows in one message.

    Contains all queued rows of each delivery, of which the last is shown. If a delivery has more than a thousand rows,
    the remaining ones correct the digest later.
    """

    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """Send nothing before this time."""

    at: datetime


def next_action(
    queued: Iterable[QueuedDelivery], is_sent: Callable[[str], bool], now: datetime, *, may_join: bool = True
) -> SendOne | SendDigest | WaitUntil | None:
    """Return the next action for a queue whose rows are in order; None: the queue is empty.

    ``is_sent`` tells whether the ledger has an entry for a delivery. ``may_join`` False: each row is sent alone, as
    webhooks need it. A correction of an alert that was sent does not wait for the time of a digest; a correction of an
    alert that still waits joins it.
    """
    ready: dict[str, list[str]] = {}
    due: dict[str, datetime | None] = {}
    earliest: datetime | None = None
    for row in queued:
        if is_sent(row.delivery_id):
            if not ready:
                return SendOne(row.key)
            continue
        due_at = due.setdefault(row.delivery_id, row.due_at)
        if due_at is not None and due_at > now:
            earliest = min(earliest or due_at, due_at)
        else:
            ready.setdefault(row.delivery_id, []).append(row.key)
    if not ready:
        return WaitUntil(earliest) if earliest else None
    first = next(iter(ready))
    if not may_join or (len(ready) < DIGEST_THRESHOLD and due[first] is None):
        return SendOne(ready[first][0])
    keys = tuple(sorted(key for delivery in list(ready)[:MAX_LINES] for key in ready[delivery])[:MAX_KEYS])
    return SendDigest(keys) if len(keys) > 1 else SendOne(keys[0])
