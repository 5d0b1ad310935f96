"""Alert events on ``alerts``: what presence decided is new, or no longer so. Dispatch reads them next."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, get_args

from pydantic import AwareDatetime

from schemas.codes import AlertId, AlertKind, CountryCode, IdentityText, Int64, Named, Region
from schemas.days import Gap, days_in_words, gap_between, some_day_in_words
from schemas.evidence import LONGEST_DOUBT, Evidence
from schemas.group import MOST_NAMES
from schemas.limits import MaxLength
from schemas.record import Record

MOST_SIGHTINGS = 10
"""An alert shows so many of the sightings that decided; ``explain`` shows them all."""

MOST_DOUBTS = 10
MOST_FACTIONS = 30
MOST_CHANGED_GROUPS = 30

LONGEST_VALUE = 2_000
"""Characters of an old or new value. All countries of a spread are shorter."""

Factions = Annotated[tuple[Named, ...], MaxLength(MOST_FACTIONS)]
MOST_COUNTRIES = 300
"""There are 250."""

Countries = Annotated[tuple[CountryCode, ...], MaxLength(MOST_COUNTRIES)]

AlertType = Literal["initial", "update", "retraction"]
"""The words of NASA's General Coordinates Network for the life of a notice."""

AlertStatus = Literal["candidate", "confirmed", "superseded", "retracted"]

AlertField = Literal["status", "kind", "first_day", "origins", "by_affiliation", "doubtful", "country", "countries"]
"""What a reader is told of an alert, by the names of its fields."""

MOST_CHANGES = len(get_args(AlertField))


class AlertState(Record):
    """An alert as presence remembers it between two changes."""

    alert_id: AlertId
    """Minted once from rule, group, place and the sighting that triggered it."""
    revision: Int64
    """Number of events so far."""
    status: AlertStatus
    """candidate until it qualifies; confirmed while it stands; superseded when other evidence took its place."""
    announced: AlertKind | None = None
    """What it was when it was first confirmed. None: it never was, and nobody was told."""
    kind: AlertKind
    """What it is now."""
    country: CountryCode
    """Where; of a spread the country that made it one."""
    first_day: date
    """First day of its episode now; of a spread the first day of the third country."""
    last_day: date
    """Last day of its episode now, itself in; of a spread the first day of the last country."""
    begins_by: date | None = None
    """The latest day on which that can have begun. None: it began on ``first_day``."""
    ends_from: date | None = None
    """The earliest day on which it can have ended. None: it ended on ``last_day``."""
    anchor: date
    """First day of the sighting that triggered it: the day that ties the alert to an episode."""
    trigger: IdentityText
    """Identity of the sighting that triggered it, as ``source/id``."""
    origins: Int64
    """How many independent origins attest the beginning."""
    by_affiliation: Factions = ()
    """The factions that were seen, when the group itself was not."""
    doubtful: bool = False
    """True while every sighting of the beginning is in doubt on its country or a name; in a spread, of one country."""
    countries: Countries = ()
    """Of a spread: its countries in order of their first days."""

    @property
    def begins(self) -> str:
        """The first day in words, as far as it is known."""
        return some_day_in_words(self.first_day, self.begins_by)


class AlertChange(Record):
    """One thing that is not as it was told before."""

    what: AlertField
    """The field of the alert."""
    old: Annotated[str, MaxLength(LONGEST_VALUE)]
    """Its value until now; lists with commas."""
    new: Annotated[str, MaxLength(LONGEST_VALUE)]
    """Its value from now on."""


class Cause(Record):
    """What made an alert event: one change of evidence."""

    what: Literal["reported", "corrected", "withdrawn", "groups"]
    """A sighting came, was corrected, or counts no more; or an affiliation or a name of a group changed."""
    sighting: Evidence | None = None
    """The sighting, as it is now; as it was, when it was withdrawn."""
    before: Evidence | None = None
    """What was corrected, as it was."""
    groups: Annotated[tuple[Named, ...], MaxLength(MOST_CHANGED_GROUPS)] = ()
    """Ids of the groups that changed, the first thirty of them."""
    more_groups: Int64 = 0
    """How many more changed."""


class AlertEvidence(Record):
    """Why an alert says what it says."""

    sightings: Annotated[tuple[Evidence, ...], MaxLength(MOST_SIGHTINGS)]
    """The sightings that decided, in full, at most ten: the earliest of each origin first."""
    origins: Int64
    """How many independent origins attest the beginning; reprints of one story count once."""
    previous_last_day: date | None = None
    """The last day on record before this episode; None when nothing earlier is on record."""
    previous_ends_from: date | None = None
    """The earliest that day can be, where it is not known. None: no other than ``previous_last_day``."""
    records_since: date | None = None
    """The first day on record of this group anywhere in the region."""
    records_begin_by: date | None = None
    """The latest that day can be, where it is not known. None: no other than ``records_since``."""


class AlertEvent(Record):
    """One step in the life of an alert."""

    alert_id: AlertId
    """The same for all events of one alert."""
    revision: Int64
    """1 for the first event, then counted up."""
    type: AlertType
    """initial, update or retraction."""
    kind: AlertKind
    """What the episode is; or that the group spreads in the region."""
    status: AlertStatus
    """candidate, confirmed, superseded or retracted. A candidate is shown to those who ask and pushed to nobody."""
    group: Named
    """Id of the group; of one that no register has, its name as first written."""
    names: Annotated[tuple[Named, ...], MaxLength(MOST_NAMES)] = ()
    """Other names of the group, so that a filter may use any of them."""
    country: CountryCode
    """ISO 3166-1 alpha-2, or XK. Of a spread the country that made it one."""
    region: Region
    """UN M49 region, by name."""
    first_day: date
    """First day of the episode, UTC; of a spread the first day of the third country."""
    last_day: date
    """Last day of the episode, itself in; of a spread the first day of the last country."""
    begins_by: date | None = None
    """The latest day on which it can have begun, where that is not known. None: it began on ``first_day``."""
    ends_from: date | None = None
    """The earliest day on which it can have ended, where that is not known. None: it ended on ``last_day``."""
    arrived: AwareDatetime
    """Timestamp of the Kafka record that caused this event, UTC."""
    by_affiliation: Factions = ()
    """The factions that were seen, when the group itself was not."""
    doubts: Annotated[tuple[Annotated[str, MaxLength(LONGEST_DOUBT)], ...], MaxLength(MOST_DOUBTS)] = ()
    """Why the country or a name is not certain; empty as soon as one sighting of the beginning is in no doubt."""
    countries: Countries = ()
    """Of a spread: its countries in order of their first days."""
    changes: Annotated[tuple[AlertChange, ...], MaxLength(MOST_CHANGES)] = ()
    """What is not as it was told before; empty for an initial."""
    cause: Cause
    """What made this event."""
    why: AlertEvidence
    """The evidence that stands now; none for a retraction. Of a superseded alert it is that of the episode, while the
    alert itself stays as it was told."""

    @property
    def gap(self) -> Gap | None:
        """How many days lie between the days on record before and this episode; None when nothing was before."""
        return gap_between(self.why.previous_last_day, self.first_day, self.why.previous_ends_from, self.begins_by)

    @property
    def begins(self) -> str:
        """The first day in words, as far as it is known."""
        return some_day_in_words(self.first_day, self.begins_by)

    @property
    def days(self) -> str:
        """The days in words, as far as they are known."""
        return days_in_words(self.first_day, self.last_day, self.begins_by, self.ends_from)
