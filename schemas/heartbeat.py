"""Heartbeats on ``heartbeats``: each shows that the owner of a partition can read, compute and write."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, NonNegativeFloat

from schemas.codes import Int64
from schemas.limits import MaxLength
from schemas.record import Record


class Heartbeat(Record):
    """Liveness of a stage on one partition. Written every ten seconds."""

    stage: Annotated[str, MaxLength(20)] = "presence"
    """Stage that owns the partition. Rows of earlier versions lack it, because only presence wrote heartbeats."""
    partition: Int64
    """Partition of the stage's input. The heartbeat is in the same partition of its own topic."""
    beat_at: AwareDatetime
    """Time of writing, UTC."""
    next_offset: Int64
    """Offset of the next input record to process; 0 before the first commit."""
    behind_seconds: NonNegativeFloat = 0.0
    """Seconds since the owner first saw the oldest unprocessed record; 0 if there is none. It uses the owner's clock,
    not record timestamps."""

    @property
    def place(self) -> str:
        """Record key: stage and partition, such as ``presence/0``."""
        return f"{self.stage}/{self.partition}"
