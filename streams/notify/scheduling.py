"""What a channel is told next, of all that waits for it: one thing, or many at once as a digest. Pure.

A digest is what a subscription asked for once a day, or what an outage or a storm has left: a channel takes one post a
second, and nobody reads sixty messages. It lists everything, and shows what becomes of it as single messages do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from schemas.delivery import MOST_KEYS, MOST_LINES

DIGEST_THRESHOLD = 10
"""So many alerts that wait and were not told yet become a digest."""


@dataclass(frozen=True, slots=True)
class QueuedDelivery:
    """A row of the outbox."""

    key: str
    delivery_id: str
    due_at: datetime | None = None
    """Not before this time, UTC; None: at once."""


@dataclass(frozen=True, slots=True)
class SendOne:
    """One row is next."""

    key: str


@dataclass(frozen=True, slots=True)
class SendDigest:
    """Several rows are next, in one message.

    Of a delivery it has all that wait, and the last says how it stands; were there a thousand, the rest correct it.
    """

    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """Nothing is due before this time."""

    at: datetime


def next_action(
    waiting: Iterable[QueuedDelivery], told: Callable[[str], bool], now: datetime, *, joins: bool = True
) -> SendOne | SendDigest | WaitUntil | None:
    """Return what is next in a lane whose rows come in order; ``told`` is whether a delivery was told already.

    ``joins`` False: each on its own, as programs want them.

    What becomes of an alert that was told does not wait for the time of a digest; what becomes of one that still waits
    for it waits with it.
    """
    ready: dict[str, list[str]] = {}
    due: dict[str, datetime | None] = {}
    later: datetime | None = None
    for row in waiting:
        if told(row.delivery_id):
            if not ready:
                return SendOne(row.key)
            continue
        due_at = due.setdefault(row.delivery_id, row.due_at)
        if due_at is not None and due_at > now:
            later = min(later or due_at, due_at)
        else:
            ready.setdefault(row.delivery_id, []).append(row.key)
    if not ready:
        return WaitUntil(later) if later else None
    first = next(iter(ready))
    if not joins or (len(ready) < DIGEST_THRESHOLD and due[first] is None):
        return SendOne(ready[first][0])
    keys = tuple(sorted(key for name in list(ready)[:MOST_LINES] for key in ready[name])[:MOST_KEYS])
    return SendDigest(keys) if len(keys) > 1 else SendOne(keys[0])
