"""The input position of a stage, in a table of its own such as ``intake-positions``.

The schema of the rows that :mod:`faust_batches.position` writes; a test compares their JSON.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import field
from pydantic import NonNegativeInt, PositiveInt

from schemas.limits import MaxLength
from schemas.record import Record

STATE_FORMATS = {"intake": 1, "presence": 3, "dispatch": 1, "slack": 1}
"""Version of the row format of each stage. Increase it when the stage can no longer read the rows of earlier versions;
`firstseen upgrade` then recomputes them. Rows without a recorded format have format 1. ``presence`` 2: normalised names
are the keys of its rows; 3: each sighting, day, episode and alert has a row of its own."""

Text = Annotated[str, MaxLength(100)]


class StateIdentity(Record):
    """Topics and settings that the state of a partition was made with. A stage starts only if they are unchanged."""

    input_id: Text
    """Kafka's id of the topic that the stage reads. A topic that is recreated under the same name has another id."""
    table_ids: Annotated[dict[Text, Text], MaxLength(20)]
    """Kafka's ids of the table topics, by name."""
    partitions: PositiveInt
    """Number of partitions of every topic."""
    format: PositiveInt = 1
    """Version of the row format."""
    policy: Annotated[dict[Text, Text], MaxLength(20)] = field(default_factory=dict)
    """Settings that decide what the stage computes, each as text; a long one as a hash."""
    rebuilding: bool = False
    """True while `firstseen rebuild` recomputes the tables, which are incomplete then."""


class Position(Record):
    """The input position of a partition. Each batch writes it in its transaction."""

    next_offset: NonNegativeInt
    """The next input offset to process."""
    state: StateIdentity | None = None
    """The identity of the state; None: a version that did not record it wrote the row."""
