"""The rejections: those of a source counted by reason, and the newest."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from history.database import instant_text
from schemas.rejection import Reason, Rejection

Position = tuple[int, int]
"""Partition and offset of a rejection on its topic."""


def rejection_counts(connection: sqlite3.Connection, source: str) -> dict[str, int]:
    """Return how many sightings of a source were ever rejected, by reason."""
    counted = "select reason, count(*) from rejection where source = ? group by reason order by reason"
    return dict(connection.execute(counted, (source,)))


def rejections(
    connection: sqlite3.Connection,
    source: str | None = None,
    since: datetime | None = None,
    reason: Reason | None = None,
    limit: int | None = None,
    before: Position | None = None,
) -> list[tuple[Position, Rejection]]:
    """Return rejections, the newest first, that arrived at an instant or later; None selects all.

    ``before`` is the position of a rejection: only older ones. They do not contain the original record.
    """
    order = "coalesce(arrived, ''), partition, position"
    selected = (
        "select partition, position, rejection from rejection "  # noqa: S608 - constants
        "where (:source is null or source = :source) and coalesce(arrived, '') >= :since "
        f"and reason = coalesce(:reason, reason) and (:partition is null or ({order}) < "
        f"(select {order} from rejection where partition = :partition and position = :position)) "
        "order by arrived desc, partition desc, position desc limit :limit"
    )
    partition, position = before or (None, None)
    values = {
        "source": source, "since": instant_text(since) if since else "", "reason": reason,
        "limit": -1 if limit is None else limit, "partition": partition, "position": position,
    }  # fmt: skip
    rows = connection.execute(selected, values)
    return [((partition, position), Rejection.from_bytes(text.encode())) for partition, position, text in rows]
