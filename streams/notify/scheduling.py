"""Decide what to send to a destination next: one delivery, a digest of several, or nothing until a later time. Pure.

A digest is what a subscription with ``digest:daily`` asks for. An outage or a burst of alerts also ends in one, because
Slack accepts one message per second and channel, and nobody reads sixty messages. A digest lists all of its alerts and
is corrected as single messages are. The alerts of a faction and of its parents are one message as well.

Corrections of one alert that arrive within half a minute become one, their net change. The first message of an alert
never waits for that. A row that waited is sent only after the outbox holds it without a due time: so the next owner
knows that it was not sent before. :mod:`streams.io.partition_queues` asks and sends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

from schemas.delivery import HOLD_CORRECTIONS, MAX_KEYS, MAX_LINES, Delivery
from streams.notify.families import Kinship

DIGEST_THRESHOLD = 10
"""This many alerts that wait for their first message become a digest."""


@dataclass(frozen=True, slots=True)
class QueuedDelivery:
    """A row of the outbox."""

    key: str
    delivery_id: str
    due_at: datetime | None = None
    """The earliest time to send it, UTC; None: at once."""
    kinship: Kinship | None = None
    """What its alert has in common with those of its family; None: it is sent alone."""


def due_time(delivery: Delivery, now: datetime) -> datetime | None:
    """Return the earliest time to send a delivery by the clock that shows ``now``; None: at once.

    The broker's clock, by which alerts arrive, may be ahead. A correction waits for half a minute at most nevertheless.
    """
    is_held = delivery.due_at == delivery.alert.arrived + HOLD_CORRECTIONS
    return min(delivery.due_at, now + HOLD_CORRECTIONS) if delivery.due_at and is_held else delivery.due_at


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
class Release:
    """Replace rows of one delivery, whose time has come, by one row that is sent at once.

    The row has the last of these keys. Several rows are corrections; it holds their net change.
    """

    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """Send nothing before this time."""

    at: datetime


Action = SendOne | SendDigest | Release | WaitUntil


def next_action(
    queued: Iterable[QueuedDelivery], is_sent: Callable[[str], bool], now: datetime, *, may_join: bool = True
) -> Action | None:
    """Return the next action for a queue whose rows are in order; None: the queue is empty.

    ``is_sent`` tells whether the ledger has an entry for a delivery. ``may_join`` False: each row is sent alone, as
    webhooks need it. A correction of an alert that was sent does not wait for the time of a digest; a correction of an
    alert that still waits joins it.
    """
    first_messages: dict[str, list[QueuedDelivery]] = {}
    corrections: dict[str, list[QueuedDelivery]] = {}
    for row in queued:
        (corrections if is_sent(row.delivery_id) else first_messages).setdefault(row.delivery_id, []).append(row)
    new, later = _due(first_messages, now)
    corrected, held = _due(corrections, now)
    if not new and not corrected:
        times = [*later, *held]
        return WaitUntil(min(times)) if times else None
    if not new or (corrected and corrected[0][0].key < new[0][0].key):
        return _send_correction(corrected[0])
    if not may_join or (len(new) < DIGEST_THRESHOLD and new[0][0].due_at is None):
        family = _family([rows[0] for rows in new]) if may_join else ()
        return SendDigest(family) if family else _send_alone(new[0][0])
    keys = tuple(sorted(row.key for rows in new[:MAX_LINES] for row in rows)[:MAX_KEYS])
    return SendDigest(keys) if len(keys) > 1 else _send_alone(new[0][0])


def possibly_sent(queued: Iterable[QueuedDelivery]) -> str | None:
    """Return the key of the only row that a previous owner may have sent without recording it; None: there is none.

    It is the first row without a due time that is also the first row of its delivery, because :func:`next_action` sends
    these in order.
    """
    first_rows: dict[str, QueuedDelivery] = {}
    for row in queued:
        first_rows.setdefault(row.delivery_id, row)
    return next((row.key for row in first_rows.values() if row.due_at is None), None)


def _due(
    deliveries: Mapping[str, list[QueuedDelivery]], now: datetime
) -> tuple[list[list[QueuedDelivery]], list[datetime]]:
    """Return the rows of each delivery whose first row is due, in order, and the times of the other first rows."""
    due = [rows for rows in deliveries.values() if rows[0].due_at is None or rows[0].due_at <= now]
    times = [rows[0].due_at for rows in deliveries.values() if rows[0].due_at is not None and rows[0].due_at > now]
    return due, times


def _family(first_rows: list[QueuedDelivery]) -> tuple[str, ...]:
    """Return the keys of the first row and of those in one message with it: a faction's alert and its parents'."""
    first = first_rows[0]
    candidates = [row for row in first_rows if row.due_at is None and row.kinship]
    for faction in candidates:
        parents = [
            row for row in candidates if faction.kinship and row.kinship and faction.kinship.is_faction_of(row.kinship)
        ]
        if parents and first in (faction, *parents):
            return tuple(sorted(row.key for row in (faction, *parents)))
    return ()


def _send_correction(rows: list[QueuedDelivery]) -> SendOne | Release:
    first = rows[0].due_at
    if first is None:
        return SendOne(rows[0].key)
    # A later correction belongs to these if it arrived before they were due.
    last = first + HOLD_CORRECTIONS
    together = takewhile(lambda row: row.due_at is not None and row.due_at < last, rows)
    return Release(tuple(row.key for row in together)[:MAX_KEYS])


def _send_alone(row: QueuedDelivery) -> SendOne | Release:
    return SendOne(row.key) if row.due_at is None else Release((row.key,))
