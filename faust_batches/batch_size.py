"""Adapts the size of the next batch of a partition, so that batches are large but do not take long."""

from __future__ import annotations

_FIRST_RECORDS = 250
"""A worker starts with small batches, because its predecessor may have exited after a batch took too long."""

_LONG_SECONDS, _SHORT_SECONDS, _MOST_GROWTH = 5.0, 1.0, 8.0
"""A batch that takes longer than ``_LONG_SECONDS`` halves the size of the next. After a shorter one than
``_SHORT_SECONDS``, the next has the size that would take so long, but is at most ``_MOST_GROWTH`` times as large."""


def next_size(records: int | None, seconds: float, most: int) -> int:
    """Return the number of records of the next batch, from that of the last batch and its duration in seconds.

    ``records`` None: there was no batch yet. ``most`` is the upper limit.
    """
    if records is None:
        return min(_FIRST_RECORDS, most)
    if seconds > _LONG_SECONDS:
        return max(1, records // 2)
    growth = _SHORT_SECONDS / seconds if seconds > _SHORT_SECONDS / _MOST_GROWTH else _MOST_GROWTH
    return min(most, max(records, int(records * growth)))
