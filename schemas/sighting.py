"""Sightings on ``sightings``: producers report that a group was active at a place and time. Intake reads them next."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import (
    AwareDatetime,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError, to_json

from schemas.codes import (
    EvidenceKind,
    GivenAddress,
    GivenGroup,
    GivenName,
    GivenOrigin,
    GivenPlace,
    GivenTitle,
    Grade,
    identity,
)
from schemas.date_messages import explain_instant
from schemas.days import DayInterval, format_days, parse_days
from schemas.validated_record import ValidatedRecord


def _days_from_text(value: object) -> object:
    if isinstance(value, str):
        return parse_days(value)
    if isinstance(value, DayInterval):
        return value
    raise PydanticCustomError("days_type", "days are written as text, such as 2017-10-31")


def parse_instant(text: str) -> datetime:
    """Parse an ISO 8601 time. Without an offset it is UTC; without a time of day it is 00:00.

    Raises ValueError with a message that says what was expected and, if possible, how to write the intended time.
    """
    text = text.strip()
    try:
        # Python also parses weeks and dates without dashes, which parse_days rejects.
        if not (text[4:5] == "-" == text[7:8] and text[10:11] in _AFTER_THE_DAY):
            raise ValueError(text)
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is UTC:  # true for almost all
            return instant
        return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(explain_instant(text)) from error


_AFTER_THE_DAY = ("", "T", " ")


def _instant_from_text(value: object) -> object:
    return parse_instant(value) if isinstance(value, str) else value


Instant = Annotated[
    AwareDatetime,
    BeforeValidator(_instant_from_text),
    WithJsonSchema({"type": "string", "examples": ["2017-10-31T12:00Z", "2017-10-31"]}),
]

Days = Annotated[
    DayInterval,
    BeforeValidator(_days_from_text),
    PlainSerializer(format_days, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["2017-10-31", "2017-10", "2017", "2017-10-28/2017-11-24"]}),
]


LARGEST_REVISION = 2**53
"""JSON readers that use floating point read whole numbers up to this one exactly."""


class Sighting(ValidatedRecord):
    """Report that a group was active at a place and time.

    ``source`` and ``id`` identify it. A higher ``revision`` replaces lower ones; ``retracted`` withdraws the sighting.
    An empty text counts as absent. Unknown fields are rejected, so that a misspelt field is not lost silently.
    Identifying texts that are too long are rejected; descriptive texts are truncated.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    source: GivenName
    """Publisher of the sighting, such as a feed, a newsroom or a reporter. With ``id`` it identifies the sighting."""
    id: GivenName
    """Id of the sighting within its source."""
    revision: Annotated[int, Field(ge=1, le=LARGEST_REVISION)] = 1
    """Version of the sighting. The highest revision counts, regardless of the order of arrival."""
    retracted: bool = False
    """True withdraws the sighting. Only ``source``, ``id`` and ``revision`` are needed."""
    test: bool = False
    """True marks a test: the sighting is validated and counted, but never becomes evidence."""
    archival: bool = False
    """True marks archive material: the sighting becomes history and never raises an alert."""
    group: GivenGroup | None = None
    """Group, by any of its names. Required unless ``retracted`` is true."""
    country: GivenName | None = None
    """Country: an ISO 3166-1 code in capitals, or a name in any common spelling. Required without a point."""
    admin1: GivenPlace | None = None
    """Province or state, as written; truncated to 300 characters."""
    place: GivenPlace | None = None
    """Town or other place, as written; truncated to 300 characters."""
    latitude: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] | None = None
    """Degrees north, WGS 84."""
    longitude: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] | None = None
    """Degrees east, WGS 84."""
    occurred: Days | None = None
    """UTC days of the activity: a date, date-time, month ``2017-10``, year ``2017``, or interval ``a/b``, both ends
    inclusive. Required unless ``retracted`` is true."""
    precision: Literal["some_day"] | None = None
    """``some_day``: the activity took place on one unknown day of ``occurred``. Absent: on all of its days."""
    reported: Instant | None = None
    """Time of the report. Without an offset it is UTC; without a time of day it is 00:00."""
    origin: GivenOrigin | None = None
    """First publisher of the report, such as a news agency. Reprints share an origin and count as one. Default:
    ``source``."""
    grade: Grade | None = None
    """Admiralty code: reliability of the source, A to F, and credibility of the information, 1 to 6."""
    evidence: EvidenceKind = "other"
    """Kind of activity."""
    title: GivenTitle | None = None
    """One-line summary of the report; truncated to 1,000 characters."""
    url: GivenAddress | None = None
    """Web address of the report."""

    if TYPE_CHECKING:
        # Days and times may also be given as text, which field types cannot express.
        def __init__(
            self,
            *,
            source: str,
            id: str,  # noqa: A002 - the field's name
            revision: int = 1,
            retracted: bool = False,
            test: bool = False,
            archival: bool = False,
            group: str | None = None,
            country: str | None = None,
            admin1: str | None = None,
            place: str | None = None,
            latitude: float | None = None,
            longitude: float | None = None,
            occurred: DayInterval | str | None = None,
            precision: Literal["some_day"] | None = None,
            reported: datetime | str | None = None,
            origin: str | None = None,
            grade: Grade | None = None,
            evidence: EvidenceKind = "other",
            title: str | None = None,
            url: str | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.retracted and (self.group is None or self.occurred is None):
            names = " and ".join(name for name in ("group", "occurred") if getattr(self, name) is None)
            raise PydanticCustomError("incomplete", "{names} must be given unless it is a retraction", {"names": names})
        if (self.latitude is None) != (self.longitude is None):
            raise PydanticCustomError("half_a_point", "latitude and longitude belong together: give both or neither")
        if self.precision and self.occurred and self.occurred.precision == "interval":
            # The record is frozen, but it is not visible to its caller yet.
            object.__setattr__(self, "occurred", self.occurred.replace(precision=self.precision))
        return self

    @classmethod
    def from_bytes(cls, value: bytes) -> Self:
        """Parse JSON from a producer. Raises pydantic's ValidationError, also for unknown fields."""
        sighting: Self = cls.__pydantic_validator__.validate_json(value)
        return sighting

    @property
    def key(self) -> str:
        """Record key: :func:`schemas.codes.identity` of ``source`` and ``id``."""
        return identity(self.source, self.id)

    @property
    def content(self) -> str:
        """Hash of the content, 32 hexadecimal digits. Versions with the same content have the same hash.

        It excludes ``revision`` and ``reported``, which a producer may set anew each time it sends the sighting.
        """
        # A dict costs half as much as excluding fields in the serializer. Absent fields are omitted, so that a field
        # added in a later version does not change the hash of sightings without it.
        content = {name: value for name, value in self.__dict__.items() if value is not None and value is not False}
        content.pop("reported", None)
        del content["revision"]
        if self.occurred:
            content["occurred"] = format_days(self.occurred)
        return hashlib.sha256(to_json(content)).hexdigest()[:32]
