"""What presence is told on ``evidence``: a sighting counts in a region, or no longer does; or who belongs to whom."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from pydantic import AwareDatetime

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
    """A valid sighting with its country resolved. Whom it counts for is decided by presence: DESIGN section 2."""

    source: Named
    """The sighting's source."""
    id: Named
    """The sighting's id within its source."""
    revision: Int64
    """The version of the sighting that this is."""
    group: Named
    """The group, by the name that the producer wrote."""
    country: CountryCode
    """ISO 3166-1 alpha-2, or XK."""
    region: Region
    """UN M49 region of the country, by name."""
    first_day: date
    """First day of what was seen, UTC."""
    last_day: date
    """Last day, itself in."""
    begins_by: date
    """The latest day on which it can have begun."""
    ends_from: date | None = None
    """The earliest day on which it can have ended. None: it ended on ``last_day``."""
    arrived: AwareDatetime
    """Timestamp of the sighting's Kafka record, UTC."""
    archival: bool = False
    """True: history, never an alert."""
    kind: EvidenceKind = "other"
    """What was seen."""
    origin: Named | None = None
    """Who said it first."""
    grade: Grade | None = None
    """Admiralty code."""
    admin1: Named | None = None
    """Province, as written."""
    place: Named | None = None
    """Town or spot, as written."""
    latitude: float | None = None
    """Degrees north, WGS 84."""
    longitude: float | None = None
    """Degrees east, WGS 84."""
    title: Annotated[str, MaxLength(LONGEST_TITLE)] | None = None
    """One line that a reader would recognise the report by."""
    url: Annotated[str, MaxLength(LONGEST_URL)] | None = None
    """Where the report can be read."""
    doubt: Annotated[str, MaxLength(LONGEST_DOUBT)] | None = None
    """Why the country, or a name, is not certain; several reasons with semicolons."""

    @property
    def key(self) -> str:
        """The sighting's identity."""
        return identity(self.source, self.id)

    @property
    def earliest_end(self) -> date:
        """The earliest day on which it can have ended; of evidence kept before ``ends_from`` was, too."""
        return self.first_day if self.begins_by > self.first_day else self.ends_from or self.last_day

    @property
    def days(self) -> str:
        """The days in words, as far as they are known."""
        return days_in_words(self.first_day, self.last_day, self.begins_by, self.earliest_end)

    @property
    def reported_by(self) -> str | None:
        """Who said it first, as written; None when nobody is named."""
        return self.origin if self.origin and named_origin(self.origin) else None

    @property
    def within_limits(self) -> Self:
        """The evidence as an alert holds it: an older version took texts of any length, and an alert has many."""
        texts = (self.title, self.url, self.origin, self.admin1, self.place, self.doubt)
        if sum(len(text) for text in texts if text) <= LONGEST_NAME:  # nearly every one
            return self
        longest = dict.fromkeys(("origin", "admin1", "place"), LONGEST_NAME)
        longest |= {"title": LONGEST_TITLE, "url": LONGEST_URL, "doubt": LONGEST_DOUBT}
        found = {name: (getattr(self, name), most) for name, most in longest.items()}
        cut = {name: shorten(text, most) for name, (text, most) in found.items() if text and len(text) > most}
        return self.replace(**cut) if cut else self


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
