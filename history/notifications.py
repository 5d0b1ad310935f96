"""Shows who was notified of which alert: one row for each alert and destination. Pure.

Comes from the topics deliveries, ledger and outbox; goes to ``firstseen deliveries``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from schemas.delivery import CONSOLE, Delivery, LedgerEntry


@dataclass(frozen=True, slots=True)
class Notification:
    """One alert at one destination."""

    alert_id: str
    group: str
    country: str
    destination: str
    state: Literal["pending", "sending", "sent", "dead"]
    """``pending``: it waits in the queue. ``sending``: it is the first in the queue of its destination. ``dead``:
    Firstseen gave up."""
    revision_shown: int | None
    """The revision that the destination shows; None: none yet."""
    revision_due: int
    """The revision that the destination should show."""
    form: str
    """``full``, ``plain`` (Slack rejected the blocks), or ``digest``."""
    attempts: int
    ambiguous: int
    """Number of posts with an unknown outcome, which may be duplicates."""
    link: str | None
    """Address of the message; channel and timestamp if the workspace is unknown."""
    error: str | None

    def as_json(self) -> dict[str, Any]:
        """Return the fields by name."""
        return asdict(self)


def notifications(
    deliveries: Iterable[Delivery],
    ledger: Mapping[str, LedgerEntry],
    outbox: Mapping[str, Delivery],
    workspace: str | None,
) -> Iterator[Notification]:
    """Yield a row for each alert and destination, in the order of the first delivery.

    ``outbox`` is keyed in queue order. ``workspace`` is its address in Slack, such as ``https://desk.slack.com/``.
    """
    latest = {delivery.delivery_id: delivery for delivery in deliveries}
    heads = _heads(outbox)
    waiting = {delivery.delivery_id for delivery in outbox.values()}
    for delivery_id, delivery in latest.items():
        entry = ledger.get(delivery_id)
        shown = entry.alert_revision if entry and entry.state == "sent" else None
        yield Notification(
            alert_id=delivery.alert.alert_id,
            group=delivery.alert.group,
            country=delivery.alert.country,
            destination=delivery.destination,
            state=_state(delivery_id, entry, waiting, heads, delivery.alert.revision),
            revision_shown=shown,
            revision_due=delivery.alert.revision,
            form="digest" if entry and entry.digest else entry.form if entry else "full",
            attempts=entry.attempts if entry else 0,
            ambiguous=entry.ambiguous if entry else 0,
            link=_link(entry, workspace),
            error=entry.error if entry else None,
        )


def _heads(outbox: Mapping[str, Delivery]) -> set[str]:
    first: dict[str, str] = {}
    for key in sorted(outbox):
        first.setdefault(outbox[key].destination, outbox[key].delivery_id)
    return set(first.values())


def _state(
    delivery_id: str, entry: LedgerEntry | None, waiting: set[str], heads: set[str], due: int
) -> Literal["pending", "sending", "sent", "dead"]:
    if delivery_id in waiting:
        return "sending" if delivery_id in heads else "pending"
    return entry.state if entry and entry.alert_revision >= due else "pending"


def _link(entry: LedgerEntry | None, workspace: str | None) -> str | None:
    if entry is None or entry.destination == CONSOLE or not entry.message_ts:
        return None
    if workspace is None:
        return f"{entry.channel} {entry.message_ts}"
    return f"{workspace.rstrip('/')}/archives/{entry.channel}/p{entry.message_ts.replace('.', '')}"
