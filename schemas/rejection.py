"""Dead letters on ``rejected``: each rejected record, the reason, and the remedy for its producer."""

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

MAX_SUGGESTIONS = 20

LARGEST_ORIGINAL_BYTES = 2**20
"""Bytes of the record's value kept in a rejection."""

LARGEST_KEY_BYTES = 4_096
"""Bytes of the record's key kept in a rejection. The longest key of a sighting is shorter."""


class Reason(StrEnum):
    """Reasons for rejecting a sighting. :data:`REMEDIES` explains what to do about each."""

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
    Reason.UNREADABLE: "Send the record again with another client or compression; Kafka's copy cannot be read.",
    Reason.TOO_LARGE: "Send one sighting per record, at most 256 KiB; link to long texts with `url`.",
    Reason.MALFORMED: "Send one complete JSON object in UTF-8 with unique keys, or a CloudEvent 1.0 that contains it.",
    Reason.MISSING_FIELD: "Provide `source` and `id`, and also `group` and `occurred` unless it is a retraction.",
    Reason.UNKNOWN_FIELD: "Remove the field or correct its name; docs/reference.md lists all fields.",
    Reason.WRONG_TYPE: "Use the type that docs/reference.md gives for the field: text in quotes, numbers without.",
    Reason.BAD_TEXT: "Remove control characters, use readable names, and shorten texts that are too long.",
    Reason.BAD_DAYS: "Write a day, month, year or interval a/b in ISO 8601, in order and not in the future.",
    Reason.BAD_POINT: "Provide both latitude (-90 to 90) and longitude (-180 to 180) in degrees, or neither.",
    Reason.BAD_VALUE: "Use one of the values that docs/reference.md lists for the field.",
    Reason.COUNTRY_UNRESOLVED: "Give one country by ISO code or name; test it with `firstseen countries resolve TEXT`.",
    Reason.CONFLICT: "Send changed content with a higher `revision`, or resend the same revision unchanged.",
}
"""What the producer can do about each reason, in one sentence."""


class Rejection(Record):
    """Rejected record with up to 1 MiB of its value. The complete record stays on ``sightings``."""

    reason: Reason
    """Reason for the rejection."""
    detail: Annotated[str, MaxLength(LONGEST_DETAIL)]
    """What is wrong with this record, and where."""
    remedy: Annotated[str, MaxLength(300)]
    """What the producer can do about it."""
    suggestions: Annotated[tuple[Annotated[str, MaxLength(100)], ...], MaxLength(MAX_SUGGESTIONS)] = ()
    """Countries that the producer may have meant. Firstseen never picks one by itself."""
    source: Named | None = None
    """Source of the sighting. None if it cannot be read from the record."""
    id: Named | None = None
    """Id of the sighting within its source. None if it cannot be read from the record."""
    topic: Annotated[str, MaxLength(249)]
    """Topic of the rejected record."""
    partition: Int64
    """Partition of the rejected record."""
    offset: Int64
    """Offset of the rejected record."""
    arrived: datetime | None = None
    """Timestamp of the rejected record, UTC. None in rejections of older Firstseen versions."""
    original: Annotated[Base64Bytes, MaxLength(LARGEST_ORIGINAL_BYTES)]
    """Value of the rejected record, in base64; at most its first MiB."""
    original_bytes: NonNegativeInt | None = None
    """Length of the complete value, in bytes. None in rejections of older Firstseen versions, which kept all of it."""
    sha256: Annotated[str, MaxLength(64)] | None = None
    """SHA-256 of the complete value, in hexadecimal."""
