"""How large a batch may be, and what it becomes in bytes. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from faust_batches.step import Fold, Incoming, Step, Tables
from schemas.topics import Topic

_FIRST_RECORDS = 250
"""A worker begins with small batches: the one before it may have ended because a batch took too long."""

_LONG_SECONDS, _SHORT_SECONDS = 5.0, 1.0
"""A batch that takes longer is followed by one of half the size, one that takes less by one of twice the size."""

_OVERHEAD_BYTES = 200
"""The most that Kafka adds to a key, a value and headers: 61 bytes for a batch, and lengths and deltas for a record."""


class OversizedError(ValueError):
    """A record is larger than its topic takes. The message names the topic and both sizes."""


def next_size(records: int | None, seconds: float, most: int) -> int:
    """Return the most records of the next batch, given those of the last one and how long it took; None: the first."""
    if records is None:
        return min(_FIRST_RECORDS, most)
    if seconds > _LONG_SECONDS:
        return max(1, records // 2)
    return min(most, records * 2) if seconds < _SHORT_SECONDS else records


@dataclass(frozen=True, slots=True)
class Outputs:
    """The rows of a step as their changelogs have them; None: the row is gone."""

    rows: Mapping[Topic, Mapping[str, bytes | None]]

    @classmethod
    def of(cls, step: Step) -> Self:
        """Encode the rows. Raises OversizedError when a row or a record is larger than its topic takes."""
        rows = {
            topic: {key: None if row is None else row.to_bytes() for key, row in changed.items()}
            for topic, changed in step.changes.items()
        }
        for topic, changed in rows.items():
            for key, row in changed.items():
                _require_room(topic, len(key.encode()) if not key.isascii() else len(key), row or b"")
        for record in step.outgoing:
            headers = sum(len(name.encode()) + len(value or b"") + 10 for name, value in record.headers)
            _require_room(record.topic, len(record.key or b"") + headers, record.value)
        return cls(rows)


def _require_room(topic: Topic, key_bytes: int, value: bytes) -> None:
    size = key_bytes + len(value) + _OVERHEAD_BYTES
    if size > topic.largest_bytes:
        raise OversizedError(
            f"a record for {topic.name} would have {size:,} bytes, and the topic takes {topic.largest_bytes:,}"
        )


def writable(fold: Fold) -> Fold:
    """Return a fold that raises where what it writes cannot be written: too large, or not to be encoded."""

    def checked(tables: Tables, records: Sequence[Incoming]) -> Step:
        step = fold(tables, records)
        Outputs.of(step)
        return step

    return checked
