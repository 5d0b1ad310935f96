"""A sign of life on ``heartbeats``: the owner of a partition can read, decide and write."""

from __future__ import annotations

from pydantic import AwareDatetime

from schemas.records import Record


class Heartbeat(Record):
    """That alerts of a partition would come if there were any. Written every ten seconds, whatever happens."""

    partition: int
    """Of ``evidence`` and ``alerts``; the heartbeat stands on the same."""
    beat_at: AwareDatetime
    """When it was written, UTC."""
    next_offset: int
    """The offset in ``evidence`` up to which everything is decided, itself out; 0 until something was."""
