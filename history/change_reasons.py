"""Why a row of a map differs between two times: the evidence that was added, removed or changed between them."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from history.database import END_OF_TIME, instant_of, instant_text
from history.group_names import KNOWN
from history.known_groups import KnownGroups, Place
from history.known_sightings import KnownSightings
from history.map_runs import Cut
from history.revisions import Revision, group_revisions, last_revision_between
from history.sighting_rows import evidence_rows
from schemas.evidence import Evidence
from schemas.labels import CAUSES, counted
from streams.notify.phrases import sighting_reference
from streams.presence.policy import Policy

_LATE_DAYS = 64
"""Sightings that became known more days after they began have an index of their own. They are few."""

_LATENESS = "julianday(known_from) - julianday(first_day)"

_ENDED = "sighting_version_until", "known_until >= :earlier and known_until < :later and known_from < :earlier"
_BEGAN = f"known_from >= :earlier and {KNOWN}"
_BEGAN_SOON = "sighting_version_from", f"known_from < :soon and {_LATENESS} <= {_LATE_DAYS} and {_BEGAN}"
_BEGAN_LATE = "sighting_version_late", f"{_LATENESS} > {_LATE_DAYS} and {_BEGAN}"
_KNOWN = "sighting_version_place", KNOWN
"""Sightings that were known at one of two times only, or at one of them: an index and the condition."""


class SightingVersion(NamedTuple):
    """The fields of a version of a sighting that the comparison needs."""

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
        ended = [*self._select(0, place, alike, up_to, _ENDED), *self._select(0, place, unlike[0], up_to, _KNOWN)]
        begun = [
            *self._select(1, place, alike, up_to, _BEGAN_SOON),
            *self._select(1, place, alike, up_to, _BEGAN_LATE),
            *self._select(1, place, unlike[1], up_to, _KNOWN),
        ]
        by_key = [{seen.key: seen for seen in each} for each in (ended, begun)]
        same = {key for key in by_key[0].keys() & by_key[1].keys() if self._are_equal(by_key[0][key], by_key[1][key])}
        earlier, later = ([seen for key, seen in each.items() if key not in same] for each in by_key)
        return sorted(earlier, key=_order), sorted(later, key=_order)

    def _select(
        self, which: int, place: Place, names: Collection[str], up_to: date, found_by: tuple[str, str]
    ) -> Iterator[SightingVersion]:
        """Yield the sightings under some names that meet a condition at the earlier or the later time.

        ``found_by``: an index and the condition.
        """
        (form, country), (index, condition) = place, found_by
        period = self._periods[which]
        query = (
            "select version, source, id, first_day, last_day, qualifies_alone from sighting_version"  # noqa: S608
            f" indexed by {index} where group_form = :name and country = :country and first_day <= :up_to"
            f" and {condition}"
        )
        values = {"country": country, "up_to": up_to.isoformat(), "soon": self._soon, "at": self._instants[which]}
        values |= zip(("earlier", "later"), self._instants, strict=True)
        for name in names:
            for row in self._connection.execute(query, {**values, "name": name}):
                seen = SightingVersion._make(row)
                if period.counts(form, name, date.fromisoformat(seen.first_day), date.fromisoformat(seen.last_day)):
                    yield seen

    def _are_equal(self, one: SightingVersion, other: SightingVersion) -> bool:
        return one.number == other.number or one.complete(self._connection) == other.complete(self._connection)


def _order(seen: SightingVersion) -> tuple[str, str, str]:
    return seen.first_day, seen.source, seen.id


_LAST_INSTANT = instant_text(instant_of("9999-12-31") - timedelta(_LATE_DAYS + 1))


_MAX_REASONS = 3


@dataclass(frozen=True)
class ChangeReasons:
    """Finds the evidence that was added, removed or changed between two maps with the same last day."""

    connection: sqlite3.Connection
    then: Cut
    now: Cut
    groups: KnownGroups
    policy: Policy

    def of(self, place: Place, last_day: date, up_to: date) -> tuple[str, ...]:
        """Return the reasons in words: removed, corrected, then added evidence that begins up to ``up_to``.

        Of the added evidence only that up to ``last_day`` is listed, and only what qualifies, if there is any.
        """
        earlier, later = self._sightings.of(place, min(up_to, self.now.last_day))
        then, now = (later, earlier) if self.now.at < self.then.at else (earlier, later)
        keys_then, keys_now = ({seen.key for seen in each} for each in (then, now))
        removed = [seen for seen in then if seen.key not in keys_now]
        corrected = [seen for seen in now if seen.key in keys_then]
        added = [seen for seen in now if seen.key not in keys_then]
        added = [seen for seen in added if seen.first_day <= last_day.isoformat()] or added
        added = self._qualifying(place, added) or added
        reasons = (
            in_words(seen.complete(self.connection))
            for in_words, sightings in ((self._removed, removed), (self._corrected, corrected), (self._added, added))
            for seen in sightings
        )
        listed = tuple(islice(reasons, _MAX_REASONS))
        if (more := len(removed) + len(corrected) + len(added) - _MAX_REASONS) > 0:
            return (
                *listed,
                f"of {counted(more, 'more sighting')} that {'was' if more == 1 else 'were'} added, removed or changed",
            )
        return listed

    @cached_property
    def _sightings(self) -> UnlikeSightings:
        return UnlikeSightings(self.connection, self.groups, *sorted((self.then.at, self.now.at)))

    def _qualifying(self, place: Place, sightings: Sequence[SightingVersion]) -> list[SightingVersion]:
        """Return the sightings that qualify."""
        period = self.groups.before(self.now.at)
        known = KnownSightings(self.connection, place, period, self.now.at, self.policy, self.now.last_day)
        corroborated = known.corroborated_days(
            {date.fromisoformat(seen.first_day) for seen in sightings if not seen.alone}
        )
        return [seen for seen in sightings if seen.alone or date.fromisoformat(seen.first_day) in corroborated]

    def _added(self, evidence: Evidence) -> str:
        if (revision := self._revision(evidence)) and revision.sighting:
            return self._corrected(evidence)
        if instant_text(evidence.arrived) < self.then.at:
            return f"{self._group_change}, so this sighting now counts: {sighting_reference(evidence)}"
        return f"of evidence that arrived on {evidence.arrived.date()}: {sighting_reference(evidence)}"

    def _removed(self, evidence: Evidence) -> str:
        revision = self._revision(evidence)
        if revision is None:
            return f"{self._group_change}, so this sighting no longer counts: {sighting_reference(evidence)}"
        if revision.what == "withdrawn":
            return f"{CAUSES['withdrawn']} on {revision.arrived.date()}: {sighting_reference(evidence)}"
        details = ", ".join(revision.details)
        return f"{CAUSES['corrected']} on {revision.arrived.date()}: {sighting_reference(evidence)}; {details}"

    def _corrected(self, evidence: Evidence) -> str:
        revision = self._revision(evidence)
        details = f"; {', '.join(revision.details)}" if revision and revision.details else ""
        return f"{CAUSES['corrected']} on {evidence.arrived.date()}: {sighting_reference(evidence)}{details}"

    def _revision(self, evidence: Evidence) -> Revision | None:
        return last_revision_between(self.connection, evidence.source, evidence.id, self.then.at, self.now.at)

    @cached_property
    def _group_change(self) -> str:
        changes = list(group_revisions(self.connection, self.then.at, self.now.at))
        if not changes:
            return CAUSES["groups"]
        return f"{CAUSES['groups']} on {changes[-1].arrived.date()} ({', '.join(changes[-1].groups)})"
