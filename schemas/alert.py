"""Alert events on ``alerts``: presence raises, updates and retracts alerts. Dispatch reads them next."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, get_args

from pydantic import AwareDatetime

from schemas.codes import OF_REGIONS, AlertId, AlertKind, CountryCode, IdentityText, Int64, Named, Region
from schemas.days import Gap, days_in_words, gap_between, some_day_in_words
from schemas.evidence import LONGEST_DOUBT, Evidence
from schemas.group import MAX_NAMES
from schemas.limits import MaxLength
from schemas.record import Record

MAX_SIGHTINGS = 10
"""Deciding sightings in an alert. ``firstseen groups why`` shows all of them."""

MAX_DOUBTS = 10
MAX_FACTIONS = 30
MAX_CHANGED_GROUPS = 30

LONGEST_VALUE = 2_000
"""Characters of an old or new value. A list of every country is shorter."""

Factions = Annotated[tuple[Named, ...], MaxLength(MAX_FACTIONS)]
MAX_COUNTRIES = 300
"""More than the 250 countries that exist."""

Countries = Annotated[tuple[CountryCode, ...], MaxLength(MAX_COUNTRIES)]

AlertType = Literal["initial", "update", "retraction"]
"""Step in the life of an alert, in the terms of NASA's General Coordinates Network."""

AlertStatus = Literal["candidate", "confirmed", "superseded", "retracted"]

AlertField = Literal["status", "kind", "first_day", "origins", "by_affiliation", "doubtful", "country", "countries"]
"""Fields of an alert that readers see. A change of one of them produces an event."""

MAX_CHANGES = len(get_args(AlertField))


class AlertState(Record):
    """State of an alert that presence keeps between changes of evidence."""

    alert_id: AlertId
    """UUID derived from rule, group, place and the sighting that triggered the alert."""
    revision: Int64
    """Number of events published for this alert."""
    status: AlertStatus
    """candidate before confirmation; confirmed while the evidence supports it; superseded if the group was present
    earlier or another alert covers the same episode."""
    announced: AlertKind | None = None
    """Kind with which the alert was first confirmed. None if it was never confirmed; nobody was notified then."""
    kind: AlertKind
    """Current kind."""
    country: CountryCode
    """Country of the episode; for a spread, the country that completed it."""
    first_day: date
    """First day of the episode, UTC; for a spread, the first day in its third country."""
    last_day: date
    """Last day of the episode, UTC, inclusive; for a spread, the first day in its last country."""
    begins_by: date | None = None
    """Latest possible first day. None: ``first_day`` is exact."""
    ends_from: date | None = None
    """Earliest possible last day. None: ``last_day`` is exact."""
    anchor: date
    """First day of the triggering sighting. The alert belongs to the episode that contains this day."""
    trigger: IdentityText
    """Identity of the triggering sighting, as ``source/id``."""
    origins: Int64
    """Number of independent origins that attest the onset."""
    by_affiliation: Factions = ()
    """Factions that were seen, if the group itself was not."""
    doubtful: bool = False
    """True while the country or a name is uncertain in every sighting of the onset; for a spread, of one country."""
    countries: Countries = ()
    """Countries of a spread, ordered by first day; empty for other kinds."""

    @property
    def begins(self) -> str:
        """The first day in words, with its uncertainty."""
        return some_day_in_words(self.first_day, self.begins_by)


class AlertChange(Record):
    """Change of one field of an alert."""

    what: AlertField
    """Name of the field."""
    old: Annotated[str, MaxLength(LONGEST_VALUE)]
    """Previous value; list items are separated by commas."""
    new: Annotated[str, MaxLength(LONGEST_VALUE)]
    """New value; list items are separated by commas."""


class Cause(Record):
    """Change of evidence that caused an alert event."""

    what: Literal["reported", "corrected", "withdrawn", "groups", "areas"]
    """A sighting was reported, corrected or withdrawn; names or affiliations of groups changed; or the area of the
    alert changed."""
    sighting: Evidence | None = None
    """The sighting after the change; if it was withdrawn, before the change."""
    before: Evidence | None = None
    """The sighting before a correction."""
    groups: Annotated[tuple[Named, ...], MaxLength(MAX_CHANGED_GROUPS)] = ()
    """Ids of the groups that changed, at most 30."""
    more_groups: Int64 = 0
    """Number of changed groups that ``groups`` leaves out."""


