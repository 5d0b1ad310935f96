"""Bytes become a sighting, or a refusal that its producer can act on. Next: group and place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from schemas.rejection import Reason
from schemas.sighting import Sighting
from streams.steps import Incoming

LARGEST_BYTES = 256 * 1024
"""The largest value that is read at all: a sighting with every field in use has a few hundred bytes."""

_SHOWN_PROBLEMS = 5


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a record is no sighting."""

    reason: Reason
    detail: str
    suggestions: tuple[str, ...] = ()


def parse(record: Incoming) -> Sighting | Refused:
    """Read plain JSON, or a CloudEvent 1.0: structured, or binary with ``ce_`` headers (Kafka protocol binding 3.2)."""
    value = record.value
    if not value:
        return Refused(Reason.MALFORMED, "the record has no value")
    if len(value) > LARGEST_BYTES:
        return Refused(Reason.TOO_LARGE, f"the record has {len(value):,} bytes; at most {LARGEST_BYTES:,} are read")
    try:
        if any(name == "ce_specversion" for name, _ in record.headers):
            return Sighting.model_validate(_from_binary_event(record.headers, value))
        if b'"specversion"' in value:
            return Sighting.model_validate(_from_structured_event(value))
        return Sighting.from_bytes(value)
    except ValidationError as error:
        return _refusal(error)
    except ValueError as error:
        return Refused(Reason.MALFORMED, str(error))


def _from_binary_event(headers: tuple[tuple[str, bytes], ...], value: bytes) -> object:
    attributes = {name[3:]: _text(name, text) for name, text in headers if name.startswith("ce_")}
    return _with_identity(attributes, from_json(value, allow_inf_nan=False))


def _text(name: str, value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        msg = f"the header {_printable(name)} is not UTF-8"
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
    if not str(event["specversion"]).startswith("1."):
        msg = f"specversion {event['specversion']!r} is not read: send CloudEvents 1.0"
        raise ValueError(msg)
    if not isinstance(data, dict):
        return data
    return {**data, **{name: event[name] for name in ("source", "id") if name in event}}


def _refusal(error: ValidationError) -> Refused:
    problems = error.errors(include_url=False, include_context=False)
    told = []
    for problem in problems[:_SHOWN_PROBLEMS]:
        place = _printable(".".join(str(part) for part in problem["loc"]))
        text = problem["msg"].removeprefix("Value error, ")
        told.append(f"{place[:60]}: {text}" if place else text)
    if len(problems) > _SHOWN_PROBLEMS:
        told.append(f"and {len(problems) - _SHOWN_PROBLEMS} more")
    first = problems[0]
    field = str(first["loc"][0]) if first["loc"] else None
    return Refused(_reason(first["type"], field), "; ".join(told))


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)


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
