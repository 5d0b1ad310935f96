"""Decides the size of the next batch, and encodes a step. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from faust_batches.step import Fold, Incoming, Step, Tables, Topic

_FIRST_RECORDS = 250
"""A worker starts with small batches: its predecessor may have ended because a batch took too long."""

_LONG_SECONDS, _SHORT_SECONDS = 5.0, 1.0
"""After a batch that takes longer the size halves; after one that takes less it doubles."""

_OVERHEAD_BYTES = 200
"""The most that Kafka adds to key, value and headers: 61 bytes per batch, and lengths and deltas per record."""


class OversizedError(ValueError):
    """A record is larger than its topic accepts. The message names the topic and both sizes."""


def next_size(records: int | None, seconds: float, most: int) -> int:
    """Return the size of the next batch in records, given that of the last batch and its duration; None: the first."""
    if records is None:
        return min(_FIRST_RECORDS, most)
    if seconds > _LONG_SECONDS:
        return max(1, records // 2)
    return min(most, records * 2) if seconds < _SHORT_SECONDS else records


@dataclass(frozen=True, slots=True)
class Outputs:
    """The rows of a step in bytes; None: the row is removed."""

    rows: Mapping[Any, Mapping[str, bytes | None]]

    @classmethod
    def of(cls, step: Step) -> Self:
        """Encode the rows. Raises OversizedError when a row or an output is larger than its topic accepts."""
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
            f"a record for {topic.name} would have {size:,} bytes, and the topic accepts {topic.largest_bytes:,}"
        )


def writable(fold: Fold) -> Fold:
    """Return a fold that raises an error if its step cannot be written: too large, or impossible to encode."""

    def checked(tables: Tables, records: Sequence[Incoming]) -> Step:
        step = fold(tables, records)
        Outputs.of(step)
        return step

    return checked
