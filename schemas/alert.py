"""Alert events on ``alerts``: what presence decided is new, or no longer so. Dispatch reads them next."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from schemas.codes import CountryCode, EpisodeKind
from schemas.evidence import Evidence
from schemas.records import Record

AlertType = Literal["initial", "update", "retraction"]
"""The words of NASA's General Coordinates Network for the life of a notice."""

AlertStatus = Literal["confirmed", "superseded", "retracted"]


class AlertState(Record):
    """An alert as presence remembers it between two changes."""

    alert_id: str
    """Minted once from rule, group, country and the sighting that triggered it."""
    revision: int
    """Number of events so far."""
    status: AlertStatus
    """confirmed while it stands; superseded when earlier evidence took its place."""
    initial_kind: EpisodeKind
    """What it was when it was raised."""
    kind: EpisodeKind
    """What its episode is now."""
    first_day: date
    """First day of its episode now."""
    last_day: date
    """Last day of its episode now, itself in."""
    anchor: date
    """First day of the sighting that triggered it: the day that ties the alert to an episode."""
    trigger: str
    """Identity of the sighting that triggered it, as ``source/id``."""


class Why(Record):
    """Why an alert says what it says."""

    sightings: tuple[Evidence, ...]
    """The evidence that decided, in full."""
    origins: int
    """How many independent origins these sightings have; reprints of one story count once."""
    previous_last_day: date | None
    """The last day on record before this episode; None when nothing earlier is on record."""


class AlertEvent(Record):
    """One step in the life of an alert."""

    alert_id: str
    """The same for all events of one alert."""
    revision: int
    """1 for the first event, then counted up."""
    type: AlertType
    """initial, update or retraction."""
    kind: EpisodeKind
    """What the episode is."""
    status: AlertStatus
    """confirmed, superseded or retracted."""
    group: str
    """Id of the group, or its name as written."""
    country: CountryCode
    """ISO 3166-1 alpha-2, or XK."""
    region: str
    """UN M49 region, by name."""
    first_day: date
    """First day of the episode, UTC."""
    last_day: date
    """Last day of the episode, itself in."""
    arrived: datetime
    """Timestamp of the Kafka record that caused this event, UTC."""
    why: Why
    """The evidence."""
