"""Dead letters on ``rejected``: what was refused, why, and what its producer can do about it."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Base64Bytes

from schemas.records import Record


class Reason(StrEnum):
    """Every reason for which a sighting is refused. Its words are in :data:`REMEDIES`."""

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


REMEDIES: dict[Reason, str] = {
    Reason.TOO_LARGE: "Send one sighting a record, of at most 256 KiB; put long texts behind `url`.",
    Reason.MALFORMED: "Send one JSON object in UTF-8, whole, or a CloudEvent 1.0 with the sighting as its data.",
    Reason.MISSING_FIELD: "Give `source` and `id`, and `group` and `occurred` unless it is a retraction.",
    Reason.UNKNOWN_FIELD: "Leave the field out or correct its spelling; the fields are in docs/reference.md.",
    Reason.WRONG_TYPE: "Send the type that docs/reference.md names for the field: text in quotes, numbers without.",
    Reason.BAD_TEXT: "Remove control characters, and do not leave the field empty.",
    Reason.BAD_DAYS: "Write a day, a month, a year or an interval a/b in ISO 8601, not ending before it begins.",
    Reason.BAD_POINT: "Give latitude -90 to 90 and longitude -180 to 180 in degrees, both or none.",
    Reason.BAD_VALUE: "Use one of the values that docs/reference.md names for the field.",
    Reason.COUNTRY_UNRESOLVED: "Name one country by ISO code or name; try it with `firstseen resolve TEXT`.",
}
"""What to do about each reason, in one sentence."""


class Rejection(Record):
    """A refused record, with its original bytes."""

    reason: Reason
    """Which of the closed list of reasons."""
    detail: str
    """What is wrong with this record, and where."""
    remedy: str
    """What to do about it."""
    suggestions: tuple[str, ...] = ()
    """Countries that may have been meant; never used as a guess."""
    topic: str
    """Topic of the refused record."""
    partition: int
    """Its partition."""
    offset: int
    """Its offset."""
    original: Base64Bytes
    """The value as it came, in base64."""
