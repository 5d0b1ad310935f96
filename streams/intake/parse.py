"""A record's bytes -> a sighting, or a rejection that its producer can act on. ``check.py`` is next."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, TypedDict

from msgspec import Meta
from msgspec.json import Decoder
from pydantic import ConfigDict, TypeAdapter, ValidationError

from faust_batches.step import Headers, Incoming
from schemas.codes import LONGEST_NAME, LONGEST_TITLE, LONGEST_URL, EvidenceKind, GivenName
from schemas.days import parse_days
from schemas.limits import shorten
from schemas.rejection import LONGEST_DETAIL, MAX_SUGGESTIONS, Reason
from schemas.sighting import LARGEST_REVISION, Sighting, parse_instant
from streams.intake.cloudevents import event_attributes, is_blank, sighting_fields
from streams.intake.strict_json import has_unique_keys, read_json, read_unique_keys
from streams.intake.validation_messages import explain_errors

LARGEST_BYTES = 256 * 1024
"""Largest value that intake parses. A sighting with every field in use has a few hundred bytes."""

LARGEST_HEADERS_BYTES = 256 * 1024
"""Largest total size of headers. They are copied if the record is rerouted."""

_FRAME_BYTES = 10
"""Maximum overhead of a header, besides its name and value."""

_NAME: TypeAdapter[str] = TypeAdapter(GivenName, config=ConfigDict(strict=True))

_PlainName = Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)]


class _Members(TypedDict, total=False):
    """The members of a plain sighting, in the form in which the model stores them."""

    source: _PlainName
    id: _PlainName
    revision: Annotated[int, Meta(ge=1, le=LARGEST_REVISION)]
    retracted: bool
    archival: bool
    group: _PlainName
    country: _PlainName
    admin1: _PlainName
    place: _PlainName
    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]
    occurred: str
    reported: str
    origin: _PlainName
    grade: Annotated[str, Meta(pattern=r"^[A-F][1-6]\Z")]
    evidence: EvidenceKind
    title: Annotated[str, Meta(min_length=1, max_length=LONGEST_TITLE)]
    url: Annotated[str, Meta(min_length=1, max_length=LONGEST_URL)]


_decode = Decoder(_Members).decode
_DEFAULTS = {name: field.default for name, field in Sighting.model_fields.items()}
_set = object.__setattr__


@dataclass(frozen=True, slots=True)
class Rejected:
    """Rejection of a record."""

    reason: Reason
    detail: str
    """One line of printable text. Unprintable characters are replaced, and a long text is truncated."""
    suggestions: tuple[str, ...] = ()
    """Countries that the producer may have meant."""

    def __post_init__(self) -> None:
        """Make the detail safe for records, terminals and logs: it quotes untrusted input."""
        object.__setattr__(self, "detail", _printable(shorten(self.detail, LONGEST_DETAIL)))
        object.__setattr__(self, "suggestions", self.suggestions[:MAX_SUGGESTIONS])


def parse(record: Incoming) -> Sighting | Rejected:
    """Parse plain JSON, or a CloudEvent 1.0: structured, or binary with ``ce_`` headers (Kafka protocol binding 3.2).

    Never raises: an unexpected exception becomes a rejection with reason ``malformed``.
    """
    try:
        return _parse(record)
    except ValueError as error:
        return Rejected(Reason.MALFORMED, str(error))
    except Exception as error:  # noqa: BLE001 - no input may stop intake
        return unexpected_failure(error)


def unexpected_failure(error: Exception) -> Rejected:
    """Return the rejection of a record that raised an unexpected exception."""
    return Rejected(Reason.MALFORMED, f"it cannot be processed ({type(error).__name__}: {error})")


def _parse(record: Incoming) -> Sighting | Rejected:
    if record.unreadable is not None:
        return Rejected(Reason.UNREADABLE, record.unreadable)
    if not record.value:
        return Rejected(Reason.MALFORMED, "the record has no value")
    size = len(record.value) if record.size is None else record.size
    if size > LARGEST_BYTES:
        return Rejected(Reason.TOO_LARGE, f"the record has {size:,} bytes; the limit is {LARGEST_BYTES:,}")
    if record.headers and (size := _size(record.headers)) > LARGEST_HEADERS_BYTES:
        return Rejected(Reason.TOO_LARGE, f"its headers have {size:,} bytes; the limit is {LARGEST_HEADERS_BYTES:,}")
    return _read(record.value, record.headers)


def _size(headers: Headers) -> int:
    return sum(_FRAME_BYTES + len(name.encode(errors="surrogatepass")) + len(value or b"") for name, value in headers)


def _read(value: bytes, headers: Headers) -> Sighting | Rejected:
    attributes = event_attributes(headers) if headers else {}
    plain = None
    if not attributes:
        if read := read_plain(value):
            return read
        try:
            plain = Sighting.from_bytes(value)
        except ValidationError:
            pass  # validated again below, where blank fields count as missing and errors are explained
        else:
            if has_unique_keys(value, len(plain.model_fields_set)):
                return plain
    parsed = read_json(value)  # raises if a key is repeated
    return plain or _validate(sighting_fields(parsed, attributes))


def read_plain(value: bytes) -> Sighting | None:
    """Return the sighting that the model would return, in half the time; None if it is not plain, or not valid.

    A plain sighting, as almost every one is, is ASCII without escapes, and its members are already as the model stores
    them. Nothing is rejected here: the model decides about every other record.
    """
    if not value.isascii() or b"\\" in value or b"\x7f" in value:
        return None
    try:
        given: dict[str, Any] = dict(_decode(value))
        quotes = 0
        for member in given.values():
            if type(member) is str:
                if member.strip() != member:
                    return None
                quotes += 4
            else:
                quotes += 2
        if value.count(b'"') != quotes:  # a member is repeated, or not one of these
            return None
        if "occurred" in given:
            given["occurred"] = parse_days(given["occurred"])
        if "reported" in given:
            given["reported"] = parse_instant(given["reported"])
    except ValueError:
        return None
    return _sighting(given) if _is_complete(given) else None


def _is_complete(given: dict[str, Any]) -> bool:
    return (
        "source" in given
        and "id" in given
        and (("group" in given and "occurred" in given) or given.get("retracted", False))
        and ("latitude" in given) == ("longitude" in given)
    )


def _sighting(given: dict[str, Any]) -> Sighting:
    sighting = Sighting.__new__(Sighting)
    _set(sighting, "__dict__", {**_DEFAULTS, **given})
    _set(sighting, "__pydantic_fields_set__", set(given))
    _set(sighting, "__pydantic_extra__", None)
    _set(sighting, "__pydantic_private__", None)
    return sighting


def _validate(fields: Mapping[str, Any]) -> Sighting | Rejected:
    given = {name: value for name, value in fields.items() if not is_blank(value)}
    try:
        return Sighting.model_validate(given)
    except ValidationError as error:
        return Rejected(*explain_errors(error, given))


def identity_of(record: Incoming) -> tuple[str | None, str | None]:
    """Return the source and the id of a rejected record, each None if it is absent or unreadable.

    Never raises: the record may be truncated or not JSON.
    """
    try:
        attributes = event_attributes(record.headers)
    except ValueError:
        attributes = {}
    parsed = read_unique_keys(record.value[:LARGEST_BYTES]) if record.value else None
    with suppress(ValueError):
        parsed = sighting_fields(parsed, attributes)
    members = (parsed if isinstance(parsed, dict) else {}) | {name: text for name, text in attributes.items() if text}
    return _name(members.get("source")), _name(members.get("id"))


def _name(value: object) -> str | None:
    try:
        return _NAME.validate_python(value)
    except ValidationError:
        return None


def _printable(text: str) -> str:
    return text if text.isprintable() else "".join(map(_printable_character, text))


def _printable_character(character: str) -> str:
    if character.isprintable():
        return character
    return " " if unicodedata.category(character) == "Zs" else "?"
