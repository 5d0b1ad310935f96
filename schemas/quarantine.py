"""Records that a stage passed over, on ``quarantine``: where they are, why, and their bytes."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Base64Bytes, NonNegativeInt

from schemas.limits import MaxLength
from schemas.record import Record

KEPT_BYTES = 2**20
"""The most bytes of a value that a quarantine or a rejection keeps; the whole stays on its topic."""

KEPT_KEY_BYTES = 2**10
"""The most bytes of a key that a quarantine keeps."""


class Quarantined(Record):
    """One record that was passed over, so that the records behind it go on. `firstseen quarantine` lists it."""

    stage: Annotated[str, MaxLength(20)]
    """The stage that passed it over."""
    topic: Annotated[str, MaxLength(249)]
    """Full name of its topic."""
    partition: NonNegativeInt
    """Its partition."""
    offset: NonNegativeInt
    """Its offset."""
    arrived: AwareDatetime
    """Its timestamp, UTC."""
    why: Annotated[str, MaxLength(2_000)]
    """What failed, in a line."""
    trace: Annotated[str, MaxLength(8_000)] | None = None
    """Where in Firstseen it failed, for its developers."""
    key: Annotated[Base64Bytes, MaxLength(KEPT_KEY_BYTES)] | None = None
    """The first KiB of its key, in base64."""
    original: Annotated[Base64Bytes, MaxLength(KEPT_BYTES)] | None = None
    """The first MiB of its value, in base64; None: it has none, or it cannot be read."""
    original_bytes: NonNegativeInt | None = None
    """Length of the whole value."""
    sha256: Annotated[str, MaxLength(64)] | None = None
    """SHA-256 of the whole value, in hexadecimal."""

    @property
    def id(self) -> str:
        """The key of its row: stage, topic, partition and offset."""
        return f"{self.stage}/{self.topic}/{self.partition}/{self.offset}"
