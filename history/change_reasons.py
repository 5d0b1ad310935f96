"""Why a row of a map differs between two times: the evidence that was added, removed or changed between them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import islice

from history.database import instant_text
from history.evidence_changes import Revision
from history.known_groups import KnownGroups, Place
from history.known_sightings import KnownSightings
from history.map_runs import Cut
from history.revisions import group_revisions, last_revision_between
from schemas.evidence import Evidence
from schemas.labels import CAUSES
from streams.notify.phrases import sighting_reference
from streams.presence.on_record import Entry
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
        then, now = (self._by_key(place, cut, up_to) for cut in (self.then, self.now))
        removed = [entry.evidence for key, entry in then.items() if key not in now]
        corrected = [
            entry.evidence for key, entry in now.items() if key in then and entry.evidence != then[key].evidence
        ]
        added = [entry for key, entry in now.items() if key not in then]
        added = [entry for entry in added if entry.evidence.first_day <= last_day] or added
        added = [entry for entry in added if entry.qualifies] or added

        def reasons() -> Iterator[str]:
            yield from map(self._removed, removed)
            yield from map(self._corrected, corrected)
            yield from (self._added(entry.evidence) for entry in added)

        listed = tuple(islice(reasons(), _MAX_REASONS))
        if (more := len(removed) + len(corrected) + len(added) - _MAX_REASONS) > 0:
            return (*listed, f"of {more:,} more sighting{'s' if more > 1 else ''} that were added, removed or changed")
        return listed

    def _by_key(self, place: Place, cut: Cut, up_to: date) -> dict[str, Entry]:
        period = self.groups.before(cut.at)
        known = KnownSightings(self.connection, place, period, cut.at, self.policy, cut.last_day)
        return {entry.evidence.key: entry for entry in known.entries(last=up_to)}

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
