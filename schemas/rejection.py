"""Dead letters on ``rejected``: what was refused, why, and what its producer can do about it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Base64Bytes, NonNegativeInt

from schemas.codes import Int64, Named
from schemas.limits import MaxLength
from schemas.record import Record

LONGEST_DETAIL = 2_000
"""Characters."""

MOST_SUGGESTIONS = 20

LARGEST_ORIGINAL_BYTES = 2**20
"""So much of a refused record is kept with its rejection."""

LARGEST_KEY_BYTES = 4_096
"""So much of its key is kept. The longest key of a sighting is shorter."""


class Reason(StrEnum):
    """Every reason for which a sighting is refused. Its words are in :data:`REMEDIES`."""

    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    MISSING_FIELD = "missing_field"
    UNKNOWN_FIELD = "unknown_field"
    WRONG_TYPE = "wrong_type"
    BAD_TEXT = "bad_text"
    BAD_DAYS = "bad_days"
    BAD_POINT = "bad_point"
    BAD_VALUE = "bad_value"
    COUNTRY_UNRESOLVED = "country_unresolved"
    CONFLICT = "conflict"


REMEDIES: dict[Reason, str] = {
    Reason.UNREADABLE: "Send it again with another client or compression: nothing can read what Kafka holds.",
    Reason.TOO_LARGE: "Send one sighting a record, of at most 256 KiB; put long texts behind `url`.",
    Reason.MALFORMED: "Send one JSON object in UTF-8, whole, each key once, or a CloudEvent 1.0 with it as data.",
    Reason.MISSING_FIELD: "Give `source` and `id`, and `group` and `occurred` unless it is a retraction: not empty.",
    Reason.UNKNOWN_FIELD: "Leave the field out or correct its spelling; the fields are in docs/reference.md.",
    Reason.WRONG_TYPE: "Send the type that docs/reference.md names for the field: text in quotes, numbers without.",
    Reason.BAD_TEXT: "Remove control characters, write names that can be read, and shorten what is too long.",
    Reason.BAD_DAYS: "Write a day, a month, a year or an interval a/b in ISO 8601, in order, not in the future.",
    Reason.BAD_POINT: "Give latitude -90 to 90 and longitude -180 to 180 in degrees, both or none.",
    Reason.BAD_VALUE: "Use one of the values that docs/reference.md names for the field.",
    Reason.COUNTRY_UNRESOLVED: "Name one country by ISO code or name; try it with `firstseen resolve TEXT`.",
    Reason.CONFLICT: "Send what changed with a higher `revision`, or the same revision unchanged.",
}
"""What to do about each reason, in one sentence."""


class Rejection(Record):
    """A refused record, with its original bytes up to 1 MiB: the whole of it stays on ``sightings``."""

    reason: Reason
    """Which of the closed list of reasons."""
    detail: Annotated[str, MaxLength(LONGEST_DETAIL)]
    """What is wrong with this record, and where."""
    remedy: Annotated[str, MaxLength(300)]
    """What to do about it."""
    suggestions: Annotated[tuple[Annotated[str, MaxLength(100)], ...], MaxLength(MOST_SUGGESTIONS)] = ()
    """Countries that may have been meant; never used as a guess."""
    source: Named | None = None
    """The sighting's source. None: the record does not tell."""
    id: Named | None = None
    """The sighting's id within its source. None: the record does not tell."""
    topic: Annotated[str, MaxLength(249)]
    """Topic of the refused record."""
    partition: Int64
    """Its partition."""
    offset: Int64
    """Its offset."""
    arrived: datetime | None = None
    """Its timestamp, UTC. None: an older version wrote the rejection."""
    original: Annotated[Base64Bytes, MaxLength(LARGEST_ORIGINAL_BYTES)]
    """The value as it came, in base64; of a longer one the first 1 MiB."""
    original_bytes: NonNegativeInt | None = None
    """How long the value is. None: an older version wrote the rejection, and kept the whole."""
    sha256: Annotated[str, MaxLength(64)] | None = None
    """SHA-256 of the whole value, in hex."""
