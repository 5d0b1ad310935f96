"""The configuration of a batch worker: names, clients, tables, limits, and the application's words in errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faust_batches.step import Failed, Outgoing, TableTopic, Topic

Client = Callable[[], Mapping[str, Any]]
"""Returns the connection arguments that aiokafka and kafka-python share, such as ``bootstrap_servers``. Called for each
new client, so that renewed certificates are read."""

DeadLetters = Callable[[Sequence[Failed], int], list[Outgoing]]
"""Returns the dead letters of failed records; the number is that of their partition."""


@dataclass(frozen=True, slots=True)
class Remedies:
    """What error messages tell an operator to do. Each is a clause or a sentence in the application's words."""

    unreachable: str = "Check that it is running and that the client's settings are right."
    missing_topic: str = "create it"
    recreate: str = "create it again"
    """Creates a table that was deleted."""
    rebuild: str = "a rebuild"
    """Names the command that recomputes the tables (:mod:`faust_batches.rebuild`)."""
    new_input: str = "a rebuild with new_input=True"
    """Names the command that keeps the tables and starts at the first record of a new input."""
    new_names: str = "Start again with new topics and a new group."
    """For state that was made with another number of partitions."""
    earlier_version: str = "an earlier version of the application"
    later_version: str = "a later version of the application"
    upgrade: str = "Stop its workers, and recompute the tables with a rebuild."
    """For state that an earlier version wrote: a sentence."""
    folder: str = "Give the worker another folder."
    """For a state folder that cannot be used."""


@dataclass(frozen=True, slots=True)
class BatchConfig:
    """The configuration of a worker."""

    name: str
    """The name of the worker in logs and errors."""
    group: str
    """The consumer group, Faust's app id, and the prefix of transactional ids."""
    client: Client
    input_topic: str
    """Full name of the topic whose records become batches."""
    tables: tuple[TableTopic, ...]
    """Compacted topics with as many partitions as the input. Only this group writes to them."""
    positions: Topic
    """The compacted topic of the group's input positions, with the same number of partitions."""
    folder: Path
    """Where tables on disk are stored."""
    topic_name: Callable[[Topic], str] = lambda topic: topic.name
    """Returns the full name of a topic."""
    dead_letters: DeadLetters | None = None
    """None: the process exits if the fold raises an error for a record."""
    input_bytes: int = 2**20
    """Size limit of an input value; longer values are truncated."""
    batch_records: int = 2000
    """The most records of a fetch and of a batch. Fetching pauses while the buffer holds that many."""
    state_format: int = 1
    """Version of the rows. Increase it when the code cannot read the rows of earlier versions."""
    policy: Mapping[str, str] = field(default_factory=dict)
    """Settings that decide what the fold computes. The state records them; a worker with others does not start."""
    session_seconds: int = 10
    """The group reassigns the partitions of this worker after this time without a heartbeat."""
    transaction_seconds: int = 60
    """Kafka aborts a transaction that takes longer."""
    instance: str | None = None
    """Static member name (``group.instance.id``, :mod:`faust_batches.membership`); None: a new member at each start."""
    remedies: Remedies = field(default_factory=Remedies)

    @property
    def stored(self) -> tuple[Topic, ...]:
        """Every topic that is restored: the tables, then the positions."""
        return (*self.tables, self.positions)
