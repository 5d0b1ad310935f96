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
    """``full``, ``plain`` (Slack rejected the blocks), ``digest``, or ``terminal``: printed in the terminal of the
    worker, because the destination was not set up."""
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
    cursor = connection.execute(_SELECTED, {"alert": alert, "destination": destination, "console": CONSOLE})
    names = [name for name, *_ in cursor.description]
    latest = {row[0]: dict(zip(names, row, strict=True)) for row in cursor}
    return [_notification(row, workspace) for row in latest.values()]


_SELECTED = """
    with queue as materialized (select destination, min(key) as head from outbox group by destination),
        waiting as materialized (
            select delivery_id, max(key = head) as is_first
            from outbox join queue using (destination) group by delivery_id
        )
    select delivery_id, channel, message_ts, delivery.alert_id, group_id as "group", country, delivery.destination,
        case when is_first then 'sending' when is_first = 0 then 'pending'
            when ledger.alert_revision >= delivery.alert_revision then state else 'pending' end as state,
        iif(ledger.state = 'sent', ledger.alert_revision, null) as revision_shown,
        delivery.alert_revision as revision_due,
        case when digest is not null then 'digest'
            when via = :console and delivery.destination <> :console then 'terminal'
            else coalesce(form, 'full') end as form,
        coalesce(attempts, 0) as attempts, coalesce(ambiguous, 0) as ambiguous, error
    from delivery left join ledger using (delivery_id) left join waiting using (delivery_id)
    where substr(delivery.alert_id, 1, length(:alert)) = :alert
        and coalesce(:destination, delivery.destination) = delivery.destination
    order by arrived, partition, position
"""


def _notification(row: dict[str, Any], workspace: str | None) -> Notification:
    channel, message_ts, _ = (row.pop(name) for name in ("channel", "message_ts", "delivery_id"))
    link = None if row["destination"] == CONSOLE else _link(channel, message_ts, workspace)
    return Notification(**row, link=link)


def _link(channel: str | None, message_ts: str | None, workspace: str | None) -> str | None:
    if not message_ts:
        return None
    if workspace is None:
        return f"{channel} {message_ts}"
    return f"{workspace.rstrip('/')}/archives/{channel}/p{message_ts.replace('.', '')}"
