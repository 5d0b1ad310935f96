"""What a batch worker is given: names, clients, tables, limits, and the words of the application's own errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faust_batches.step import Failed, Outgoing, TableTopic, Topic

Client = Callable[[], Mapping[str, Any]]
"""Gives the connection arguments that aiokafka and kafka-python share, such as ``bootstrap_servers``. It is called for
each new client, so that renewed certificates are read."""

DeadLetters = Callable[[Sequence[Failed], int], list[Outgoing]]
"""Gives the records to write for records that a fold failed on, in a partition of that number."""


@dataclass(frozen=True, slots=True)
class Remedies:
    """What the messages of errors tell an operator to do. Each is a clause or a sentence of the application."""

    unreachable: str = "Check that it is running and that the client's settings are right."
    missing_topic: str = "create it"
    rebuild: str = "a rebuild"
    """Names the command that computes the tables again (:mod:`faust_batches.rebuild`)."""
    new_input: str = "a rebuild with new_input=True"
    """Names the command that keeps the tables and starts at the first record of a new input."""
    new_names: str = "Start again with new topics and a new group."
    """For state that cannot be used with the number of partitions that the topics have."""
    other_version: str = "another version of the application"
    folder: str = "Give the worker another folder."
    """For a state folder that cannot be used."""


@dataclass(frozen=True, slots=True)
class BatchConfig:
    """What the library needs to know of a worker."""

    name: str
    """Names the worker in logs and errors."""
    group: str
    """The consumer group, Faust's app id, and the beginning of transactional ids."""
    client: Client
    input_topic: str
    """Full name of the topic whose records become batches."""
    tables: tuple[TableTopic, ...]
    """Compacted topics with as many partitions as the input, written by this group alone."""
    positions: Topic
    """The compacted topic in which the group keeps its input positions; it has the same number of partitions."""
    folder: Path
    """Where tables on disk are stored."""
    topic_name: Callable[[Topic], str] = lambda topic: topic.name
    """Gives the full name of a topic."""
    dead_letters: DeadLetters | None = None
    """None: a record that the fold fails on ends the process."""
    input_bytes: int = 2**20
    """The most bytes of an input value that are read; longer values are cut."""
    batch_records: int = 2000
    """The most records in one fetch and in one batch; while so many wait, no more are fetched."""
    state_format: int = 1
    """Version of the rows. Increase it when the code cannot read the rows of earlier versions."""
    policy: Mapping[str, str] = field(default_factory=dict)
    """Settings that decide what the fold computes. The state records them; a worker with others does not start."""
    session_seconds: int = 10
    """How long the group waits for a heartbeat of this worker before it reassigns its partitions."""
    transaction_seconds: int = 60
    """How long a transaction may take before Kafka aborts it."""
    instance: str | None = None
    """Static member name (``group.instance.id``, :mod:`faust_batches.membership`); None: a new member at each start."""
    remedies: Remedies = field(default_factory=Remedies)

    @property
    def stored(self) -> tuple[Topic, ...]:
        """Every topic that is restored: the tables, then the positions."""
        return (*self.tables, self.positions)
