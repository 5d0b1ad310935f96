"""Why a row of a map differs between two times: the evidence that was added, removed or changed between them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import islice

from history.database import instant_text
from history.differing_sightings import SightingVersion, UnlikeSightings
from history.evidence_changes import Revision
from history.known_groups import KnownGroups, Place
from history.known_sightings import KnownSightings
from history.revisions import group_revisions, last_revision_between
from history.run_cuts import Cut
from schemas.evidence import Evidence
from schemas.labels import CAUSES
from streams.notify.phrases import sighting_reference
from streams.presence.policy import Policy

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
        then, now = self._unlike(place, min(up_to, self.now.last_day))
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
            return (*listed, f"of {more:,} more sighting{'s' if more > 1 else ''} that were added, removed or changed")
        return listed

    def _unlike(self, place: Place, up_to: date) -> tuple[list[SightingVersion], list[SightingVersion]]:
        """Return the sightings that count only then, and the sightings that count only now."""
        if self.now.at < self.then.at:
            now, then = self._sightings.of(place, up_to)
        else:
            then, now = self._sightings.of(place, up_to)
        return then, now

    @cached_property
    def _sightings(self) -> UnlikeSightings:
        return UnlikeSightings(self.connection, self.groups, *sorted((self.then.at, self.now.at)))

    def _qualifying(self, place: Place, sightings: Sequence[SightingVersion]) -> list[SightingVersion]:
        """Return the sightings that qualify."""
        period = self.groups.before(self.now.at)
        known = KnownSightings(self.connection, place, period, self.now.at, self.policy, self.now.last_day)
        days = {seen.first_day for seen in sightings if not seen.alone}
        corroborated = {day for day in days if known.is_corroborated(date.fromisoformat(day))}
        return [seen for seen in sightings if seen.alone or seen.first_day in corroborated]

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
