"""How far `firstseen follow` is with a feed, in the compacted topic ``feeds``: it may go on anywhere from there."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, NonNegativeInt

from schemas.codes import LONGEST_URL, Int64
from schemas.limits import MaxLength
from schemas.record import Record

LONGEST_WHY = 200
LONGEST_ERROR = 1_000
LONGEST_ETAG = 300
LONGEST_TIME = 100
MOST_REASONS = 50
MOST_PARTITIONS = 10_000


def label(feed: str) -> str:
    """Return the name of a feed as it may be shown: an address without its query, which may hold a key."""
    address, mark, _ = feed.partition("?")
    return f"{address}?..." if mark else address


class SkippedRows(Record):
    """How many rows were left out for one reason."""

    why: Annotated[str, MaxLength(LONGEST_WHY)]
    """The reason in words."""
    rows: NonNegativeInt
    """How many rows."""


class FeedProgress(Record):
    """Where a feed was left, and what came of it since it is followed."""

    feed: Annotated[str, MaxLength(LONGEST_URL)]
    """Name of the feed, or the address that is followed: the key."""
    every_seconds: NonNegativeInt = 0
    """How often the feed is polled."""
    cursor: Annotated[str, MaxLength(100)] | None = None
    """What was read last, in the feed's own terms: the time of a GDELT file, a UCDP version, an ACLED timestamp."""
    etag: Annotated[str, MaxLength(LONGEST_ETAG)] | None = None
    """Which version of the document the publisher sent last, by the publisher's own mark."""
    last_modified: Annotated[str, MaxLength(LONGEST_TIME)] | None = None
    """When the publisher last changed the document, as the publisher wrote it."""
    digest: Annotated[str, MaxLength(64)] | None = None
    """SHA-256 of what was read last, in hex: what reads the same is not compared again."""
    compared_at: AwareDatetime | None = None
    """When all that the feed has was last compared with what is on record, UTC."""
    tried_at: AwareDatetime | None = None
    """When the feed was last polled, UTC."""
    succeeded_at: AwareDatetime | None = None
    """When a poll last succeeded, UTC."""
    error: Annotated[str, MaxLength(LONGEST_ERROR)] | None = None
    """Why the last poll failed. None: it succeeded."""
    sent: NonNegativeInt = 0
    """Sightings that were new."""
    revised: NonNegativeInt = 0
    """Sightings that said something else than what was on record."""
    withdrawn: NonNegativeInt = 0
    """Sightings that the publisher deleted."""
    left_out: Annotated[tuple[SkippedRows, ...], MaxLength(MOST_REASONS)] = ()
    """Rows that were not sent, by reason, the most frequent first; the last may stand for all other reasons."""
    sent_up_to: Annotated[tuple[Int64, ...], MaxLength(MOST_PARTITIONS)] = ()
    """Where each partition of `sightings` ended after the last records were sent: intake must have read them before
    the feed can be compared with what is on record."""
