"""State changes of a subscriber: subscribe, unsubscribe, mute, apply a file. Pure; the callers write the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from places.areas import Areas
from schemas.delivery import CONSOLE
from schemas.limit_checks import limit_errors
from schemas.subscription import MAX_SUBSCRIBERS, Mute, Subscriber, Subscription
from streams.dispatch.filters.mutes import mute_subject

DEFAULT_SUBSCRIBERS = {
    CONSOLE: Subscriber(
        destination=CONSOLE, subscriptions=(Subscription(),), changed_at=datetime.fromisoformat("1970-01-01T00:00:00Z")
    )
}
"""The subscribers until somebody subscribes: the terminal, without a filter."""

SubscriberRows = Mapping[str, Subscriber | None]
"""New rows by destination; None removes the row."""


def apply_file(
    current: Mapping[str, Subscriber], wanted: Mapping[str, Sequence[Subscription]], at: datetime, *, prune: bool
) -> SubscriberRows:
    """Return the rows that make the subscribers agree with a file; ``prune``: remove the ones that it does not name.

    A recipient who unsubscribed stays unsubscribed, because the file is written by operators and applied repeatedly.
    """
    rows: dict[str, Subscriber | None] = {}
    for destination, subscriptions in wanted.items():
        before = current.get(destination)
        if before and before.unsubscribed_at:
            continue
        if before is None or before.subscriptions != tuple(subscriptions):
            rows[destination] = _changed(before, destination, tuple(subscriptions), None, at)
    unnamed = (name for name, row in current.items() if name not in wanted and not row.unsubscribed_at)
    return rows | (dict.fromkeys(unnamed) if prune else {})


def exceeded_limit(current: Mapping[str, Subscriber], rows: SubscriberRows) -> str | None:
    """Return which limit of one destination, or of all, the rows would exceed; None: they may be written."""
    for destination, row in rows.items():
        if row is not None and (problem := next(limit_errors(row), None)):
            return f"{destination}: {problem}."
    count = len(current.keys() | rows.keys()) - sum(row is None for row in rows.values())
    if count > max(MAX_SUBSCRIBERS, len(current)):
        return f"{count:,} destinations would be subscribed; the limit is {MAX_SUBSCRIBERS:,}. Remove some first."
    return None


def subscribe(
    before: Subscriber | None, destination: str, new: Subscription, owner: str | None, at: datetime
) -> Subscriber:
    """Return the subscriber with a further subscription. A subscription that it already has is not added again."""
    current = before.subscriptions if before else ()
    return _changed(before, destination, current if new in current else (*current, new), owner, at)


def unsubscribe(
    before: Subscriber, removed: Sequence[Subscription], owner: str | None, at: datetime
) -> Subscriber | None:
    """Return the subscriber without these subscriptions; None if it has no other."""
    left = tuple(subscription for subscription in before.subscriptions if subscription not in removed)
    return _changed(before, before.destination, left, owner, at) if left else None


def unsubscribe_for_good(before: Subscriber, at: datetime) -> Subscriber:
    """Return the subscriber after its recipient unsubscribed. Only a command that names it subscribes it again."""
    return before.replace(subscriptions=(), mutes=(), changed_at=at, unsubscribed_at=at)


def current_mutes(subscriber: Subscriber, at: datetime) -> tuple[Mute, ...]:
    """Return the mutes that have not ended."""
    return tuple(mute for mute in subscriber.mutes if mute.until > at)


def add_mute(before: Subscriber, mute: Mute, owner: str | None, at: datetime) -> Subscriber:
    """Return the subscriber with a mute, without expired mutes and without an earlier one of the same subject."""
    kept = tuple(other for other in current_mutes(before, at) if mute_subject(other) != mute_subject(mute))
    return before.replace(mutes=(*kept, mute), owner=owner, changed_at=at)


def remove_mutes(before: Subscriber, removed: Sequence[Mute], owner: str | None, at: datetime) -> Subscriber:
    """Return the subscriber without these mutes, and without expired ones."""
    kept = tuple(mute for mute in current_mutes(before, at) if mute not in removed)
    return before.replace(mutes=kept, owner=owner, changed_at=at)


def undefined_areas(subscription: Subscription, areas: Areas) -> tuple[str, ...]:
    """Return the regions and areas of a subscription that are no longer defined. No alert is in them."""
    found: dict[str, None] = {}
    for clause in subscription.clauses:
        found |= dict.fromkeys(name for name in (*clause.regions, *clause.not_regions) if not areas.covered(name))
        found |= dict.fromkeys(name for name in (*clause.within, *clause.not_within) if not areas.polygon(name))
    return tuple(found)


def undefined_areas_warning(names: Sequence[str]) -> str:
    """Return what the owner of a subscription with these undefined areas should know and do."""
    return (
        f"No area is called {' or '.join(names)} any more, so no alert is in it. Define it again, or change the filter."
    )


def _changed(
    before: Subscriber | None,
    destination: str,
    subscriptions: tuple[Subscription, ...],
    owner: str | None,
    at: datetime,
) -> Subscriber:
    mutes = current_mutes(before, at) if before else ()
    return Subscriber(destination=destination, subscriptions=subscriptions, mutes=mutes, owner=owner, changed_at=at)
