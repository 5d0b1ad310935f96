"""The rejections: counted by source and reason, and the newest."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from history.database import instant_text
from schemas.rejection import Reason, Rejection

Position = tuple[int, int]
"""Partition and offset of a rejection on its topic."""


_SELECTED = (
    "(:source is null or source = :source) and coalesce(arrived, '') >= :since and reason = coalesce(:reason, reason)"
)


def rejection_counts(
    connection: sqlite3.Connection,
    source: str | None = None,
    since: datetime | None = None,
    reason: Reason | None = None,
) -> list[tuple[str | None, Reason, int]]:
    """Return how many sightings were rejected by source and reason, the most frequent first; None selects all."""
    counted = (
        f"select source, reason, count(*) from rejection where {_SELECTED}"  # noqa: S608 - constants
        " group by source, reason order by count(*) desc, source, reason"
    )
    values = {"source": source, "since": instant_text(since) if since else "", "reason": reason}
    return [(name, Reason(why), number) for name, why, number in connection.execute(counted, values)]


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
        f"where {_SELECTED} and (:partition is null or ({order}) < "
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
