"""The rows of a position table: the next offset of a partition and the identity of its state. One JSON row each."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt


class StateIdentity(BaseModel):
    """Topics and settings that the state of a partition was made with. A worker starts only if they are unchanged."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    input_id: str
    """Kafka's id of the input topic. A topic that is recreated under the same name has another id."""
    table_ids: dict[str, str]
    """Kafka's ids of the table topics, by name."""
    partitions: PositiveInt
    """The number of partitions of every topic."""
    format: PositiveInt = 1
    """Version of the row format."""
    policy: dict[str, str] = Field(default_factory=dict)
    """Settings that decide what the fold computes, each as text."""
    rebuilding: bool = False
    """True while a rebuild computes the tables: they are incomplete."""

    def replace(self, **values: Any) -> Self:
        """Return a copy with other values, which are not validated."""
        return self.model_copy(update=values)


class Position(BaseModel):
    """The input position of a partition. Each batch writes it in its transaction."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    next_offset: NonNegativeInt
    """The next input offset to process."""
    state: StateIdentity | None = None
    """The identity of the state; None: a version that did not record it wrote the row."""

    def to_bytes(self) -> bytes:
        """Return the row as UTF-8 JSON; fields that are None are left out."""
        return self.model_dump_json(exclude_none=True).encode()

    @classmethod
    def from_bytes(cls, row: bytes) -> Self:
        """Decode a row and ignore unknown fields. Raises pydantic's ValidationError for anything else."""
        return cls.model_validate_json(row)
