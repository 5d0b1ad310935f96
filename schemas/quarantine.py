"""Records on ``quarantine``: each describes a record that a stage skipped because of a defect in Firstseen."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Base64Bytes, NonNegativeInt

from schemas.limits import MaxLength
from schemas.record import Record

KEPT_BYTES = 2**20
"""Bytes of a value that a quarantine entry keeps. The complete value stays on its topic."""

KEPT_KEY_BYTES = 2**10
"""Bytes of a key that a quarantine entry keeps."""


class Quarantined(Record):
    """Record that a stage skipped so that it could process the records behind it. `firstseen quarantine` lists it."""

    stage: Annotated[str, MaxLength(20)]
    """Stage that skipped the record."""
    topic: Annotated[str, MaxLength(249)]
    """Full name of the record's topic."""
    partition: NonNegativeInt
    """Partition of the record."""
    offset: NonNegativeInt
    """Offset of the record."""
    arrived: AwareDatetime
    """Timestamp of the record, UTC."""
    why: Annotated[str, MaxLength(2_000)]
    """Error message, one line."""
    trace: Annotated[str, MaxLength(8_000)] | None = None
    """Stack trace, for a bug report."""
    key: Annotated[Base64Bytes, MaxLength(KEPT_KEY_BYTES)] | None = None
    """First KiB of the key, in base64."""
    original: Annotated[Base64Bytes, MaxLength(KEPT_BYTES)] | None = None
    """First MiB of the value, in base64. None if the record has no value or cannot be read."""
    original_bytes: NonNegativeInt | None = None
    """Length of the complete value, in bytes."""
    sha256: Annotated[str, MaxLength(64)] | None = None
    """SHA-256 of the complete value, in hexadecimal."""

    @property
    def id(self) -> str:
        """Record key: stage, topic, partition and offset."""
        return f"{self.stage}/{self.topic}/{self.partition}/{self.offset}"
