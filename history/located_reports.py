"""The reports that meet a filter's conditions on provinces, areas and circles, by group and country.

Comes from ``sighting_version``; goes to :mod:`history.episodes` and :mod:`history.map_state`. A run of days is selected
if one of its reports meets the conditions; it is news there if a report of its beginning does.
"""

from __future__ import annotations

import json
import math
import sqlite3
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import shapely

from history.group_names import KNOWN
from history.known_groups import NamedOnDays, Period, Place
from history.known_sightings import KnownSightings
from places.areas import Areas
from places.points import EAST, NORTH
from places.polygons import EARTH_KM
from schemas.days import shift
from schemas.subscription import Circle, Clause
from streams.dispatch.matching import Located, in_province
from streams.dispatch.on_record_filter import PlaceClause
from streams.presence.onsets import onset_ends
from streams.presence.policy import Policy

MAX_REPORTS = 50_000
"""The most reports that a question reads. Reading them takes some seconds."""

_ROUNDING = 1e-6
"""Degrees by which a box is larger than its circle, about a tenth of a metre."""

Box = tuple[float, float, float, float]
"""South, west, north and east in degrees, both ends in."""

Days = tuple[date, date]
"""First and last day, both ends in."""


class TooManyReportsError(Exception):
    """More reports lie in the places of a filter than one question reads."""


class RunReports(NamedTuple):
    """The reports of a run that meet the conditions."""

    begins: bool
    """Whether one of them belongs to the beginning of the run."""
    days: tuple[Days, ...]
    """Their days, joined where they touch."""

    def joined(self, other: RunReports) -> RunReports:
        """Return the reports that meet one of two sets of conditions."""
        return RunReports(self.begins or other.begins, _joined(sorted((*self.days, *other.days))))


class _Report(NamedTuple):
    first_day: date
    last_day: date
    alone: bool


