"""The recorded and the sent version of a sighting -> the outcome, independent of the order of arrival."""

from __future__ import annotations

from typing import Literal

from schemas.intake_tables import Version
from schemas.rejection import Reason
from streams.intake.differences import describe_difference
from streams.intake.parse import Rejected

Outcome = Literal["accepted", "duplicate", "stale", "retracted", "test"]
"""Outcome of a valid record, named as in :class:`schemas.intake_tables.Accounting`."""


def classify(known: Version | None, sent: Version) -> Outcome | Rejected:
    """Classify a sent version against the recorded one.

    Versions are ordered by revision; at the same revision, a retraction ranks above the sighting. An equal version is a
    duplicate and a lower one is stale. Different content under the same revision is rejected as a conflict, and the
    first version counts. All retractions of a revision are equal. A retraction that arrives first is recorded, so that
    its sighting is stale on arrival.
    """
    if known is not None:
        known_rank, sent_rank = (known.revision, known.retracted), (sent.revision, sent.retracted)
        if sent_rank < known_rank:
            return "stale"
        if sent_rank == known_rank:
            return "duplicate" if known.retracted else _same_revision(known, sent)
    if sent.retracted:
        return "retracted"
    return "accepted" if sent.evidence else "test"


def _same_revision(known: Version, sent: Version) -> Literal["duplicate"] | Rejected:
    difference = describe_difference(known, sent)
    if difference is None:
        return "duplicate"
    detail = f"revision {known.revision} is already recorded {difference}: send revision {known.revision + 1}"
    return Rejected(Reason.CONFLICT, detail)
