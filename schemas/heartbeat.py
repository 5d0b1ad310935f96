"""A sign of life on ``heartbeats``: the owner of a partition can read, decide and write."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, NonNegativeFloat

from schemas.codes import Int64
from schemas.limits import MaxLength
from schemas.record import Record


class Heartbeat(Record):
    """A stage owns a partition and works. Written every ten seconds, whatever happens."""

    stage: Annotated[str, MaxLength(20)] = "presence"
    """The stage that owns the partition. Rows of earlier versions lack it: only presence wrote them."""
    partition: Int64
    """Of what the stage reads; the heartbeat lies in the same partition."""
    beat_at: AwareDatetime
    """When it was written, UTC."""
    next_offset: Int64
    """The offset in what the stage reads up to which everything is done, itself out; 0 until something was."""
    behind_seconds: NonNegativeFloat = 0.0
    """How long the oldest record that is not done has been there; 0 when nothing waits. Measured on the owner's clock
    from when it saw the record, so that no record's timestamp is trusted."""

    @property
    def place(self) -> str:
        """Return stage and partition, ``presence/0``: the key."""
        return f"{self.stage}/{self.partition}"
