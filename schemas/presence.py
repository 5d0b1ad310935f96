"""Rows of presence's tables. Each is small: none grows with the sightings of a day, an onset, a group or a history.

A sighting is stored once, under the group that was seen. Its parents have rows of every other kind.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import AwareDatetime

from schemas.alert import MAX_COUNTRIES, MAX_SIGHTINGS, AlertState
from schemas.area import Area
from schemas.codes import LONGEST_NAME, CountryCode, EpisodeKind, Int64, Named, PlaceCode, Region
from schemas.evidence import Evidence
from schemas.limits import MaxLength
from schemas.record import Record

MAX_DAY_ORIGINS = 8
"""Origins in the row of a day. A day with more has a row of its own for each origin."""

MAX_DAY_SPANS = 16
"""Distinct spans of days in the row of a day. Most sightings last for one day."""

MAX_ORIGINS = 99
"""Origins of an onset that are counted exactly; more are shown as 99."""

OriginHash = Annotated[str, MaxLength(16)]
"""Hash of the comparable form of an origin."""


class SightingRef(Record):
    """Reference to a sighting."""

    source: Named
    """Source of the sighting."""
    id: Named
    """Id of the sighting within its source."""


class DaySpan(Record):
    """Days of sightings that begin on the same day and have the same uncertainty."""

    last_day: date
    """Last day, UTC, inclusive."""
    begins_by: date
    """Latest possible first day."""
    ends_from: date
    """Earliest possible last day."""
    count: Int64
    """Number of sightings."""


class Tally(Record):
    """Sightings of one day that are graded alike: each proves the presence alone, or none does."""

    plain: Int64 = 0
    """Number of sightings that begin and end on the day."""
    spans: Annotated[tuple[DaySpan, ...], MaxLength(MAX_DAY_SPANS)] = ()
    """Days of the other sightings."""
    merged: Int64 = 0
    """Number of the other sightings if each span has a row of its own in ``presence-counts``; ``spans`` then lists the
    outermost ones."""
    archival: Int64 = 0
    """Number of sightings from an archive."""
    doubtful: Int64 = 0
    """Number of sightings with a doubt."""
    factions: Int64 = 0
    """Number of sightings of factions."""
    unnamed: Int64 = 0
    """Number of sightings whose origin is a placeholder."""


class OriginCount(Record):
    """Number of sightings of one origin on a day."""

    origin: OriginHash
    """The origin."""
    alone: Int64 = 0
    """Number of its sightings that prove the presence alone."""
    weak: Int64 = 0
    """Number of its other sightings."""


class Day(Record):
    """One group in one country on one day: the sightings that begin on that day, its factions' included."""

    alone: Tally | None = None
    """Sightings that prove the presence alone."""
    weak: Tally | None = None
    """Sightings that prove it only if the day is corroborated."""
    origins: Annotated[tuple[OriginCount, ...], MaxLength(MAX_DAY_ORIGINS)] = ()
    """Independent origins of the sightings. If ``many_origins`` is true: at most two of them, with outdated counts."""
    many_origins: bool = False
    """True if each origin has a row of its own in ``presence-counts``."""
    corroborated: bool = False
    """True if two independent origins report sightings that begin within three days of this one."""


class DayCount(Record):
    """Sightings of one origin, or of the same length, on a day that has too many of them for its own row."""

    origin: OriginCount | None = None
    """Count by origin."""
    span: DaySpan | None = None
    """Count by days."""


class Deciding(Record):
    """Deciding sighting of an onset, with the parts of its key in ``presence-sightings``."""

    member: Named
    """Group that was seen, in comparable form."""
    country: PlaceCode
    """Country or area in which it counts."""
    seen_in: CountryCode | None = None
    """Its country, if it counts in an area."""
    day: date
    """First day, UTC."""
    alone: bool
    """True if it proves the presence alone."""
    source: Named
    """Source of the sighting."""
    id: Named
    """Id of the sighting within its source."""
    origin: OriginHash | None = None
    """Its origin; None for a placeholder."""


