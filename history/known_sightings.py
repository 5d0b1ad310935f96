"""The sightings that count for a group in a country, as they are known at an instant: rows of ``sighting_version``."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date
from heapq import merge
from operator import itemgetter

from history.as_of import Counted
from history.group_names import KNOWN
from history.known_groups import Period, Place
from history.place_days import LONG_DAYS
from history.sighting_rows import COLUMNS, counted, evidence_rows
from history.tallies import Tally, corroborated, with_corroboration
from schemas.days import shift
from streams.on_record import Entry
from streams.presence.policy import Policy
from streams.presence.qualification import days_near, qualifies_alone

_LASTS = "julianday(last_day) - julianday(first_day)"

_BETWEEN = "country = ? and first_day between ? and ? and known_from < ? and (known_until is null or known_until >= ?)"


_first_day = itemgetter(COLUMNS.split(", ").index("first_day"))


class KnownSightings:
    """Loads the sightings of one place."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        place: Place,
        period: Period,
        at: str,
        policy: Policy,
        up_to: date = date.max,
    ) -> None:
        """``period`` has the groups that apply."""
        self.at = at
        """The instant as of which sightings are loaded."""
        self._connection, self._policy = connection, policy
        self._form, self._country = place
        self.up_to = up_to
        """Sightings that begin after this day are left out."""
        self._period = period
        self._names = tuple(period.names_of(self._form))
        self._of_group = f"group_form in ({', '.join('?' * len(self._names))})"

    def between(self, first: date, last: date) -> Iterator[Counted]:
        """Yield the sightings that begin between two days, both inclusive."""
        query = f"select {COLUMNS} from sighting_version where {self._of_group} and {_BETWEEN}"  # noqa: S608 - constants
        for row in self._connection.execute(query, (*self._names, *self._values(first, last))):
            if seen := counted(row, self._form, self._period, self._policy):
                yield seen

    def since(self, day: date) -> Iterator[Counted]:
        """Yield the sightings that begin on a day or later, by first day."""
        query = (
            f"select {COLUMNS} from sighting_version indexed by sighting_version_place"  # noqa: S608 - constants
            f" where group_form = ? and {_BETWEEN} order by first_day"
        )
        values = self._values(day, date.max)
        for row in merge(*(self._connection.execute(query, (name, *values)) for name in self._names), key=_first_day):
            if seen := counted(row, self._form, self._period, self._policy):
                yield seen

    def first_day_since(self, day: date) -> date | None:
        """Return the first day on which a sighting under one of the names begins, from a day on."""
        query = f"select min(first_day) from sighting_version where group_form = ? and {_BETWEEN}"  # noqa: S608
        values = self._values(day, date.max)
        found = (self._connection.execute(query, (name, *values)).fetchone()[0] for name in self._names)
        return min((date.fromisoformat(first) for first in found if first), default=None)

    def corroborated_days(self, days: Collection[date]) -> set[date]:
        """Return those of some days near which two named origins report sightings."""
        if not days:
            return set()
        near = {near.isoformat() for day in days for near in days_near(day, self._policy) if near <= self.up_to}
        values = {"country": self._country, "names": json.dumps(self._names), "days": json.dumps(list(near))}
        query = (
            "select distinct group_form, first_day, last_day, origin_form from sighting_version"  # noqa: S608 - constants
            " where group_form in (select value from json_each(:names)) and country = :country"
            f" and first_day in (select value from json_each(:days)) and {KNOWN} and origin_form is not null"
        )
        origins = defaultdict[date, set[str]](set)
        for name, *text, origin in self._connection.execute(query, {**values, "at": self.at}):
            first, last = map(date.fromisoformat, text)
            if self._period.counts(self._form, name, first, last):
                origins[first].add(origin)
        return corroborated(days, origins, self._policy)

    def lasting_until(self, day: date) -> Iterator[date]:
        """Yield the first days of the sightings that begin before a day and last until it or longer."""
        query = (
            "select first_day from sighting_version indexed by sighting_version_long"  # noqa: S608 - constants
            f" where last_day >= :day and first_day < :day and {_LASTS} > {LONG_DAYS}"
            " and country = :country and group_form = :name"
            " union select first_day from sighting_version indexed by sighting_version_place"
            " where group_form = :name and country = :country and first_day >= :near and first_day < :day"
            " and last_day >= :day"
        )
        values = {"day": day.isoformat(), "near": shift(day, -LONG_DAYS).isoformat(), "country": self._country}
        for name in self._names:
            for (first,) in self._connection.execute(query, {**values, "name": name}):
                yield date.fromisoformat(first)

    def entries(self, first: date = date.min, last: date = date.max) -> list[Entry]:
        """Return the complete sightings that begin between two days, both inclusive, by first day, source and id."""
        groups, where = self._period.groups, f"{self._of_group} and {_BETWEEN}"
        rows = evidence_rows(self._connection, where, (*self._names, *self._values(first, last)))
        found = [Entry(seen, groups.form_of(seen.group), qualifies_alone(seen, self._policy)) for seen, _, _ in rows]
        own = [each for each in found if self._form == each.member or self._form in groups.forms_for(each.evidence)]
        corroborated = self.corroborated_days({each.evidence.first_day for each in own if not each.qualifies})
        return sorted(
            (each._replace(qualifies=True) if each.evidence.first_day in corroborated else each for each in own),
            key=lambda each: (each.evidence.first_day, each.evidence.source, each.evidence.id),
        )

    def tallies(self) -> list[Tally]:
        """Return the numbers of all sightings, by first day."""
        own = [name for name in self._names if self._period.member_of(name) == self._form]
        of_factions = [name for name in self._names if name not in own]
        last_day = "case when qualifies_alone then first_day else last_day end"
        return with_corroboration(
            (*self._tallied(own, "''", last_day), *self._tallied(of_factions, "group_form", "last_day")), self._policy
        )

    def _tallied(self, names: Collection[str], faction: str, last_day: str) -> Iterator[Tally]:
        values = {"names": json.dumps(list(names)), "country": self._country, "at": self.at}
        query = (
            f"select {faction} as faction, first_day, {last_day} as lasting, qualifies_alone,"  # noqa: S608 - constants
            " json_group_array(distinct origin_form), count(*), min(arrived) from sighting_version"
            f" where group_form in (select value from json_each(:names)) and country = :country and {KNOWN}"
            " group by faction, first_day, lasting, qualifies_alone"
        )
        for name, first, last, alone, origins, count, arrived in self._connection.execute(query, values):
            days = date.fromisoformat(first), date.fromisoformat(last)
            if not name or self._period.counts(self._form, name, *days):
                yield Tally(*days, frozenset(json.loads(origins)), bool(alone), count, arrived)

    def _values(self, first: date, last: date) -> tuple[str, ...]:
        return self._country, first.isoformat(), min(last, self.up_to).isoformat(), self.at, self.at
