"""The form of an alert in responses: its latest event in words and with links, with or without the evidence."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import Query
from pydantic import AwareDatetime, BaseModel, ConfigDict

from schemas.alert import AlertChange, AlertStatus, AlertType
from schemas.codes import AlertKind, CountryCode
from schemas.evidence import Evidence

Expand = Annotated[
    list[Literal["evidence"]] | None,
    Query(
        description="`evidence`: the sightings behind each alert, and the sightings that changed it last.",
        examples=[["evidence"]],
    ),
]


class _Row(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)


class CauseRow(_Row):
    """Change of evidence that caused an event."""

    what: Literal["reported", "corrected", "withdrawn", "groups"]
    groups: list[str]
    """Ids of the groups that changed, at most 30."""
    more_groups: int
    """Number of changed groups that `groups` leaves out."""
    sighting: Evidence | None = None
    """With `expand=evidence`: the sighting after the change; if it was withdrawn, before the change."""
    before: Evidence | None = None
    """With `expand=evidence`: the sighting before a correction."""


class WhyRow(_Row):
    """What is behind an alert."""

    origins: int
    """Number of independent origins that attest the onset."""
    previous_last_day: date | None
    """Last recorded day before this episode. Null if nothing earlier is on record."""
    previous_ends_from: date | None
    """Earliest possible value of `previous_last_day`. Null: that day is exact."""
    records_since: date | None
    """First recorded day of this group anywhere in the region."""
    records_begin_by: date | None
    """Latest possible value of `records_since`. Null: that day is exact."""
    sightings: list[Evidence] | None = None
    """With `expand=evidence`: the deciding sightings, at most ten, the earliest of each origin first."""


class AlertLinks(_Row):
    """Where more about an alert is, relative to the server."""

    self: str
    """All of its events."""
    evidence: str
    cap: str
    """Its latest event as a CAP message."""
    group: str
    country: str
    page: str
    """The page for people."""


class EventRow(_Row):
    """One event of an alert."""

    alert_id: str
    """UUID of the alert."""
    short_id: str
    """The beginning of the id, which every address and command takes."""
    headline: str
    """The headline. If the alert is not confirmed, it first says so."""
    revision: int
    """Number of the event within its alert, from 1."""
    type: AlertType
    kind: AlertKind
    kind_name: str
    """What a filter calls the kind."""
    status: AlertStatus
    group: str
    """Id of the group; for an unregistered group, the name as first written."""
    names: list[str]
    """Other names of the group."""
    country: CountryCode
    """For a spread, the country that completed it."""
    country_name: str
    countries: list[CountryCode]
    """Countries of a spread, ordered by first day; empty for other kinds."""
    country_names: list[str]
    region: str
    """Name of the UN M49 region."""
    first_day: date
    """First day of the episode, UTC."""
    last_day: date
    """Last day of the episode, UTC, inclusive."""
    begins_by: date | None
    """Latest possible first day. Null: `first_day` is exact."""
    ends_from: date | None
    """Earliest possible last day. Null: `last_day` is exact."""
    arrived: AwareDatetime
    """When the change arrived that caused the event."""
    updated: AwareDatetime
    """The same as `arrived`, under the name that CSV and GeoJSON have."""
    by_affiliation: list[str]
    """Factions that were seen, if the group itself was not."""
    doubts: list[str]
    """Reasons why the country or a name is uncertain."""
    origins: int
    """Number of independent origins."""
    title: str | None
    """Title of the earliest sighting."""
    url: str | None
    """Address of the earliest sighting."""
    changes: list[AlertChange]
    """Fields that changed with the event."""
    cause: CauseRow
    why: WhyRow
    links: AlertLinks


class AlertRow(EventRow):
    """An alert as it is now, or was then: its latest event."""

    number: int
    """Position in the order of first events, counted from 1."""
    published: AwareDatetime
    """Arrival of its first event."""
    announced: AlertKind | None
    """Kind with which it was first confirmed; null: it never was, and nobody was notified."""
