"""Where each group has been: the tables ``presence`` and ``activity``, read by web, export and the map."""

from __future__ import annotations

from datetime import date

from schemas.alert import AlertState
from schemas.codes import CountryCode, EpisodeKind, EvidenceKind
from schemas.records import Record


class SightingRef(Record):
    """Points to one sighting."""

    source: str
    """The sighting's source."""
    id: str
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


class Presence(Record):
    """One group in one country: every episode, and the alerts that stand for them."""

    group: str
    """Id of the group, or its name as written."""
    country: CountryCode
    """ISO 3166-1 alpha-2, or XK."""
    region: str
    """UN M49 region, by name."""
    episodes: tuple[Episode, ...] = ()
    """In order of days; they never touch."""
    alerts: tuple[AlertState, ...] = ()
    """The alerts that stand, in the order in which they were raised; a retracted one leaves."""


class DayEntry(Record):
    """One sighting within the bucket of its first day."""

    source: str
    """The sighting's source."""
    id: str
    """Its id within the source."""
    last_day: date
    """Last day of what was seen, itself in."""
    kind: EvidenceKind = "other"
    """What was seen."""
    origin: str | None = None
    """Who said it first."""
    title: str | None = None
    """One line that a reader would recognise the report by."""
    url: str | None = None
    """Where the report can be read."""
    place: str | None = None
    """Town or province, as written."""


class Activity(Record):
    """One day of one group in one country: the sightings that begin on it. Their number is the day's count."""

    group: str
    """Id of the group, or its name as written."""
    country: CountryCode
    """ISO 3166-1 alpha-2, or XK."""
    region: str
    """UN M49 region, by name."""
    day: date
    """The UTC day on which these sightings begin."""
    sightings: tuple[DayEntry, ...]
    """Sorted by source and id."""
