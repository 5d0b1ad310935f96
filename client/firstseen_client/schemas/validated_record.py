"""Base class of records that producers and people write: pydantic validates each on construction."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict

_set = object.__setattr__


class ValidatedRecord(BaseModel):
    """Value from outside: a sighting, a group, a subscription, or a value within one of them.

    Records that Firstseen's own stages write need no validation on construction (:class:`schemas.record.Record`).
    Both bases read and write the same JSON.
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

    def replace(self, **values: Any) -> Self:
        """Return a copy with some values replaced. The values must be valid; they are not checked."""
        copy = type(self).__new__(type(self))
        _set(copy, "__dict__", {**self.__dict__, **values})
        _set(copy, "__pydantic_fields_set__", self.__pydantic_fields_set__ | values.keys())
        _set(copy, "__pydantic_extra__", None)
        _set(copy, "__pydantic_private__", None)
        return copy
