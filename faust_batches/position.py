"""The rows of a position table: how far a partition is, and what its state belongs to. JSON, one row per partition."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt


class StateIdentity(BaseModel):
    """What the state of a partition belongs to. A worker starts only if all of it still holds."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    input_id: str
    """Kafka's id of the input topic: a topic that is recreated under the same name has another."""
    table_ids: dict[str, str]
    """Kafka's ids of the table topics, by name."""
    partitions: PositiveInt
    """The number of partitions of every topic."""
    format: PositiveInt = 1
    """Version of the rows."""
    policy: dict[str, str] = Field(default_factory=dict)
    """Settings that decide what the fold computes, each as text."""
    rebuilding: bool = False
    """True while a rebuild computes the tables: they are incomplete."""

    def replace(self, **values: Any) -> Self:
        """Return a copy with other values, which are not validated."""
        return self.model_copy(update=values)


class Position(BaseModel):
    """How far the owner of one partition is. Written with each batch, in its transaction."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    next_offset: NonNegativeInt
    """The input offset up to which everything is done, exclusive."""
    state: StateIdentity | None = None
    """What the state belongs to; None: written by a version that did not record it."""

    def to_bytes(self) -> bytes:
        """Return the row as UTF-8 JSON; fields that are None are left out."""
        return self.model_dump_json(exclude_none=True).encode()

    @classmethod
    def from_bytes(cls, row: bytes) -> Self:
        """Read a row; unknown fields are ignored. Raises pydantic's ValidationError for anything else."""
        return cls.model_validate_json(row)
