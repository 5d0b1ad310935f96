"""Folds a whole evidence log with the code of the workers: slow, and an oracle for the history database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from firstseen.groups.evidence_log import EvidenceLog
from history.revisions import Revision, group_revision, sighting_differences
from schemas.evidence import Evidence, EvidenceChange
from schemas.group import Group
from streams.presence.policy import Policy
from streams.replay import History, fold_evidence_log, merge, select


def folded(log: EvidenceLog, policy: Policy, *, before: datetime | None = None, up_to: date | None = None) -> History:
    """Return the history of all evidence that arrived before an instant and begins up to a day; None: no limit."""
    histories = (fold_evidence_log(select(changes, before=before, up_to=up_to), policy) for changes in log.partitions)
    return merge(histories, policy)


def revisions(partitions: Iterable[Sequence[EvidenceChange]]) -> list[Revision]:
    """Return every correction, withdrawal and change of groups, by arrival.

    A sighting that moves to another region is removed from one partition and added to another; the result lists one
    correction. A change of groups is in every partition; the result lists each distinct arrival once.
    """
    found: dict[object, Revision] = {}
    for changes in partitions:
        known: dict[str, Group] = {}
        for change in changes:
            if change.groups:
                revision = group_revision(change.arrived, known, change.groups.put, change.groups.remove)
                found.setdefault(("groups", change.arrived), revision)
                known |= {group.id: group for group in change.groups.put}
                known = {key: group for key, group in known.items() if key not in change.groups.remove}
            elif change.remove:
                found[change.remove.key, change.remove.revision] = _sighting_revision(
                    change, change.remove, change.add or change.elsewhere
                )
    return sorted(found.values(), key=lambda revision: revision.arrived)


def _sighting_revision(change: EvidenceChange, before: Evidence, after: Evidence | None) -> Revision:
    if after is None:
        return Revision(change.arrived, "withdrawn", (), before)
    return Revision(change.arrived, "corrected", tuple(sighting_differences(before, after)), before, after)
