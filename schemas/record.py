"""The base of every record: frozen, documented field by field, and bytes at both ends."""

from __future__ import annotations

from functools import cache
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict

_set = object.__setattr__


class Record(BaseModel):
    """A value of a topic.

    Unknown fields are ignored, so that an older reader lives with a newer writer during a rolling upgrade; what
    producers write is stricter (:class:`schemas.sighting.Sighting`).
    """

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True, ser_json_inf_nan="null")

    def to_bytes(self) -> bytes:
        """Return the record as UTF-8 JSON, as it stands in Kafka: what is None is left out."""
        return self.__pydantic_serializer__.to_json(self, exclude_none=True)

    @classmethod
    def from_bytes(cls, value: bytes) -> Self:
        """Read what :meth:`to_bytes` wrote, here or in a newer version: unknown fields are ignored at every depth.

        Raises pydantic's ValidationError on anything else.
        """
        record: Self = cls.__pydantic_validator__.validate_json(value, extra="ignore")
        return record

    @classmethod
    def model_construct(cls, _fields_set: set[str] | None = None, **values: Any) -> Self:  # type: ignore[override]
        """Return a record of values that were checked before, the rest by default; a list by default must be given.

        Pydantic's own walks through all fields in Python, with their aliases, and takes eight times as long: more than
        to read a sighting. Records have no aliases. The arguments are checked as before: pydantic's plugin for mypy,
        which wants to write this method itself, does so for every record.
        """
        # In the order of the fields, as they are written.
        return _record(cls, {**_defaults(cls), **values}, set(values) if _fields_set is None else _fields_set)

    def replace(self, **values: Any) -> Self:
        """Return the record with some values, which were checked before, in place of its own."""
        return _record(type(self), {**self.__dict__, **values}, self.__pydantic_fields_set__ | values.keys())


AnyRecord = TypeVar("AnyRecord", bound=Record)


def _record(cls: type[AnyRecord], values: dict[str, Any], fields_set: set[str]) -> AnyRecord:
    record = cls.__new__(cls)
    _set(record, "__dict__", values)
    _set(record, "__pydantic_fields_set__", fields_set)
    _set(record, "__pydantic_extra__", None)
    _set(record, "__pydantic_private__", None)
    return record


@cache
def _defaults(record: type[Record]) -> dict[str, Any]:
    return {name: field.default for name, field in record.model_fields.items()}
