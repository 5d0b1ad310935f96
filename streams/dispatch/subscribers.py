"""What becomes of a subscriber when somebody there subscribes, unsubscribes or mutes, or a file is applied. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from schemas.delivery import CONSOLE
from schemas.limits import limit_errors
from schemas.names import comparable
from schemas.subscription import MOST_SUBSCRIBERS, Mute, Subscriber, Subscription

DEFAULT_SUBSCRIBERS = {
    CONSOLE: Subscriber(
        destination=CONSOLE, subscriptions=(Subscription(),), changed_at=datetime.fromisoformat("1970-01-01T00:00:00Z")
    )
}
"""Until anybody subscribes: all that is pushed goes to the terminal."""

SubscriberRows = Mapping[str, Subscriber | None]


def apply_file(
    known: Mapping[str, Subscriber], wanted: Mapping[str, Sequence[Subscription]], at: datetime, *, prune: bool
) -> SubscriberRows:
    """Return the rows that make the subscribers agree with a file; ``prune``: also remove those it does not name."""
    rows: dict[str, Subscriber | None] = {}
    for destination, subscriptions in wanted.items():
        before = known.get(destination)
        if before is None or before.subscriptions != tuple(subscriptions):
            rows[destination] = _changed(before, destination, tuple(subscriptions), None, at)
    return rows | ({one: None for one in known if one not in wanted} if prune else {})


def exceeded_limit(known: Mapping[str, Subscriber], rows: SubscriberRows) -> str | None:
    """Say why the rows must not be written: more than a destination, or all of them, may ask for. None: they may."""
    for destination, row in rows.items():
        if row is not None and (problem := next(limit_errors(row), None)):
            return f"{destination}: {problem}."
    count = len(known.keys() | rows.keys()) - sum(row is None for row in rows.values())
    if count > max(MOST_SUBSCRIBERS, len(known)):
        return f"{count:,} destinations would be subscribed; at most {MOST_SUBSCRIBERS:,} can be. Remove some first."
    return None


def subscribe(before: Subscriber | None, destination: str, new: Subscription, owner: str, at: datetime) -> Subscriber:
    """Return the subscriber with one subscription more; one that it has already is not added again."""
    known = before.subscriptions if before else ()
    return _changed(before, destination, known if new in known else (*known, new), owner, at)


def unsubscribe(before: Subscriber, gone: Sequence[Subscription], owner: str, at: datetime) -> Subscriber | None:
    """Return the subscriber without some of its subscriptions; None when nothing is left."""
    left = tuple(one for one in before.subscriptions if one not in gone)
    return _changed(before, before.destination, left, owner, at) if left else None


def add_mute(before: Subscriber, mute: Mute, owner: str, at: datetime) -> Subscriber:
    """Return the subscriber with one mute more, and without those that are over or say the same."""
    mutes = tuple(one for one in before.mutes if one.until > at and _about(one) != _about(mute))
    return before.replace(mutes=(*mutes, mute), owner=owner, changed_at=at)


def _about(mute: Mute) -> tuple[str | None, str | None]:
    return mute.group and comparable(mute.group), mute.country


def _changed(
    before: Subscriber | None,
    destination: str,
    subscriptions: tuple[Subscription, ...],
    owner: str | None,
    at: datetime,
) -> Subscriber:
    mutes = tuple(one for one in before.mutes if one.until > at) if before else ()
    return Subscriber(destination=destination, subscriptions=subscriptions, mutes=mutes, owner=owner, changed_at=at)
