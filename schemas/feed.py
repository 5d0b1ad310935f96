"""Progress of `firstseen feeds follow` per feed, in the compacted topic ``feeds``. Any process can resume from it."""

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
MAX_REASONS = 50
MAX_PARTITIONS = 10_000


def label(feed: str) -> str:
    """Return the name of a feed for display: a URL without its query string, which may contain a key."""
    address, mark, _ = feed.partition("?")
    return f"{address}?..." if mark else address


class SkippedRows(Record):
    """Number of rows skipped for one reason."""

    why: Annotated[str, MaxLength(LONGEST_WHY)]
    """Reason, as a sentence."""
    rows: NonNegativeInt
    """Number of rows."""


class FeedProgress(Record):
    """Position in a feed, and totals since the feed was first followed."""

    feed: Annotated[str, MaxLength(LONGEST_URL)]
    """Name or URL of the feed: the record key."""
    every_seconds: NonNegativeInt = 0
    """Polling interval, in seconds."""
    cursor: Annotated[str, MaxLength(100)] | None = None
    """Last position read, in the feed's own terms: the time of a GDELT file, a UCDP version, an ACLED timestamp."""
    etag: Annotated[str, MaxLength(LONGEST_ETAG)] | None = None
    """HTTP ETag of the last document."""
    last_modified: Annotated[str, MaxLength(LONGEST_TIME)] | None = None
    """HTTP Last-Modified header of the last document, as received."""
    digest: Annotated[str, MaxLength(64)] | None = None
    """SHA-256 of the last document, in hexadecimal. An unchanged document is not compared again."""
    compared_at: AwareDatetime | None = None
    """Last time the complete feed was compared with the recorded sightings, UTC."""
    tried_at: AwareDatetime | None = None
    """Time of the last poll, UTC."""
    succeeded_at: AwareDatetime | None = None
    """Time of the last successful poll, UTC."""
    error: Annotated[str, MaxLength(LONGEST_ERROR)] | None = None
    """Error of the last poll. None: it succeeded."""
    sent: NonNegativeInt = 0
    """New sightings sent."""
    revised: NonNegativeInt = 0
    """Sightings sent again because their content changed."""
    withdrawn: NonNegativeInt = 0
    """Sightings retracted because the publisher deleted them."""
    left_out: Annotated[tuple[SkippedRows, ...], MaxLength(MAX_REASONS)] = ()
    """Skipped rows by reason, the most frequent first. The last entry may combine all remaining reasons."""
    sent_up_to: Annotated[tuple[Int64, ...], MaxLength(MAX_PARTITIONS)] = ()
    """End offset of each partition of `sightings` after the last send. Intake must reach it before the feed can be
    compared with the recorded sightings."""
