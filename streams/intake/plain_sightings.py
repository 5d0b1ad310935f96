"""Reads a plain sighting, as almost every one is, in half the time that its model takes.

A plain sighting is ASCII without escapes, and its members are already as the model stores them. Nothing is rejected
here: the model decides about every other record.
"""

from __future__ import annotations

from typing import Annotated, Any, TypedDict

from msgspec import Meta
from msgspec.json import Decoder

from schemas.codes import LONGEST_NAME, LONGEST_TITLE, LONGEST_URL, EvidenceKind
from schemas.days import parse_days
from schemas.sighting import LARGEST_REVISION, Sighting, parse_instant

_Name = Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)]


class _Members(TypedDict, total=False):
    source: _Name
    id: _Name
    revision: Annotated[int, Meta(ge=1, le=LARGEST_REVISION)]
    retracted: bool
    archival: bool
    group: _Name
    country: _Name
    admin1: _Name
    place: _Name
    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]
    occurred: str
    reported: str
    origin: _Name
    grade: Annotated[str, Meta(pattern=r"^[A-F][1-6]\Z")]
    evidence: EvidenceKind
    title: Annotated[str, Meta(min_length=1, max_length=LONGEST_TITLE)]
    url: Annotated[str, Meta(min_length=1, max_length=LONGEST_URL)]


_decode = Decoder(_Members).decode
_DEFAULTS = {name: field.default for name, field in Sighting.model_fields.items()}
_set = object.__setattr__


def read_plain(value: bytes) -> Sighting | None:
    """Return the sighting that the model would return; None if it is not plain, or not valid."""
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
