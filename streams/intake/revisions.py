"""Which version of a sighting stands, whatever the order in which its versions arrive."""

from __future__ import annotations

from typing import Literal

from schemas.sighting import Sighting
from schemas.version import Version

Outcome = Literal["accepted", "duplicate", "stale", "retracted", "test"]
"""How a valid record ends; the words are those of :class:`schemas.version.Accounting`."""


def settle(known: Version | None, sighting: Sighting) -> Outcome:
    """Compare a sighting with the version that is known.

    Versions are ordered by revision; at the same revision a retraction stands above what it takes back. The same
    version again is a duplicate, a lower one is stale. A retraction that comes first is kept as a version of its own,
    so that its target finds itself stale.
    """
    if known is not None:
        there, here = (known.revision, known.retracted), (sighting.revision, sighting.retracted)
        if here == there:
            return "duplicate"
        if here < there:
            return "stale"
    if sighting.retracted:
        return "retracted"
    return "test" if sighting.test else "accepted"
