"""Who was notified of which alert: one row for each alert and destination, for ``firstseen deliveries list``."""

from __future__ import annotations

import sqlite3
from dataclasses import asdict, dataclass
from typing import Any, Literal

from schemas.delivery import CONSOLE


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
    connection: sqlite3.Connection, workspace: str | None, alert: str = "", destination: str | None = None
) -> list[Notification]:
    """Return a row for each alert and destination, in the order of the first delivery.

    ``workspace`` is its address in Slack, such as ``https://desk.slack.com/``. ``alert`` is the beginning of an id.
    ``destination`` None: all.
    """
    selected = (
        "select delivery_id, delivery.alert_id, group_id, country, delivery.destination, delivery.alert_revision, "
        "ledger.alert_revision, state, form, digest, attempts, ambiguous, channel, message_ts, error "
        "from delivery left join ledger using (delivery_id) "
        "where substr(delivery.alert_id, 1, length(?1)) = ?1 and coalesce(?2, delivery.destination) = "
        "delivery.destination order by arrived, partition, position"
    )
    heads = {
        delivery_id for delivery_id, _ in connection.execute(
            "select delivery_id, min(key) from outbox group by destination"  # the row with the smallest key
        )
    }  # fmt: skip
    waiting = {delivery_id for (delivery_id,) in connection.execute("select delivery_id from outbox")}
    latest = {row[0]: row for row in connection.execute(selected, (alert, destination))}
    return [_notification(*row, waiting=waiting, heads=heads, workspace=workspace) for row in latest.values()]


def _notification(
    delivery_id: str,
    alert_id: str,
    group: str,
    country: str,
    destination: str,
    due: int,
    recorded: int | None,
    state: Literal["sent", "dead"] | None,
    form: str | None,
    digest: str | None,
    attempts: int | None,
    ambiguous: int | None,
    channel: str | None,
    message_ts: str | None,
    error: str | None,
    *,
    waiting: set[str],
    heads: set[str],
    workspace: str | None,
) -> Notification:
    current: Literal["pending", "sending", "sent", "dead"] = "pending"
    if delivery_id in waiting:
        current = "sending" if delivery_id in heads else "pending"
    elif state and recorded is not None and recorded >= due:
        current = state
    return Notification(
        alert_id=alert_id,
        group=group,
        country=country,
        destination=destination,
        state=current,
        revision_shown=recorded if state == "sent" else None,
        revision_due=due,
        form="digest" if digest else form or "full",
        attempts=attempts or 0,
        ambiguous=ambiguous or 0,
        link=None if destination == CONSOLE else _link(channel, message_ts, workspace),
        error=error,
    )


def _link(channel: str | None, message_ts: str | None, workspace: str | None) -> str | None:
    if not message_ts:
        return None
    if workspace is None:
        return f"{channel} {message_ts}"
    return f"{workspace.rstrip('/')}/archives/{channel}/p{message_ts.replace('.', '')}"
