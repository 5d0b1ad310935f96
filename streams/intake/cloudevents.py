"""CloudEvents 1.0 in binary or structured mode -> the fields of the sighting.

Binary mode puts the attributes into headers ``ce_...`` in plain UTF-8 (Kafka protocol binding). Structured mode puts
them next to ``data``, or ``data_base64`` if the SDK was given bytes.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from faust_batches.step import Headers
from streams.intake.strict_json import read_json
from streams.intake.validation_messages import not_an_object

_PREFIX = "ce_"
_IDENTITY = ("source", "id")
_JSON = re.compile(r"\s*(?:application|text)/(?:json|[^;/\s]+\+json)\s*(?:;.*)?", re.IGNORECASE | re.DOTALL)


def event_attributes(headers: Headers) -> dict[str, str]:
    """Return the attributes of an event in binary mode; empty if the headers have no ``ce_specversion``.

    A null header counts as absent. A content type that announces a structured event overrides the headers. Raises
    ValueError with a message if a header is not UTF-8 or is repeated with different values.
    """
    attributes: dict[str, bytes] = {}
    if any(name.lower() == "content-type" and is_whole_event(value or b"") for name, value in headers):
        return {}
    for header, value in headers:
        if not header.startswith(_PREFIX) or value is None:
            continue
        name = header[len(_PREFIX) :]
        if attributes.setdefault(name, value) != value:
            raise ValueError(f"the header {header} is repeated with different values: send it once")
    if "specversion" not in attributes:
        return {}
    return {name: _utf8_text(name, value) for name, value in attributes.items()}


def sighting_fields(value: object, attributes: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields of a sighting from the data of an event with its source and id, or from a plain object.

    ``attributes`` are those of binary mode; without them, an object with ``specversion`` is an event. A null or blank
    attribute counts as absent. Raises ValueError with a message if the data is not an object.
    """
    event: Mapping[str, Any] = attributes
    data, subject = value, "this"
    if not attributes and isinstance(value, dict) and "specversion" in value:
        event, data, subject = value, _data(value), "the data of the event"
    if event and not str(event["specversion"]).startswith("1."):
        raise ValueError(f"specversion {event['specversion']!r} is not supported: send CloudEvents 1.0")
    if isinstance(data, dict):
        return {**data, **{name: event[name] for name in _IDENTITY if not is_blank(event.get(name))}}
    raise ValueError(not_an_object(data, subject))


def is_whole_event(content_type: bytes) -> bool:
    """Whether a content type announces a structured event or a batch of events."""
    return content_type.strip().lower().startswith(b"application/cloudevents")


def is_blank(value: object) -> bool:
    """Whether a value is null or consists of spaces."""
    return value is None or (isinstance(value, str) and not value.strip())


def _data(event: Mapping[str, Any]) -> object:
    encoded, data = event.get("data_base64"), event.get("data")
    if encoded is None:
        if data is None:
            raise ValueError("the CloudEvent has no `data`: send the sighting in it as a JSON object")
        return data
    if data is not None:
        raise ValueError("the CloudEvent has both `data` and `data_base64`: send one of them")
    kind = event.get("datacontenttype")
    if not is_blank(kind) and not (isinstance(kind, str) and _JSON.fullmatch(kind)):
        raise ValueError(f"the data of the event is {str(kind)!r}: send application/json")
    try:
        value = base64.b64decode(encoded if isinstance(encoded, str) else b"?", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("`data_base64` is not base64: send the sighting in `data` as a JSON object") from error
    try:
        return read_json(value)
    except ValueError as error:
        raise ValueError(f"`data_base64`: {error}") from error


def _utf8_text(name: str, value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"the header {_PREFIX}{name} is not UTF-8: send it in UTF-8") from error