class AlertEvidence(Record):
    """Evidence behind an alert event."""

    sightings: Annotated[tuple[Evidence, ...], MaxLength(MAX_SIGHTINGS)]
    """Deciding sightings, complete, at most ten: the earliest of each origin first."""
    origins: Int64
    """Number of independent origins that attest the onset. Reprints of one story count once."""
    previous_last_day: date | None = None
    """Last recorded day before this episode, UTC. None if nothing earlier is on record."""
    previous_ends_from: date | None = None
    """Earliest possible value of ``previous_last_day``. None: that day is exact."""
    records_since: date | None = None
    """First recorded day of this group anywhere in the region, UTC."""
    records_begin_by: date | None = None
    """Latest possible value of ``records_since``. None: that day is exact."""


class AlertEvent(Record):
    """One step in the life of an alert."""

    alert_id: AlertId
    """UUID shared by all events of one alert."""
    revision: Int64
    """Number of this event within its alert, from 1."""
    type: AlertType
    """initial, update or retraction."""
    kind: AlertKind
    """Kind of the episode, ``spread`` for a group that spreads in a region, or ``first_in_area``."""
    status: AlertStatus
    """candidate, confirmed, superseded or retracted. Candidates are shown on request; nobody is notified of them."""
    group: Named
    """Id of the group; for an unregistered group, the name as first written."""
    names: Annotated[tuple[Named, ...], MaxLength(MAX_NAMES)] = ()
    """Other names of the group. Filters match any of them."""
    country: CountryCode
    """ISO 3166-1 alpha-2 code, or XK. For a spread, the country that completed it."""
    region: Region
    """Name of the UN M49 region."""
    area: Named | None = None
    """Name of the area, for ``first_in_area``; the country is then that of the sighting that raised the alert."""
    first_day: date
    """First day of the episode, UTC; for a spread, the first day in its third country."""
    last_day: date
    """Last day of the episode, UTC, inclusive; for a spread, the first day in its last country."""
    begins_by: date | None = None
    """Latest possible first day. None: ``first_day`` is exact."""
    ends_from: date | None = None
    """Earliest possible last day. None: ``last_day`` is exact."""
    arrived: AwareDatetime
    """Timestamp of the Kafka record that caused this event, UTC."""
    by_affiliation: Factions = ()
    """Factions that were seen, if the group itself was not."""
    doubts: Annotated[tuple[Annotated[str, MaxLength(LONGEST_DOUBT)], ...], MaxLength(MAX_DOUBTS)] = ()
    """Reasons why the country or a name is uncertain. Empty if at least one sighting of the onset has no doubt."""
    countries: Countries = ()
    """Countries of a spread, ordered by first day; empty for other kinds."""
    changes: Annotated[tuple[AlertChange, ...], MaxLength(MAX_CHANGES)] = ()
    """Fields that changed since the previous event; empty for an initial event."""
    cause: Cause
    """Change of evidence that caused this event."""
    why: AlertEvidence
    """Current evidence; empty for a retraction. A superseded alert keeps its own fields, while ``why`` describes the
    episode as it is now."""

    @property
    def is_regional(self) -> bool:
        """Whether it is about several countries of a region, not about one country or area."""
        return self.kind in OF_REGIONS

    @property
    def gap(self) -> Gap | None:
        """Days between the previous recorded day and this episode. None if nothing earlier is on record."""
        return gap_between(self.why.previous_last_day, self.first_day, self.why.previous_ends_from, self.begins_by)

    @property
    def begins(self) -> str:
        """The first day in words, with its uncertainty."""
        return some_day_in_words(self.first_day, self.begins_by)

    @property
    def days(self) -> str:
        """The days in words, with their uncertainty."""
        return days_in_words(self.first_day, self.last_day, self.begins_by, self.ends_from)
