"""What intake remembers of each sighting, in the table ``versions``; and how every record ended, in ``accounting``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, NonNegativeInt

from schemas.codes import Int64
from schemas.evidence import Evidence
from schemas.limits import MaxLength
from schemas.record import Record
from schemas.rejection import Reason


class Version(Record):
    """The last version of one sighting."""

    revision: Int64
    """Its revision."""
    retracted: bool = False
    """True: taken back, also when the retraction came before its target."""
    content: Annotated[str, MaxLength(32)] | None = None
    """What it says: :attr:`schemas.sighting.Sighting.content`. None: an older version of Firstseen took it."""
    evidence: Evidence | None = None
    """What it counts for now; None for a test or a retraction."""


class Accounting(Record):
    """How the records of one partition of ``sightings`` ended: each in exactly one of these."""

    accepted: NonNegativeInt = 0
    """A new sighting, or a higher revision of a known one."""
    duplicate: NonNegativeInt = 0
    """A revision that was there already, with the same content."""
    stale: NonNegativeInt = 0
    """A revision lower than the one that is there."""
    retracted: NonNegativeInt = 0
    """A retraction that took effect or waits for its target."""
    test: NonNegativeInt = 0
    """An exercise."""
    rejected: dict[Reason, NonNegativeInt] = Field(default_factory=dict)
    """Refused, by reason."""
    quarantined: NonNegativeInt = 0
    """Passed over, because a rule failed on it: `firstseen quarantine list`."""

    @property
    def records(self) -> int:
        """How many records these are."""
        settled = self.accepted + self.duplicate + self.stale + self.retracted + self.test + self.quarantined
        return settled + sum(self.rejected.values())
