"""The sightings that count for a group in a country at one of two times only.

Comes from ``sighting_version``; goes to :mod:`history.change_reasons`. Only what became known or ceased to be known
between the two times is read, and of it only what decides.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from history.database import END_OF_TIME, instant_of, instant_text
from history.known_groups import KnownGroups, NamedOnDays, Place
from history.sighting_rows import evidence_rows
from schemas.evidence import Evidence

_LATE_DAYS = 64
"""Sightings that became known more days after they began have an index of their own. They are few."""

_LATENESS = "julianday(known_from) - julianday(first_day)"


class SightingVersion(NamedTuple):
    """What decides in a version of a sighting."""

    number: int
    source: str
    id: str
    first_day: str
    last_day: str
    alone: bool
    """Whether it qualifies by its grade."""

    @property
    def key(self) -> tuple[str, str]:
        """What all versions of a sighting share."""
        return self.source, self.id

    @property
    def order(self) -> tuple[str, str, str]:
        """First day, source and id: sightings are ordered by these."""
        return self.first_day, self.source, self.id

    def complete(self, connection: sqlite3.Connection) -> Evidence:
        """Return it with all of its fields."""
        ((evidence, _, _),) = evidence_rows(connection, "version = ?", (self.number,))
        return evidence


class UnlikeSightings:
    """Finds the sightings that count at one of two times only."""

    def __init__(self, connection: sqlite3.Connection, groups: KnownGroups, earlier: str, later: str) -> None:
        self._connection = connection
        self._instants = earlier, later
        self._periods = groups.before(earlier), groups.before(later)
        soon = instant_of(earlier) + timedelta(_LATE_DAYS + 1) if earlier < _LAST_INSTANT else None
        self._soon = instant_text(soon) if soon else END_OF_TIME

    def of(self, place: Place, up_to: date) -> tuple[list[SightingVersion], list[SightingVersion]]:
        """Return the sightings that count at the earlier time only, and at the later time only, in order.

        They begin up to a day. A corrected sighting is in both lists, with its two versions.
        """
        names = [period.counting(place[0]).items() for period in self._periods]
        alike = [name for name, _ in names[0] & names[1]]
        unlike = [[name for name, _ in each - names[1 - number]] for number, each in enumerate(names)]
        ended = [*self._ended(place, alike, up_to), *self._all(0, place, unlike[0], up_to)]
        begun = [*self._begun(place, alike, up_to), *self._all(1, place, unlike[1], up_to)]
        by_key = [{seen.key: seen for seen in each} for each in (ended, begun)]
        same = {key for key in by_key[0].keys() & by_key[1].keys() if self._are_equal(by_key[0][key], by_key[1][key])}
        return (
            sorted((seen for key, seen in by_key[0].items() if key not in same), key=lambda seen: seen.order),
            sorted((seen for key, seen in by_key[1].items() if key not in same), key=lambda seen: seen.order),
        )

    def _ended(self, place: Place, names: Collection[str], up_to: date) -> Iterator[SightingVersion]:
        """Yield what was known at the earlier time and is no longer."""
        known = "known_until >= :earlier and known_until < :later and known_from < :earlier"
        yield from self._select(0, place, names, up_to, "sighting_version_until", known)

    def _begun(self, place: Place, names: Collection[str], up_to: date) -> Iterator[SightingVersion]:
        """Yield what is known at the later time and was not before."""
        known = "known_from >= :earlier and known_from < :later and (known_until is null or known_until >= :later)"
        soon = f"known_from < :soon and {_LATENESS} <= {_LATE_DAYS} and {known}"
        yield from self._select(1, place, names, up_to, "sighting_version_from", soon)
        late = f"{_LATENESS} > {_LATE_DAYS} and {known}"
        yield from self._select(1, place, names, up_to, "sighting_version_late", late)

    def _all(self, which: int, place: Place, names: Collection[str], up_to: date) -> Iterator[SightingVersion]:
        """Yield what is known at one of the times."""
        at = (":earlier", ":later")[which]
        known = f"known_from < {at} and (known_until is null or known_until >= {at})"
        yield from self._select(which, place, names, up_to, "sighting_version_place", known)

    def _select(
        self, which: int, place: Place, names: Collection[str], up_to: date, index: str, condition: str
    ) -> Iterator[SightingVersion]:
        form, country = place
        period = self._periods[which]
        query = (
            "select version, source, id, first_day, last_day, qualifies_alone from sighting_version"  # noqa: S608
            f" indexed by {index} where group_form = :name and country = :country and first_day <= :up_to"
            f" and {condition}"
        )
        values = {"country": country, "up_to": up_to.isoformat(), "soon": self._soon}
        values |= zip(("earlier", "later"), self._instants, strict=True)
        for name in names:
            always = period.member_of(name) == form
            for row in self._connection.execute(query, {**values, "name": name}):
                seen = SightingVersion._make(row)
                days = date.fromisoformat(seen.first_day), date.fromisoformat(seen.last_day)
                if always or form in period.forms_for(NamedOnDays(name, *days)):
                    yield seen

    def _are_equal(self, one: SightingVersion, other: SightingVersion) -> bool:
        return one.number == other.number or one.complete(self._connection) == other.complete(self._connection)


_LAST_INSTANT = instant_text(instant_of("9999-12-31") - timedelta(_LATE_DAYS + 1))
