"""The largest value that the fields of each record allow fits its topic."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, Literal, get_args, get_origin

import pytest
from annotated_types import MaxLen
from pydantic import AwareDatetime, BaseModel, StringConstraints

from schemas import area
from schemas.area import Area
from schemas.codes import CountryCode
from schemas.group import LARGEST_CHANGE_BYTES, Group
from schemas.limit_checks import declared, size_of
from schemas.limits import MaxBytes, MaxLength
from schemas.pydantic_models import pydantic_model
from schemas.record import AnyRecord, Record
from schemas.topics import REGROUPING, SIGHTINGS, SPREAD, TOPICS, Topic
from streams.intake.parse import LARGEST_BYTES, LARGEST_HEADERS_BYTES
from tests.support.tables import each_row

WORST = "\U0001d11e"
"""Four bytes of JSON, the maximum for a character: control characters, which take six, are rejected."""

FRAME_BYTES = 8_192
"""The key of a record, which is shorter than 4 KiB, and the overhead of a batch."""

GROWING = {SPREAD, REGROUPING}
"""Rows with the spreads of a group in a region, of which there is one for every three countries at most."""

BOUNDED_BY_INTAKE = {SIGHTINGS}
"""Intake rejects a record of more than 256 KiB."""

MEASURED = [topic for topic in TOPICS if topic not in GROWING | BOUNDED_BY_INTAKE]


class UnboundedError(AssertionError):
    pass


def largest(record: type[AnyRecord], cap: int | None = None) -> AnyRecord:
    """Return a record with every field at its limit, or at ``cap`` characters or entries if that is less."""
    values: dict[str, Any] = {}
    for name, field in pydantic_model(record).model_fields.items():
        annotation, metadata = declared(field.annotation, field.metadata)
        values[name] = _largest(f"{record.__name__}.{name}", annotation, metadata, cap)
    return record.model_construct(**values) if issubclass(record, BaseModel) else record(**values)


def _largest(where: str, annotation: Any, metadata: Sequence[object], cap: int | None) -> Any:
    most = _most(metadata, cap)
    if get_origin(annotation) is Literal:
        return max(get_args(annotation), key=len)
    if get_origin(annotation) is tuple:
        return _largest_tuple(where, get_args(annotation)[0], metadata, cap)
    if get_origin(annotation) is dict:
        keys, value = get_args(annotation)
        if isinstance(keys, type) and issubclass(keys, Enum):
            return {key: _largest(where, *declared(value), cap) for key in keys}
        if most is None:
            raise UnboundedError(f"{where} has no longest length: declare it with Longest")
        entry, longest = _largest(where, *declared(value), cap), _largest(where, *declared(keys), cap)
        return {f"{longest[:-1]}{chr(0x10000 + number)}": entry for number in range(most)}
    if annotation in {date, datetime, AwareDatetime}:
        return {date: date.max}.get(annotation, datetime(9999, 12, 31, 23, 59, 59, 999999, UTC))
    if annotation is bool:
        return False
    if annotation is int:
        return -(2**63)
    if annotation is float:
        return -1.7976931348623157e308
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return max(annotation, key=lambda member: len(member.value))
    if isinstance(annotation, type) and issubclass(annotation, AnyRecord):
        return largest(annotation, cap)
    if annotation is str and most is not None:
        return WORST * most
    if annotation is bytes and most is not None:
        return b"\xff" * most
    raise UnboundedError(f"{where} has no longest length: declare it with Longest")


def _largest_tuple(where: str, annotation: Any, metadata: Sequence[object], cap: int | None) -> tuple[Any, ...]:
    most = _most(metadata, cap)
    room = [limit.most_bytes for limit in metadata if isinstance(limit, MaxBytes)]
    if most is None and not room:
        raise UnboundedError(f"{where} has no longest length: declare it with Longest or Largest")
    if room and cap is None:
        entry = _largest(where, *declared(annotation), 1)
        return (entry,) * (room[0] // size_of(entry) + 1)
    return (_largest(where, *declared(annotation), cap),) * (1 if most is None else most)


def _most(metadata: Sequence[object], cap: int | None) -> int | None:
    found = [limit.most for limit in metadata if isinstance(limit, MaxLength)]
    found += [limit.max_length for limit in metadata if isinstance(limit, MaxLen)]
    found += [limit.max_length for limit in metadata if isinstance(limit, StringConstraints) and limit.max_length]
    return min([*found, *([cap] if cap else [])]) if found else None


@each_row("topic", MEASURED, ids=[topic.name for topic in MEASURED])
def test_the_largest_value_fits_its_topic(topic: Topic) -> None:
    size = len(largest(topic.record).to_bytes())

    assert size + FRAME_BYTES <= topic.largest_bytes, f"{topic.name}: {size:,} bytes; it takes {topic.largest_bytes:,}"


def test_a_record_that_is_forwarded_fits_its_topic_whatever_its_headers() -> None:
    assert LARGEST_BYTES + LARGEST_HEADERS_BYTES + FRAME_BYTES <= SIGHTINGS.largest_bytes


class Endless(Record):
    text: str


class Many(Record):
    texts: tuple[CountryCode, ...]


@each_row("record", [Endless, Many])
def test_a_field_without_a_longest_length_is_found(record: type[Record]) -> None:
    with pytest.raises(UnboundedError, match="has no longest length"):
        largest(record)


def test_the_largest_group_fits_a_change_of_groups() -> None:
    assert size_of(largest(Group)) <= LARGEST_CHANGE_BYTES
    assert size_of(largest(Area)) <= area.LARGEST_CHANGE_BYTES
