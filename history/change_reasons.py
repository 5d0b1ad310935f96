"""Why a row of a map differs between two times: the evidence that was added, removed or changed between them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import islice

from history.database import instant_text
from history.evidence_changes import Revision
from history.known_groups import KnownGroups, Place
from history.known_sightings import KnownSightings
from history.revisions import group_revisions, last_revision_between
from history.run_cuts import Cut
from schemas.evidence import Evidence
from schemas.labels import CAUSES
from streams.notify.phrases import sighting_reference
from streams.presence.policy import Policy
from streams.presence.qualification import qualifies_alone

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
        then, now = self._different(place, min(up_to, self.now.last_day))
        removed = [seen for key, seen in then.items() if key not in now]
        corrected = [seen for key, seen in now.items() if key in then]
        added = [seen for key, seen in now.items() if key not in then]
        added = [seen for seen in added if seen.first_day <= last_day] or added
        added = self._qualifying(place, added) or added

        def reasons() -> Iterator[str]:
            yield from map(self._removed, removed)
            yield from map(self._corrected, corrected)
            yield from map(self._added, added)

        listed = tuple(islice(reasons(), _MAX_REASONS))
        if (more := len(removed) + len(corrected) + len(added) - _MAX_REASONS) > 0:
            return (*listed, f"of {more:,} more sighting{'s' if more > 1 else ''} that were added, removed or changed")
        return listed

    def _different(self, place: Place, up_to: date) -> tuple[dict[str, Evidence], dict[str, Evidence]]:
        """Return the sightings that count only then, and the sightings that count only now, by key."""
        then, now = (self._known(place, cut) for cut in (self.then, self.now))
        if self.groups.before(self.then.at).membership(place[0]) == self.groups.before(self.now.at).membership(
            place[0]
        ):
            found = then.evidence_unlike(self.now.at, up_to), now.evidence_unlike(self.then.at, up_to)
        else:
            found = then.evidence(last=up_to), now.evidence(last=up_to)
        by_key = [{seen.key: seen for seen, _ in sightings} for sightings in found]
        same = {key for key, seen in by_key[0].items() if by_key[1].get(key) == seen}
        in_then, in_now = ({key: seen for key, seen in each.items() if key not in same} for each in by_key)
        return in_then, in_now

    def _qualifying(self, place: Place, sightings: Sequence[Evidence]) -> list[Evidence]:
        """Return the sightings that qualify."""
        known = self._known(place, self.now)
        days = {seen.first_day for seen in sightings if not qualifies_alone(seen, self.policy)}
        corroborated = {day for day in days if known.is_corroborated(day)}
        return [seen for seen in sightings if seen.first_day in corroborated or qualifies_alone(seen, self.policy)]

    def _known(self, place: Place, cut: Cut) -> KnownSightings:
        period = self.groups.before(cut.at)
        return KnownSightings(self.connection, place, period, cut.at, self.policy, cut.last_day)

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
