"""CloudEvents 1.0: the fields of the sighting that an event holds, whichever mode it came in.

Binary mode has the attributes in headers ``ce_...``, as the Kafka protocol binding writes them: plain UTF-8, nothing
encoded. Structured mode has them beside ``data``, or ``data_base64`` when the SDK was given bytes.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from faust_batches.step import Headers
from streams.intake.problems import not_an_object
from streams.intake.strict_json import read_json

_PREFIX = "ce_"
_IDENTITY = ("source", "id")
_JSON = re.compile(r"\s*(?:application|text)/(?:json|[^;/\s]+\+json)\s*(?:;.*)?", re.IGNORECASE | re.DOTALL)


def event_attributes(headers: Headers) -> dict[str, str]:
    """Return the attributes of an event in binary mode; none when the headers have no ``ce_specversion``.

    A header that is null is absent. A content type that says that the value is a whole event stands above them. Raises
    ValueError with a sentence when one is not UTF-8, or stands twice and differs.
    """
    attributes: dict[str, bytes] = {}
    if any(name.lower() == "content-type" and is_whole_event(value or b"") for name, value in headers):
        return {}
    for header, value in headers:
        if not header.startswith(_PREFIX) or value is None:
            continue
        name = header[len(_PREFIX) :]
        if attributes.setdefault(name, value) != value:
            raise ValueError(f"the header {header} stands twice, with different values: send it once")
    if "specversion" not in attributes:
        return {}
    return {name: _text(name, value) for name, value in attributes.items()}


def sighting_fields(told: object, attributes: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields of a sighting: of the data of an event with its source and id, or of a plain object.

    ``attributes`` are those of binary mode; without any an object with ``specversion`` is an event. An attribute that
    is null or blank is absent. Raises ValueError with a sentence when there is no object with fields.
    """
    event: Mapping[str, Any] = attributes
    data, what = told, "this"
    if not attributes and isinstance(told, dict) and "specversion" in told:
        event, data, what = told, _data(told), "the data of the event"
    if event and not str(event["specversion"]).startswith("1."):
        raise ValueError(f"specversion {event['specversion']!r} is not read: send CloudEvents 1.0")
    if isinstance(data, dict):
        return {**data, **{name: event[name] for name in _IDENTITY if not is_blank(event.get(name))}}
    raise ValueError(not_an_object(data, what))


def is_whole_event(content_type: bytes) -> bool:
    """Whether a content type says that a value is an event or a batch of events, its attributes included."""
    return content_type.strip().lower().startswith(b"application/cloudevents")


def is_blank(value: object) -> bool:
    """Whether a value says nothing: null, or a text without a character that is no space."""
    return value is None or (isinstance(value, str) and not value.strip())


def _data(event: Mapping[str, Any]) -> object:
    encoded, data = event.get("data_base64"), event.get("data")
    if encoded is None:
        if data is None:
            raise ValueError("the CloudEvent has no `data` member with the sighting as a JSON object")
        return data
    if data is not None:
        raise ValueError("the CloudEvent has `data` and `data_base64`: send one of them")
    kind = event.get("datacontenttype")
    if not is_blank(kind) and not (isinstance(kind, str) and _JSON.fullmatch(kind)):
        raise ValueError(f"the data of the event is {str(kind)!r}: send application/json")
    try:
        value = base64.b64decode(encoded if isinstance(encoded, str) else b"?", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("`data_base64` is no base64: send the sighting as `data`, a JSON object") from error
    try:
        return read_json(value)
    except ValueError as error:
        raise ValueError(f"`data_base64`: {error}") from error


def _text(name: str, value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"the header {_PREFIX}{name} is not UTF-8") from error
