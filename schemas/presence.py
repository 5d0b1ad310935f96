"""Rows of presence's tables ``presence``, ``activity`` and ``spread``. Web, export and the map read them."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from schemas.alert import MAX_COUNTRIES, AlertState
from schemas.codes import CountryCode, EpisodeKind, Named, Region
from schemas.evidence import Evidence
from schemas.limits import MaxLength
from schemas.record import Record


class SightingRef(Record):
    """Reference to a sighting."""

    source: Named
    """Source of the sighting."""
    id: Named
    """Id of the sighting within its source."""


class Episode(Record):
    """Run of days with activity, without a gap of more than ``window`` days."""

    kind: EpisodeKind
    """first_ever, re_emergence or returned."""
    first_day: date
    """First day, UTC."""
    last_day: date
    """Last day, UTC, inclusive."""
    trigger: SightingRef
    """Sighting that begins on the first day; if there are several, the first by source and id."""
    begins_by: date | None = None
    """Latest possible first day. None: ``first_day`` is exact."""
    ends_from: date | None = None
    """Earliest possible last day. None: ``last_day`` is exact."""
    firm: tuple[date, ...] | None = None
    """First and last firm day: a day is firm if its report is exact to within the window. An empty list: no day is
    firm. None: all days are firm."""


class Run(Record):
    """Run of days with sightings of which none qualifies."""

    first_day: date
    """First day, UTC."""
    last_day: date
    """Last day, UTC, inclusive."""
    trigger: SightingRef
    """Sighting that begins on the first day; if there are several, the first by source and id."""
    begins_by: date | None = None
    """Latest possible first day. None: ``first_day`` is exact."""
    ends_from: date | None = None
    """Earliest possible last day. None: ``last_day`` is exact."""
    firm: tuple[date, ...] | None = None
    """First and last firm day: a day is firm if its report is exact to within the window. An empty list: no day is
    firm. None: all days are firm."""


class Presence(Record):
    """One group in one country: its episodes, its unconfirmed runs, and their alerts."""

    group: Named
    """Id of the group; for an unregistered group, the name as first written. Record keys use the comparable form."""
    country: CountryCode
    """ISO 3166-1 alpha-2 code, or XK."""
    region: Region
    """Name of the UN M49 region."""
    episodes: tuple[Episode, ...] = ()
    """Episodes of qualifying sightings, in order of days. They never touch."""
    unproven: tuple[Run, ...] = ()
    """Runs of the other sightings, in order of days. A run more than ``window`` days from every episode is a
    candidate."""
    alerts: tuple[AlertState, ...] = ()
    """Current alerts, in the order in which they were raised. Retracted alerts are removed."""


class DayEntry(Record):
    """Sighting in the row of its first day."""

    evidence: Evidence
    """The sighting."""
    member: Named
    """Group that was seen: the row's own group or one of its factions. Comparable form of its id, or of its name if it
    is not registered."""
    qualifies: bool
    """True if the grade is sufficient or two independent origins report it. Qualifying sightings confirm presence."""


class Activity(Record):
    """One group in one country on one day: the sightings that begin on that day."""

    group: Named
    """Id of the group; for an unregistered group, the name as first written. Record keys use the comparable form."""
    country: CountryCode
    """ISO 3166-1 alpha-2 code, or XK."""
    region: Region
    """Name of the UN M49 region."""
    day: date
    """UTC day on which the sightings begin."""
    sightings: tuple[DayEntry, ...]
    """Sightings, sorted by source and id. Their number is the count of the day."""


class FirstDay(Record):
    """First day of a group in one country of a region."""

    country: CountryCode
    """ISO 3166-1 alpha-2 code, or XK."""
    day: date
    """First day of the first episode, UTC."""
    begins_by: date | None = None
    """Latest possible first day. None: ``day`` is exact."""


class Spread(Record):
    """One group in one region: its first day in each country, and its alerts of kind ``spread``."""

    group: Named
    """Id of the group; for an unregistered group, the name as first written. Record keys use the comparable form."""
    region: Region
    """Name of the UN M49 region."""
    first_days: Annotated[tuple[FirstDay, ...], MaxLength(MAX_COUNTRIES)]
    """First day per country, ordered by day, then by country code."""
    alerts: tuple[AlertState, ...] = ()
    """Current alerts, in the order in which they were raised. Retracted alerts are removed."""
