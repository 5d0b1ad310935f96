"""Rows of intake's tables: the current version of each sighting (``versions``) and outcome counts (``accounting``)."""

from __future__ import annotations

from typing import Annotated

from msgspec import field
from pydantic import NonNegativeInt

from schemas.codes import Int64
from schemas.evidence import Evidence
from schemas.limits import MaxLength
from schemas.record import Record
from schemas.rejection import Reason


class Version(Record):
    """The version of a sighting that counts."""

    revision: Int64
    """Revision of the sighting."""
    retracted: bool = False
    """True if the sighting was retracted, even if the retraction arrived before the sighting."""
    content: Annotated[str, MaxLength(32)] | None = None
    """Hash of the content (:attr:`schemas.sighting.Sighting.content`). None in rows of older Firstseen versions."""
    evidence: Evidence | None = None
    """Evidence that the sighting contributes now. None for a test or a retraction."""


class Accounting(Record):
    """Outcomes of all records in one partition of ``sightings``. Each record is counted exactly once."""

    accepted: NonNegativeInt = 0
    """New sightings, and higher revisions of known sightings."""
    duplicate: NonNegativeInt = 0
    """Revisions that were already recorded with the same content."""
    stale: NonNegativeInt = 0
    """Revisions lower than the recorded one."""
    retracted: NonNegativeInt = 0
    """Retractions, including those whose sighting has not arrived yet."""
    test: NonNegativeInt = 0
    """Test sightings."""
    rejected: dict[Reason, NonNegativeInt] = field(default_factory=dict)
    """Rejected records, by reason."""
    quarantined: NonNegativeInt = 0
    """Records skipped because of a defect in Firstseen. `firstseen quarantine list` shows them."""

    @property
    def records(self) -> int:
        """Total number of records."""
        valid = self.accepted + self.duplicate + self.stale + self.retracted + self.test
        return valid + sum(self.rejected.values()) + self.quarantined
