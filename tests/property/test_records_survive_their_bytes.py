"""Law: a record that is written and read is the same record; pydantic and msgspec read and refuse the same values."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta
from msgspec.structs import fields
from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from schemas.group import Affiliation, Alias, Group, GroupsChange
from schemas.heartbeat import Heartbeat
from schemas.record import Record
from schemas.topics import TOPICS
from tests.support.examples import examples
from tests.support.tables import each_row

ARRIVED = datetime(2017, 11, 4, 12, tzinfo=UTC)

texts = st.text(st.characters(codec="utf-8"), max_size=8)
days = st.dates()
groups = st.builds(
    Group,
    id=st.sampled_from(["ISGS", "Ansar Dine"]),
    names=st.lists(st.builds(Alias, name=st.just("JNIM")), max_size=1).map(tuple),
    affiliations=st.lists(st.builds(Affiliation, parent=st.just("AQ"), since=st.none() | days), max_size=1).map(tuple),
)
LEAVES: dict[Any, st.SearchStrategy[Any]] = {
    str: texts,
    bytes: st.binary(max_size=8),
    bool: st.booleans(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    int: st.integers(-(2**63), 2**63 - 1),
    date: days,
    datetime: st.datetimes(timezones=st.just(UTC)),
    GroupsChange: st.builds(GroupsChange, put=st.lists(groups, max_size=2).map(tuple), remove=st.just(("IS",))),
}


def values(annotation: Any, meta: Meta | None = None) -> st.SearchStrategy[Any]:
    """Return the values that a field accepts."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return values(arguments[0], next((entry for entry in arguments[1:] if isinstance(entry, Meta)), None))
    if meta is not None and meta.pattern:
        return st.from_regex(meta.pattern)
    if meta is not None and annotation in {int, float}:
        least = meta.gt + 1 if meta.gt is not None else meta.ge
        bounds: dict[str, Any] = {"min_value": least, "max_value": meta.le if meta.le is not None else 2**53}
        return st.integers(**bounds) if annotation is int else st.floats(**bounds)
    if origin in {Union, UnionType}:
        return st.one_of(*map(values, arguments))
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is tuple:
        return st.lists(values(arguments[0]), max_size=2).map(tuple)
    if origin is dict:
        return st.dictionaries(values(arguments[0]), values(arguments[1]), max_size=2)
    if annotation is type(None):
        return st.none()
    if issubclass(annotation, Record):
        return records(annotation)
    return st.sampled_from(list(annotation)) if issubclass(annotation, Enum) else LEAVES[annotation]


def records(record: type[Record]) -> st.SearchStrategy[Record]:
    """Return all records of a class."""
    found = {field.name: values(annotation_of(record, field.name)) for field in fields(record)}
    return st.builds(record, **found)


def least(record: type[Record]) -> Record:
    """Return a record with only the required fields."""
    required = [field for field in fields(record) if field.required]
    return record(**{field.name: least_value(annotation_of(record, field.name)) for field in required})


def least_value(annotation: Any) -> Any:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        pattern = next((entry.pattern for entry in arguments[1:] if isinstance(entry, Meta)), None)
        return "ML" if pattern else 1 if arguments[0] is int else least_value(arguments[0])
    if origin is Literal:
        return arguments[0]
    if origin in {tuple, dict}:
        return origin()
    if issubclass(annotation, Record):
        return least(annotation)
    if issubclass(annotation, Enum):
        return next(iter(annotation))
    return {date: date(2017, 10, 31), datetime: ARRIVED}.get(annotation) or annotation()


def annotation_of(record: type[Record], name: str) -> Any:
    return next(base.__annotations__[name] for base in record.__mro__ if name in base.__annotations__)


def _records_in(annotation: Any) -> Iterator[type[Record]]:
    if isinstance(annotation, type) and issubclass(annotation, Record):
        yield annotation
        for field in fields(annotation):
            yield from _records_in(annotation_of(annotation, field.name))
    for inner in get_args(annotation):
        yield from _records_in(inner)


RECORDS = list(dict.fromkeys(record for topic in TOPICS for record in _records_in(topic.record)))


@each_row("record", RECORDS)
def test_a_record_that_is_written_and_read_is_the_same(record: type[Record]) -> None:
    @given(records(record))
    @examples(0.3)
    def check(written: Record) -> None:
        assert record.from_bytes(written.to_bytes()) == written
        full, short = to_json(written.to_json()), to_json(written.to_json(exclude_none=True))
        assert record.from_bytes(full) == record.from_bytes(short) == written, "as other versions write it"
        assert TypeAdapter(record).validate_json(full) == written

    check()


COMPARED = [record for record in RECORDS if record is not Heartbeat]
"""Heartbeats are not part of a replay: their bytes may depend on how they were made."""


@each_row("record", COMPARED)
def test_equal_records_have_equal_bytes(record: type[Record]) -> None:
    """msgspec omits a default only if it is the same object; a default that was read must be that object, too."""
    written = least(record)
    full = record.from_bytes(to_json(written.to_json()))
    assert full == written
    assert full.to_bytes() == written.to_bytes()


ODD: tuple[Any, ...] = (None, True, -1, 0, 1, 2**63, 2**70, 1.5, -0.5, "", "ML", "ml", "ML\n", "A1", "G1", "2017-10-31", "2017-10-31T12:00:00",
    "2017-10-31T12:00:00Z", "first_ever", "other", [], ["ML"], {}, {"a": 1})  # fmt: skip
FIELDS = [(record, field.name) for record in RECORDS for field in fields(record)]


@each_row(("record", "name"), FIELDS)
def test_pydantic_and_msgspec_refuse_the_same_values(record: type[Record], name: str) -> None:
    """Apart from a value that pydantic converts, such as an instant from a number: no record that we wrote has one."""
    valid, adapter = from_json(least(record).to_bytes()), TypeAdapter(record)
    for odd in ODD:
        value = to_json(valid | {name: odd})
        try:
            known: Record | None = record.from_bytes(value)
        except ValueError:
            known = None
        try:
            expected: Record | None = adapter.validate_json(value)
        except ValidationError:
            expected = None
        converted = expected and to_json(expected.to_json()[name]) != to_json(odd)
        assert known == expected or (known is None and converted), f"{odd!r}: {known} is not {expected}"
