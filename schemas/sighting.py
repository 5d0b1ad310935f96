"""What a producer writes on ``sightings``: a group was active in a place at a time. Intake reads it next."""

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
from schemas.days import DayInterval, format_days, parse_days
from schemas.other_dates import explain_instant
from schemas.record import Record


def _days_from_text(value: object) -> object:
    if isinstance(value, str):
        return parse_days(value)
    if isinstance(value, DayInterval):
        return value
    raise PydanticCustomError("days_type", "days are written as text, such as 2017-10-31")


def parse_instant(text: str) -> datetime:
    """Read an ISO 8601 time. Without an offset it is UTC, without a time it is the beginning of the day.

    Raises ValueError with a sentence that says what was expected, and how to write the day that was probably meant.
    """
    text = text.strip()
    try:
        # Python reads weeks and dates without dashes too; for days they are refused.
        if not (text[4:5] == "-" == text[7:8] and text[10:11] in _AFTER_THE_DAY):
            raise ValueError(text)
        instant = datetime.fromisoformat(text)
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


class Sighting(Record):
    """A report that a group was active in a place at a time.

    ``source`` and ``id`` are its identity; a higher ``revision`` replaces what was said before, ``retracted`` takes it
    back. An empty text is as good as none. Unknown fields are refused: a misspelt field must not be lost in silence.
    So is a text that identifies something and is too long; one that only describes is cut.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    source: GivenName
    """Who publishes this: a feed, a newsroom, a reporter. With ``id`` it is the identity of the sighting."""
    id: GivenName
    """The sighting's id within its source."""
    revision: Annotated[int, Field(ge=1, le=2**53)] = 1
    """Version of this sighting; a higher one replaces a lower one, whatever the order in which they arrive."""
    retracted: bool = False
    """True takes the sighting back; nothing but ``source``, ``id`` and ``revision`` is needed then."""
    test: bool = False
    """True marks an exercise: it is checked and counted, and never becomes evidence."""
    archival: bool = False
    """True marks a back-file: it becomes history and never an alert."""
    group: GivenGroup | None = None
    """The group, by any of its names."""
    country: GivenName | None = None
    """Country: an ISO 3166-1 code in capitals, or a name in any usual spelling."""
    admin1: GivenPlace | None = None
    """Province or state, as written; cut after 300 characters."""
    place: GivenPlace | None = None
    """Town or spot, as written; cut after 300 characters."""
    latitude: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] | None = None
    """Degrees north, WGS 84."""
    longitude: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] | None = None
    """Degrees east, WGS 84."""
    occurred: Days | None = None
    """When: a date, date-time, month ``2017-10``, year ``2017``, or interval ``a/b`` with both ends in; UTC days."""
    precision: Literal["some_day"] | None = None
    """``some_day``: it happened on one day of ``occurred``, nobody knows which. None: it went on for all of them."""
    reported: Instant | None = None
    """When it was reported; without an offset it is UTC, without a time it is the beginning of the day."""
    origin: GivenOrigin | None = None
    """Who said it first. Reprints of one wire story share it and count as one origin."""
    grade: Grade | None = None
    """Admiralty code A1 to F6."""
    evidence: EvidenceKind = "other"
    """What was seen."""
    title: GivenTitle | None = None
    """One line that a reader would recognise the report by; cut after 1,000 characters."""
    url: GivenAddress | None = None
    """Where the report can be read."""

    if TYPE_CHECKING:
        # Days and times may be given as text, which no type of a field can say.
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
            raise PydanticCustomError("half_a_point", "latitude and longitude go together: give both or none")
        if self.precision and self.occurred and self.occurred.precision == "interval":
            # The fields of a frozen record are set before anybody sees it.
            object.__setattr__(self, "occurred", self.occurred.replace(precision=self.precision))
        return self

    @classmethod
    def from_bytes(cls, value: bytes) -> Self:
        """Read what a producer wrote: an unknown field is an error. Raises pydantic's ValidationError."""
        sighting: Self = cls.__pydantic_validator__.validate_json(value)
        return sighting

    @property
    def key(self) -> str:
        """The record key: :func:`schemas.codes.identity` of ``source`` and ``id``."""
        return identity(self.source, self.id)

    @property
    def content(self) -> str:
        """What the sighting says, as 32 hex digits: two versions that say the same have the same.

        Its revision is left out, and so is ``reported``, which a producer may set anew each time it sends.
        """
        # Half as dear as to have the serializer leave fields out. What is absent is left out, so that a field that
        # comes later changes no sighting without it.
        said = {name: value for name, value in self.__dict__.items() if value is not None and value is not False}
        said.pop("reported", None)
        del said["revision"]
        if self.occurred:
            said["occurred"] = format_days(self.occurred)
        return hashlib.sha256(to_json(said)).hexdigest()[:32]
