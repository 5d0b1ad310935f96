"""The rejections of a source: how many there are by reason, and the newest."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from history.database import instant_text
from schemas.rejection import Reason, Rejection


def rejection_counts(connection: sqlite3.Connection, source: str) -> dict[str, int]:
    """Return how many sightings of a source were ever rejected, by reason."""
    counted = "select reason, count(*) from rejection where source = ? group by reason order by reason"
    return dict(connection.execute(counted, (source,)))


def rejections(
    connection: sqlite3.Connection, source: str, since: datetime | None, reason: Reason | None, limit: int
) -> list[Rejection]:
    """Return rejections of a source, the newest first, that arrived at an instant or later.

    They do not contain the original record.
    """
    selected = (
        "select rejection from rejection where source = :source and coalesce(arrived, '') >= :since "
        "and reason = coalesce(:reason, reason) order by arrived desc, partition desc, position desc limit :limit"
    )
    values = {"source": source, "since": instant_text(since) if since else "", "reason": reason, "limit": limit}
    return [Rejection.from_bytes(text.encode()) for (text,) in connection.execute(selected, values)]
