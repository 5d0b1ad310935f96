"""How far a stage has come in what it reads, in a table of its own such as ``intake-positions``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, NonNegativeInt, PositiveInt

from schemas.limits import MaxLength
from schemas.record import Record

STATE_FORMATS = {"intake": 1, "presence": 2, "dispatch": 1, "slack": 1}
"""By stage: grows when it can no longer read the rows that an earlier version wrote. ``presence`` 2: its rows are keyed
by names in the form in which they are compared."""

Text = Annotated[str, MaxLength(100)]


class StateIdentity(Record):
    """What the state of a partition belongs to. A stage starts only where all of it still holds."""

    input_id: Text
    """Kafka's id of the topic that the stage reads: a topic that is made anew under the same name has another."""
    table_ids: Annotated[dict[Text, Text], MaxLength(10)]
    """Kafka's ids of the topics of its tables, by name."""
    partitions: PositiveInt
    """How many partitions every topic has."""
    format: PositiveInt = 1
    """Version of the rows."""
    policy: Annotated[dict[Text, Text], MaxLength(20)] = Field(default_factory=dict)
    """The settings that decide what the stage computes, each as text; long ones as a hash."""
    rebuilding: bool = False
    """True while `firstseen rebuild` computes the tables: they are not whole."""


class Position(Record):
    """How far the owner of one partition has come. Written with each batch, in its transaction."""

    next_offset: NonNegativeInt
    """The offset in what the stage reads up to which everything is done, itself out."""
    state: StateIdentity | None = None
    """What the state belongs to; None: written by a version that did not keep it."""
