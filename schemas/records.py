"""The base of every record: frozen, documented field by field, and bytes at both ends."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict


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
        """Read what :meth:`to_bytes` wrote. Raises pydantic's ValidationError on anything else."""
        return cls.model_validate_json(value)
