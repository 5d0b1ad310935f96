"""Where each group has been: the tables ``presence``, ``activity`` and ``spread``, read by web, export and the map."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from schemas.alert import MOST_COUNTRIES, AlertState
from schemas.codes import CountryCode, EpisodeKind, Named, Region
from schemas.evidence import Evidence
from schemas.limits import MaxLength
from schemas.record import Record


class SightingRef(Record):
    """Points to one sighting."""

    source: Named
    """The sighting's source."""
    id: Named
    """Its id within the source."""


class Episode(Record):
    """A run of days with no gap of more than ``window`` days between them."""

    kind: EpisodeKind
    """first_ever, re_emergence or returned."""
    first_day: date
    """First day, UTC."""
    last_day: date
    """Last day, itself in."""
    trigger: SightingRef
    """A sighting that begins on the first day; of several the first by source and id."""
    begins_by: date | None = None
    """The latest day on which it can have begun. None: it began on ``first_day``."""
    ends_from: date | None = None
    """The earliest day on which it can have ended. None: it ended on ``last_day``."""
    firm: tuple[date, ...] | None = None
    """First and last of the days that reports known to the window make; none: there are no such days. None: all are."""


class Run(Record):
    """Days that hang together by sightings of which none qualifies: seen by someone, and proved by nobody yet."""

    first_day: date
    """First day, UTC."""
    last_day: date
    """Last day, itself in."""
    trigger: SightingRef
    """A sighting that begins on the first day; of several the first by source and id."""
    begins_by: date | None = None
    """The latest day on which it can have begun. None: it began on ``first_day``."""
    ends_from: date | None = None
    """The earliest day on which it can have ended. None: it ended on ``last_day``."""
    firm: tuple[date, ...] | None = None
    """First and last of the days that reports known to the window make; none: there are no such days. None: all are."""


class Presence(Record):
    """One group in one country: every episode, what is not proved, and the alerts that stand for them."""

    group: Named
    """Id of the group; of one that no register has, its name as first written. Keys hold the form in which names are
    compared."""
    country: CountryCode
    """ISO 3166-1 alpha-2, or XK."""
    region: Region
    """UN M49 region, by name."""
    episodes: tuple[Episode, ...] = ()
    """What qualifying sightings prove, in order of days; they never touch."""
    unproven: tuple[Run, ...] = ()
    """What the other sightings would add, in order of days. Far from every episode it is a candidate."""
    alerts: tuple[AlertState, ...] = ()
    """The alerts that stand, in the order in which they were raised; a retracted one leaves."""


class DayEntry(Record):
    """One sighting within the bucket of its first day."""

    evidence: Evidence
    """The sighting."""
    member: Named
    """The group that was seen, the bucket's own or one that belonged to it: its id, or a name that no register has, as
    names are compared."""
    qualifies: bool
    """Graded well enough, or told by two independent origins: it proves that the group was there."""


class Activity(Record):
    """One day of one group in one country: the sightings that begin on it. Their number is the day's count."""

    group: Named
    """Id of the group; of one that no register has, its name as first written. Keys hold the form in which names are
    compared."""
    country: CountryCode
    """ISO 3166-1 alpha-2, or XK."""
    region: Region
    """UN M49 region, by name."""
    day: date
    """The UTC day on which these sightings begin."""
    sightings: tuple[DayEntry, ...]
    """Sorted by source and id."""


class FirstDay(Record):
    """A country of a region and the day of the group's ``first_ever`` there."""

    country: CountryCode
    """ISO 3166-1 alpha-2, or XK."""
    day: date
    """First day of the first episode, UTC."""
    begins_by: date | None = None
    """The latest day on which that can have begun. None: it began on ``day``."""


class Spread(Record):
    """One group in one region: when it first came to each country, and the alerts of the kind ``spread``."""

    group: Named
    """Id of the group; of one that no register has, its name as first written. Keys hold the form in which names are
    compared."""
    region: Region
    """UN M49 region, by name."""
    first_days: Annotated[tuple[FirstDay, ...], MaxLength(MOST_COUNTRIES)]
    """In order of days, then of codes."""
    alerts: tuple[AlertState, ...] = ()
    """The alerts that stand, in the order in which they were raised; a retracted one leaves."""
