"""Bytes become a sighting, or a refusal that its producer can act on. Next: group and place."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from schemas.limits import shortened
from schemas.rejection import LONGEST_DETAIL, MOST_SUGGESTIONS, Reason
from schemas.sighting import Sighting
from streams.steps import Headers, Incoming

LARGEST_BYTES = 256 * 1024
"""The largest value that is read at all: a sighting with every field in use has a few hundred bytes."""

LARGEST_HEADERS_BYTES = 256 * 1024
"""The largest headers that are read, together: they go with a record that is forwarded."""

_FRAME_BYTES = 10
"""What a header takes besides its name and value, at most."""

_SHOWN_PROBLEMS = 5


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a record is no sighting."""

    reason: Reason
    detail: str
    """One line of printable text: what does not print is replaced, and a long one is cut."""
    suggestions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Make the detail and the suggestions fit for a record, a terminal and a log, whatever they quote."""
        object.__setattr__(self, "detail", _printable(shortened(self.detail, LONGEST_DETAIL)))
        object.__setattr__(self, "suggestions", self.suggestions[:MOST_SUGGESTIONS])


def parse(record: Incoming) -> Sighting | Refused:
    """Read plain JSON, or a CloudEvent 1.0: structured, or binary with ``ce_`` headers (Kafka protocol binding 3.2).

    Never raises: what fails in a way that nobody foresaw is refused as ``malformed``.
    """
    try:
        return _parse(record)
    except ValidationError as error:
        return _refusal(error)
    except ValueError as error:
        return Refused(Reason.MALFORMED, str(error))
    except Exception as error:  # noqa: BLE001 - no bytes of a client may stop intake
        return unforeseen(error)


def unforeseen(error: Exception) -> Refused:
    """Return the refusal of a record that made a rule fail."""
    return Refused(Reason.MALFORMED, f"it cannot be read ({type(error).__name__}: {error})")


def _parse(record: Incoming) -> Sighting | Refused:
    if record.unreadable is not None:
        return Refused(Reason.UNREADABLE, record.unreadable)
    if not record.value:
        return Refused(Reason.MALFORMED, "the record has no value")
    size = len(record.value) if record.size is None else record.size
    if size > LARGEST_BYTES:
        return Refused(Reason.TOO_LARGE, f"the record has {size:,} bytes; at most {LARGEST_BYTES:,} are read")
    if record.headers and (size := _size(record.headers)) > LARGEST_HEADERS_BYTES:
        return Refused(Reason.TOO_LARGE, f"its headers have {size:,} bytes; at most {LARGEST_HEADERS_BYTES:,} are read")
    return _read(record.value, record.headers)


def _size(headers: Headers) -> int:
    return sum(_FRAME_BYTES + len(name.encode(errors="surrogatepass")) + len(value or b"") for name, value in headers)


def _read(value: bytes, headers: Headers) -> Sighting:
    attributes = {name[3:]: text for name, text in headers if name.startswith("ce_") and text is not None}
    if "specversion" in attributes:
        event = {name: _text(name, text) for name, text in attributes.items()}
        return Sighting.model_validate(_with_identity(event, from_json(value, allow_inf_nan=False)))
    if b'"specversion"' in value:
        return Sighting.model_validate(_from_structured_event(value))
    return Sighting.from_bytes(value)


def _text(name: str, value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        msg = f"the header ce_{name} is not UTF-8"
        raise ValueError(msg) from error


def _from_structured_event(value: bytes) -> object:
    event = from_json(value, allow_inf_nan=False)
    if not isinstance(event, dict) or "specversion" not in event:
        return event
    if "data" not in event:
        msg = "the CloudEvent has no `data` member with the sighting as a JSON object"
        raise ValueError(msg)
    return _with_identity(event, event["data"])


def _with_identity(event: Mapping[str, Any], data: object) -> object:
    """Return the data with the event's source and id. An attribute that is null is absent."""
    if not str(event["specversion"]).startswith("1."):
        msg = f"specversion {event['specversion']!r} is not read: send CloudEvents 1.0"
        raise ValueError(msg)
    if not isinstance(data, dict):
        return data
    return {**data, **{name: event[name] for name in ("source", "id") if event.get(name) is not None}}


def _refusal(error: ValidationError) -> Refused:
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    told = []
    for problem in problems[:_SHOWN_PROBLEMS]:
        place = ".".join(str(part) for part in problem["loc"])
        text = problem["msg"].removeprefix("Value error, ")
        told.append(f"{place[:60]}: {text}" if place else text)
    if len(problems) > _SHOWN_PROBLEMS:
        told.append(f"and {len(problems) - _SHOWN_PROBLEMS} more")
    first = problems[0]
    field = str(first["loc"][0]) if first["loc"] else None
    return Refused(_reason(first["type"], field), "; ".join(told))


def _printable(text: str) -> str:
    return text if text.isprintable() else "".join(map(_printable_character, text))


def _printable_character(character: str) -> str:
    if character.isprintable():
        return character
    return " " if unicodedata.category(character) == "Zs" else "?"


_BY_TYPE = {
    "json_invalid": Reason.MALFORMED,
    "model_type": Reason.MALFORMED,
    "missing": Reason.MISSING_FIELD,
    "incomplete": Reason.MISSING_FIELD,
    "extra_forbidden": Reason.UNKNOWN_FIELD,
    "half_a_point": Reason.BAD_POINT,
    "string_too_long": Reason.BAD_TEXT,
}


def _reason(kind: str, field: str | None) -> Reason:
    if kind == "model_type" and field:
        return Reason.WRONG_TYPE
    if known := _BY_TYPE.get(kind):
        return known
    if kind.endswith("_type"):
        return Reason.WRONG_TYPE
    if field in {"latitude", "longitude"}:
        return Reason.BAD_POINT
    if field in {"occurred", "reported"}:
        return Reason.BAD_DAYS
    return Reason.BAD_TEXT if kind == "value_error" else Reason.BAD_VALUE