class LocatedReports:
    """The reports that are known at an instant, begin up to a day, and meet the conditions of a clause."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        clause: PlaceClause,
        period: Period,
        at: str,
        policy: Policy,
        up_to: date = date.max,
    ) -> None:
        """``period`` has the groups that apply; the clause has the groups that its names mean."""
        self._connection, self._period, self._at, self._policy, self._up_to = connection, period, at, policy, up_to
        self._found: dict[Place, list[_Report]] = {}
        self._judged: dict[Place, dict[bool, list[_Report]]] = {}
        for name, country, first, last, alone in self._rows(clause):
            seen = NamedOnDays(name, date.fromisoformat(first), date.fromisoformat(last))
            report = _Report(seen.first_day, min(seen.last_day, up_to), bool(alone))
            for form in self._forms_for(seen):
                if clause.matches((form,), country):
                    self._found.setdefault((form, country), []).append(report)

    @property
    def places(self) -> set[Place]:
        """The groups and countries that have such a report, confirmed or not."""
        return set(self._found)

    def of(self, place: Place, first_day: date, last_day: date, *, confirmed: bool) -> RunReports | None:
        """Return the reports of a run of days of a group in a country; None if it has none."""
        if place not in self._found:
            return None
        reports = self._qualified(place)[confirmed]
        begin, end = bisect_left(reports, (first_day,)), bisect_right(reports, (last_day, date.max, True))
        if begin >= end:
            return None
        days = _joined((report.first_day, report.last_day) for report in reports[begin:end])
        return RunReports(reports[begin].first_day <= onset_ends(first_day, self._policy), days)

    def _forms_for(self, seen: NamedOnDays) -> tuple[str, ...]:
        """Return the groups that a sighting counts for. For most names they do not depend on its days."""
        member = self._period.member_of(seen.group)
        registered = self._period.groups.registered(member)
        return self._period.groups.forms_for(seen) if registered and registered.affiliations else (member,)

    def _qualified(self, place: Place) -> dict[bool, list[_Report]]:
        """Return the qualifying and the other reports of a place, by first day."""
        if place not in self._judged:
            found = sorted(self._found[place])
            unsure = {report.first_day for report in found if not report.alone}
            known = KnownSightings(self._connection, place, self._period, self._at, self._policy, self._up_to)
            corroborated = known.corroborated_days(unsure)
            judged: dict[bool, list[_Report]] = {True: [], False: []}
            for report in found:
                judged[report.alone or report.first_day in corroborated].append(report)
            self._judged[place] = judged
        return self._judged[place]

    def _rows(self, clause: PlaceClause) -> Iterator[tuple[str, str, str, str, int]]:
        """Yield group as written, country, first day, last day and grade of the reports that meet the conditions."""
        values = {"at": self._at, "up_to": self._up_to.isoformat()}
        parts = [KNOWN, "first_day <= :up_to"]
        lists = {"country": clause.countries, "group_form": self._names(clause)}
        for column, listed in lists.items():
            if listed is not None:
                parts.append(f"{column} in (select value from json_each(:{column}))")  # noqa: S608 - constants
                values[column] = json.dumps(sorted(listed))
        parts.append(self._near_condition(clause, values))
        query = (
            "select group_form, country, first_day, last_day, qualifies_alone, admin1, latitude, longitude"  # noqa: S608
            f" from sighting_version where {' and '.join(parts)}"
        )
        meets: dict[Located, bool] = {}
        number = 0
        for name, country, first_day, last_day, alone, *point in self._connection.execute(query, values):
            located = Located(country, *point)
            if located not in meets:
                meets[located] = clause.meets_places(located)
            if meets[located]:
                number += 1
                if number > MAX_REPORTS:
                    raise TooManyReportsError
                yield name, country, first_day, last_day, alone

    def _near_condition(self, clause: PlaceClause, values: dict[str, str]) -> str:
        """Return a condition, with an index, that excludes most of the reports that cannot meet the clause."""
        assert clause.places is not None
        assert clause.areas is not None
        found = boxes(clause.places, clause.areas)
        if found is not None:
            every = (
                f"(latitude between {south!r} and {north!r} and longitude between {west!r} and {east!r})"
                for south, west, north, east in found
            )
            return f"({' or '.join(every) or 'false'})"
        if not clause.places.provinces:
            return "true"
        written = self._connection.execute("select distinct admin1 from sighting_version where admin1 is not null")
        meant = [name for (name,) in written if in_province(clause.places.provinces, Located("", name, None, None))]
        values["provinces"] = json.dumps(meant)
        return "admin1 in (select value from json_each(:provinces))"

    def _names(self, clause: PlaceClause) -> set[str] | None:
        if not clause.groups:
            return None
        return set[str]().union(*map(self._period.names_of, clause.groups))


def _joined(days: Iterator[Days] | list[Days]) -> tuple[Days, ...]:
    """Return days, given by first day, joined where they touch or overlap."""
    found: list[Days] = []
    for first, last in days:
        if found and first <= shift(found[-1][1], 1):
            found[-1] = found[-1][0], max(found[-1][1], last)
        else:
            found.append((first, last))
    return tuple(found)


def boxes(clause: Clause, areas: Areas) -> list[Box] | None:
    """Return boxes that together hold every point that can meet a clause; None if no area or circle bounds them."""
    if clause.near:
        return [_box_of(circle) for circle in clause.near]
    if clause.within:
        shapes = (area.shape for name in clause.within if (area := areas.polygon(name)))
        return [_box(south, west, north, east) for west, south, east, north in map(shapely.bounds, shapes)]
    return None


def _box_of(circle: Circle) -> Box:
    """Return the box around a circle."""
    reach = math.degrees(circle.km / EARTH_KM) + _ROUNDING
    south, north = circle.latitude - reach, circle.latitude + reach
    if south <= -NORTH or north >= NORTH:
        return south, -EAST, north, EAST
    aside = math.degrees(math.asin(min(1.0, math.sin(math.radians(reach)) / math.cos(math.radians(circle.latitude)))))
    return _box(south, circle.longitude - aside, north, circle.longitude + aside)


def _box(south: float, west: float, north: float, east: float) -> Box:
    """Return a box. If it reaches the antimeridian, whose points have two longitudes, it has all longitudes."""
    return (south, west, north, east) if west > -EAST and east < EAST else (south, -EAST, north, EAST)
