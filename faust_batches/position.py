"""The rows of a position table: the next offset of a partition and the identity of its state. One JSON row each."""

from __future__ import annotations

from typing import Annotated, Any, Self

from msgspec import Meta, Struct, field, json, structs

_Natural = Annotated[int, Meta(ge=0)]
_Positive = Annotated[int, Meta(gt=0)]


class StateIdentity(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Topics and settings that the state of a partition was made with. A worker starts only if they are unchanged."""

    input_id: str
    """Kafka's id of the input topic. A topic that is recreated under the same name has another id."""
    table_ids: dict[str, str]
    """Kafka's ids of the table topics, by name."""
    partitions: _Positive
    """The number of partitions of every topic."""
    format: _Positive = 1
    """Version of the row format."""
    policy: dict[str, str] = field(default_factory=dict)
    """Settings that decide what the fold computes, each as text."""
    rebuilding: bool = False
    """True while a rebuild computes the tables: they are incomplete."""
    exceeds_input: bool = False
    """True if the tables have results of records that the input topic has lost: a rebuild would lose them."""

    def replace(self, **values: Any) -> Self:
        """Return a copy with other values, which are not validated."""
        return structs.replace(self, **values)


class Position(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The input position of a partition. Each batch writes it in its transaction."""

    next_offset: _Natural
    """The next input offset to process."""
    state: StateIdentity | None = None
    """The identity of the state; None: a version that did not record it wrote the row."""

    @property
    def format(self) -> int:
        """Version of the row format; 1 if it was not recorded."""
        return self.state.format if self.state else 1

    def to_bytes(self) -> bytes:
        """Return the row as UTF-8 JSON; fields with their default are left out."""
        return json.encode(self)

    @classmethod
    def from_bytes(cls, row: bytes) -> Self:
        """Decode a row and ignore unknown fields. Raises ValueError for anything else."""
        return json.decode(row, type=cls)