class Onset(Record):
    """How a run of days begins: summary of the sightings that begin within ``window`` days of its first day."""

    deciding: Annotated[tuple[Deciding, ...], MaxLength(MAX_SIGHTINGS)] = ()
    """Deciding sightings: the earliest of each origin first. Empty: not known, until an alert event shows them."""
    origins: Annotated[tuple[OriginHash, ...], MaxLength(MAX_ORIGINS)] = ()
    """Independent origins, sorted."""
    begins_by: date
    """Latest possible first day."""
    archival: bool = False
    """True if all sightings are archival."""
    certain: bool = False
    """True if at least one sighting has no doubt."""
    factions: Annotated[tuple[Named, ...], MaxLength(MAX_ORIGINS)] = ()
    """Factions that were seen, sorted, if the group itself was not. Comparable forms."""


class Run(Record):
    """Run of days with activity, without a gap of more than ``window`` days.

    In ``presence-candidates`` none of its sightings qualifies.
    """

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
    firm: Annotated[tuple[date, ...], MaxLength(2)] | None = None
    """First and last firm day: a day is firm if its report is exact to within the window. An empty list: no day is
    firm. None: all days are firm."""
    onset: Onset | None = None
    """Summary of the sightings that attest the onset. None: not known, until an alert needs it."""


class Episode(Run):
    """Run of days with sightings that qualify."""

    kind: EpisodeKind = "first_ever"
    """first_ever, re_emergence or returned."""


class Presence(Record):
    """One group in one country, or in one area."""

    group: Named
    """Id of the group; for an unregistered group, the name as first written. Record keys use the comparable form."""
    country: PlaceCode
    """Country or area."""
    region: Region
    """Name of the country's UN M49 region; empty for an area."""
    first_day: date | None = None
    """First day of the first episode, UTC. None: there are only candidates."""
    begins_by: date | None = None
    """Latest possible first day. None: ``first_day`` is exact."""


class StoredAlert(Record):
    """Current alert about one group in one country."""

    state: AlertState
    """The alert. Its last day may be out of date: that of its episode counts."""
    raised_offset: Int64
    """Offset in ``evidence`` of the record that raised it."""
    raised_number: Int64 = 0
    """Its number among the alerts that the same record raised about the group in the country, from 0."""


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


class Regrouping(Record):
    """Unfinished work of a change of groups, which is applied in pieces.

    One row holds the progress. The others, one for each group in a country and one for each group in a region, say
    whose days were updated, but not yet the episodes and alerts.
    """

    offset: Int64 | None = None
    """Offset of the change in ``evidence``."""
    moved_up_to: Annotated[str, MaxLength(5 * LONGEST_NAME)] | None = None
    """Key of the last sighting whose groups were updated; empty if all were."""
    region: Region | None = None
    """Name of the UN M49 region."""
    known: bool = False
    """True if the group was on record there before the change."""
    changed: bool = False
    """True if other sightings count for the group than before; of a region, if its spread may have changed."""
    written: Named | None = None
    """Name of the group as first written in its own sightings; None if it has none there."""
    written_at: AwareDatetime | None = None
    """Arrival of that sighting, UTC."""
    added: Evidence | None = None
    """Of a region: a sighting that counts for the group because of the change, the first one that was visited."""
    before: Spread | None = None
    """Row of ``spread`` before the change; None if there was none."""


class AreaRow(Record):
    """One area: what a partition counts of its own sightings, and in the area's partition, who has counted."""

    name: Named
    """Name of the area."""
    area: Area | None = None
    """The area in which the partition counts its own sightings; None: in none of this name."""
    partitions: Int64 = 0
    """Number of partitions of ``evidence``."""
    version: Int64 = 0
    """Latest version that a partition has counted all of its sightings in; only in the area's partition."""
    counted: Int64 = 0
    """Number of partitions that have. Until all have, no sighting is news in the area."""

    @property
    def is_counted(self) -> bool:
        """Whether all partitions have counted the sightings that they had on record for the latest version."""
        return self.counted >= self.partitions > 0
