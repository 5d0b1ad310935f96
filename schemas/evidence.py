"""What presence is told on ``evidence``: a sighting counts in a region, or no longer does; or who belongs to whom."""

from __future__ import annotations

from datetime import date

from pydantic import AwareDatetime

from schemas.codes import CountryCode, EvidenceKind, Grade, identity
from schemas.group import GroupsChange
from schemas.records import Record


class Evidence(Record):
    """A valid sighting with its country resolved. Whom it counts for is decided by presence: DESIGN section 2."""

    source: str
    """The sighting's source."""
    id: str
    """The sighting's id within its source."""
    revision: int
    """The version of the sighting that this is."""
    group: str
    """The group, by the name that the producer wrote."""
    country: CountryCode
    """ISO 3166-1 alpha-2, or XK."""
    region: str
    """UN M49 region of the country, by name."""
    first_day: date
    """First day of what was seen, UTC."""
    last_day: date
    """Last day, itself in."""
    begins_by: date
    """The latest day on which it can have begun."""
    arrived: AwareDatetime
    """Timestamp of the sighting's Kafka record, UTC."""
    archival: bool = False
    """True: history, never an alert."""
    kind: EvidenceKind = "other"
    """What was seen."""
    origin: str | None = None
    """Who said it first."""
    grade: Grade | None = None
    """Admiralty code."""
    admin1: str | None = None
    """Province, as written."""
    place: str | None = None
    """Town or spot, as written."""
    latitude: float | None = None
    """Degrees north, WGS 84."""
    longitude: float | None = None
    """Degrees east, WGS 84."""
    title: str | None = None
    """One line that a reader would recognise the report by."""
    url: str | None = None
    """Where the report can be read."""
    doubt: str | None = None
    """Why the country is not certain, in a sentence."""

    @property
    def key(self) -> str:
        """The sighting's identity."""
        return identity(self.source, self.id)


class EvidenceChange(Record):
    """One step in what counts in one region: add, remove, or both at once when a sighting was corrected there.

    A change of groups stands in every partition, so that each region meets it at one certain point of its order.
    """

    arrived: AwareDatetime
    """Timestamp of the Kafka record that caused the change, UTC."""
    remove: Evidence | None = None
    """What counts no more, exactly as it was added."""
    add: Evidence | None = None
    """What counts from now on."""
    elsewhere: Evidence | None = None
    """The other half of a correction across regions: what was added there, or removed there."""
    groups: GroupsChange | None = None
    """What changed about groups; then nothing is added or removed."""
