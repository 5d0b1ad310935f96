"""Changes on ``evidence``: a sighting starts or stops counting in a region or an area, or groups or areas change.

Presence reads them.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from pydantic import AwareDatetime

from schemas.area import AreasChange
from schemas.codes import (
    LONGEST_NAME,
    LONGEST_TITLE,
    LONGEST_URL,
    CountryCode,
    EvidenceKind,
    Grade,
    Int64,
    Named,
    Region,
    identity,
)
from schemas.days import days_in_words
from schemas.group import GroupsChange
from schemas.limits import MaxLength, shorten
from schemas.origins import named_origin
from schemas.record import Record

LONGEST_DOUBT = 1_000
"""Characters."""


class Evidence(Record):
    """Valid sighting with its country resolved. Presence decides which groups it counts for (``docs/semantics.md``)."""

    source: Named
    """Source of the sighting."""
    id: Named
    """Id of the sighting within its source."""
    revision: Int64
    """Revision of the sighting."""
    group: Named
    """Group name, as the producer wrote it."""
    country: CountryCode
    """ISO 3166-1 alpha-2 code, or XK."""
    region: Region
    """Name of the country's UN M49 region."""
    first_day: date
    """First day, UTC."""
    last_day: date
    """Last day, UTC, inclusive."""
    begins_by: date
    """Latest possible first day."""
    ends_from: date | None = None
    """Earliest possible last day. None: ``last_day`` is exact."""
    arrived: AwareDatetime
    """Timestamp of the sighting's Kafka record, UTC."""
    archival: bool = False
    """True for archive material: it becomes history and never raises an alert."""
    kind: EvidenceKind = "other"
    """Kind of activity."""
    origin: Named | None = None
    """First publisher of the report, such as a news agency."""
    grade: Grade | None = None
    """Admiralty code, A1 to F6."""
    admin1: Named | None = None
    """Province or state, as written."""
    place: Named | None = None
    """Town or other place, as written."""
    latitude: float | None = None
    """Degrees north, WGS 84."""
    longitude: float | None = None
    """Degrees east, WGS 84."""
    title: Annotated[str, MaxLength(LONGEST_TITLE)] | None = None
    """One-line summary of the report."""
    url: Annotated[str, MaxLength(LONGEST_URL)] | None = None
    """Web address of the report."""
    doubt: Annotated[str, MaxLength(LONGEST_DOUBT)] | None = None
    """Reasons why the country or a name is uncertain, separated by semicolons."""

    @property
    def key(self) -> str:
        """Identity of the sighting, as ``source/id``."""
        return identity(self.source, self.id)

    @property
    def earliest_end(self) -> date:
        """The earliest day on which it can have ended; of evidence kept before ``ends_from`` was, too."""
        return self.first_day if self.begins_by > self.first_day else self.ends_from or self.last_day

    @property
    def days(self) -> str:
        """The days in words, with their uncertainty."""
        return days_in_words(self.first_day, self.last_day, self.begins_by, self.earliest_end)

    @property
    def reported_by(self) -> str | None:
        """Origin as written. None if it is absent or a placeholder such as "unknown"."""
        return self.origin if self.origin and named_origin(self.origin) else None

    @property
    def origin_name(self) -> str | None:
        """What counts as its origin: the source, if no origin is stated. None if that is a placeholder."""
        name = self.origin or self.source
        return name if named_origin(name) else None

    @property
    def within_limits(self) -> Self:
        """The evidence with its texts within the current limits, as alerts hold it. Older versions had no limits."""
        origin, admin1, place = self.origin or "", self.admin1 or "", self.place or ""
        if len((self.title or "") + (self.url or "") + origin + admin1 + place + (self.doubt or "")) <= LONGEST_NAME:
            return self  # true for nearly all
        longest = dict.fromkeys(("origin", "admin1", "place"), LONGEST_NAME)
        longest |= {"title": LONGEST_TITLE, "url": LONGEST_URL, "doubt": LONGEST_DOUBT}
        found = {name: (getattr(self, name), most) for name, most in longest.items()}
        cut = {name: shorten(text, most) for name, (text, most) in found.items() if text and len(text) > most}
        return self.replace(**cut) if cut else self


class InArea(Record):
    """What a change of evidence in a region means for an area. Presence writes it, keyed by the area."""

    area: Named
    """Name of the area."""
    version: Int64
    """Version of the area that the region counted in."""
    partitions: Int64
    """Number of partitions of ``evidence``."""
    remove: Evidence | None = None
    """Sighting that no longer counts in the area, exactly as it was added."""
    add: Evidence | None = None
    """Sighting that counts in the area from now on."""
    elsewhere: Evidence | None = None
    """Other half of a correction: the sighting added or removed outside the area."""
    counting: bool = False
    """True while the partition counts the sightings that it has on record: they raise no alert."""
    counted: bool = False
    """True if the partition has counted all of them. The change then holds no sighting."""


class EvidenceChange(Record):
    """Change of the evidence in one region: an addition, a removal, or both if a sighting was corrected.

    A change of groups or areas is written to every partition, so that each region applies it at a fixed point in its
    order.
    """

    arrived: AwareDatetime
    """Timestamp of the Kafka record that caused the change, UTC."""
    remove: Evidence | None = None
    """Evidence that no longer counts, exactly as it was added."""
    add: Evidence | None = None
    """Evidence that counts from now on."""
    elsewhere: Evidence | None = None
    """Other half of a correction that moves a sighting to another region: the evidence added or removed there."""
    groups: GroupsChange | None = None
    """Change of groups. If it is present, ``add`` and ``remove`` are absent."""
    areas: AreasChange | None = None
    """Change of areas. If it is present, ``add`` and ``remove`` are absent."""
    in_area: InArea | None = None
    """What another change means for an area. If it is present, ``add`` and ``remove`` are absent: readers that count in
    countries ignore it."""
