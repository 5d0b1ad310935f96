"""Bytes become a sighting, or a refusal that its producer can act on. Next: group and place."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from faust_batches.step import Headers, Incoming
from schemas.codes import GivenName
from schemas.limits import shorten
from schemas.rejection import LONGEST_DETAIL, MOST_SUGGESTIONS, Reason
from schemas.sighting import Sighting
from streams.intake.events import event_attributes, is_blank, sighting_fields
from streams.intake.problems import explain_errors
from streams.intake.strict_json import has_unique_keys, read_json, read_unique_keys

LARGEST_BYTES = 256 * 1024
"""The largest value that is read at all: a sighting with every field in use has a few hundred bytes."""

LARGEST_HEADERS_BYTES = 256 * 1024
"""The largest headers that are read, together: they go with a record that is forwarded."""

_FRAME_BYTES = 10
"""What a header takes besides its name and value, at most."""

_NAME: TypeAdapter[str] = TypeAdapter(GivenName, config=ConfigDict(strict=True))


@dataclass(frozen=True, slots=True)
class Rejected:
    """Why a record is no sighting."""

    reason: Reason
    detail: str
    """One line of printable text: what does not print is replaced, and a long one is cut."""
    suggestions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Make the detail and the suggestions fit for a record, a terminal and a log, whatever they quote."""
        object.__setattr__(self, "detail", _printable(shorten(self.detail, LONGEST_DETAIL)))
        object.__setattr__(self, "suggestions", self.suggestions[:MOST_SUGGESTIONS])


def parse(record: Incoming) -> Sighting | Rejected:
    """Read plain JSON, or a CloudEvent 1.0: structured, or binary with ``ce_`` headers (Kafka protocol binding 3.2).

    Never raises: what fails in a way that nobody foresaw is refused as ``malformed``.
    """
    try:
        return _parse(record)
    except ValueError as error:
        return Rejected(Reason.MALFORMED, str(error))
    except Exception as error:  # noqa: BLE001 - no bytes of a client may stop intake
        return unexpected_failure(error)


def unexpected_failure(error: Exception) -> Rejected:
    """Return the refusal of a record that made a rule fail."""
    return Rejected(Reason.MALFORMED, f"it cannot be read ({type(error).__name__}: {error})")


def _parse(record: Incoming) -> Sighting | Rejected:
    if record.unreadable is not None:
        return Rejected(Reason.UNREADABLE, record.unreadable)
    if not record.value:
        return Rejected(Reason.MALFORMED, "the record has no value")
    size = len(record.value) if record.size is None else record.size
    if size > LARGEST_BYTES:
        return Rejected(Reason.TOO_LARGE, f"the record has {size:,} bytes; at most {LARGEST_BYTES:,} are read")
    if record.headers and (size := _size(record.headers)) > LARGEST_HEADERS_BYTES:
        return Rejected(
            Reason.TOO_LARGE, f"its headers have {size:,} bytes; at most {LARGEST_HEADERS_BYTES:,} are read"
        )
    return _read(record.value, record.headers)


def _size(headers: Headers) -> int:
    return sum(_FRAME_BYTES + len(name.encode(errors="surrogatepass")) + len(value or b"") for name, value in headers)


def _read(value: bytes, headers: Headers) -> Sighting | Rejected:
    attributes = event_attributes(headers) if headers else {}
    plain = None
    if not attributes and b'"specversion"' not in value:
        try:
            plain = Sighting.from_bytes(value)
        except ValidationError:
            pass  # looked at again, for its mistakes are told of what stands there, and blank fields count as missing
        else:
            if has_unique_keys(value, len(plain.model_fields_set)):
                return plain
    told = read_json(value)  # says which key stands twice
    return plain or _of_fields(sighting_fields(told, attributes))


def _of_fields(told: Mapping[str, Any]) -> Sighting | Rejected:
    given = {name: value for name, value in told.items() if not is_blank(value)}
    try:
        return Sighting.model_validate(given)
    except ValidationError as error:
        return Rejected(*explain_errors(error, given))


def identity_of(record: Incoming) -> tuple[str | None, str | None]:
    """Return the source and the id that a refused record tells, each None when it does not, or not readably.

    Never raises: a record may be cut off, or be no JSON at all.
    """
    try:
        attributes = event_attributes(record.headers)
    except ValueError:
        attributes = {}
    told = read_unique_keys(record.value[:LARGEST_BYTES]) if record.value else None
    with suppress(ValueError):
        told = sighting_fields(told, attributes)
    members = (told if isinstance(told, dict) else {}) | {name: text for name, text in attributes.items() if text}
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
