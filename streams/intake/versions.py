"""Which version of a sighting stands, whatever the order in which its versions arrive."""

from __future__ import annotations

from typing import Literal

from schemas.accounting import Version
from schemas.rejection import Reason
from streams.intake.differences import describe_difference
from streams.intake.parse import Rejected

Outcome = Literal["accepted", "duplicate", "stale", "retracted", "test"]
"""How a valid record ends; the words are those of :class:`schemas.accounting.Accounting`."""


def classify(known: Version | None, sent: Version) -> Outcome | Rejected:
    """Compare a version that is sent with the one that is known.

    Versions are ordered by revision; at the same revision a retraction stands above what it takes back. The same
    version again is a duplicate, a lower one is stale, and another one of the same revision is refused as a conflict:
    the first stands. Two retractions of one revision say the same, whatever else they hold. A retraction that comes
    first is kept as a version of its own, so that its target finds itself stale.
    """
    if known is not None:
        there, here = (known.revision, known.retracted), (sent.revision, sent.retracted)
        if here < there:
            return "stale"
        if here == there:
            return "duplicate" if known.retracted else _again(known, sent)
    if sent.retracted:
        return "retracted"
    return "accepted" if sent.evidence else "test"


def _again(known: Version, sent: Version) -> Literal["duplicate"] | Rejected:
    other = describe_difference(known, sent)
    if other is None:
        return "duplicate"
    detail = f"revision {known.revision} is on record {other}: send revision {known.revision + 1}"
    return Rejected(Reason.CONFLICT, detail)
