"""Base class of every record: an immutable model that is written to and read from JSON bytes."""

from __future__ import annotations

from functools import cache
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict

_set = object.__setattr__


class Record(BaseModel):
    """Value of a record on a topic.

    Unknown fields are ignored, so that older readers work with newer writers during a rolling upgrade. Input from
    producers is stricter (:class:`schemas.sighting.Sighting`).
    """

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True, ser_json_inf_nan="null")

    def to_bytes(self) -> bytes:
        """Return the record as UTF-8 JSON without fields that are None."""
        return self.__pydantic_serializer__.to_json(self, exclude_none=True)

    @classmethod
    def from_bytes(cls, value: bytes) -> Self:
        """Parse JSON from :meth:`to_bytes` of this or a newer version. Unknown fields are ignored at every level.

        Raises pydantic's ValidationError for anything else.
        """
        record: Self = cls.__pydantic_validator__.validate_json(value, extra="ignore")
        return record

    @classmethod
    def model_construct(cls, _fields_set: set[str] | None = None, **values: Any) -> Self:  # type: ignore[override]
        """Build a record from validated values and field defaults. Fields with a default factory must be given.

        Pydantic's own method loops over all fields and their aliases in Python and takes eight times as long, more than
        parsing a sighting. Records have no aliases. Pydantic's mypy plugin still checks the arguments, because it
        generates this signature for every record.
        """
        # Defaults come first, which keeps the fields in their declared order.
        return _record(cls, {**_defaults(cls), **values}, set(values) if _fields_set is None else _fields_set)

    def replace(self, **values: Any) -> Self:
        """Return a copy with some values replaced. The values must be valid; they are not checked."""
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
