"""The contenders: how each is run, what it reads, what it writes for an event, and how it restores its state."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.contenders.rules import HOPS, HORIZON_DAYS
from schemas.topics import EVIDENCE, SIGHTINGS, STAGES, Stage
from streams.io.kafka_config import KafkaConfig
from streams.io.topic_admin import TopicSettings, apply

OURS, OURS_IN_TWO_HOPS = "firstseen", "firstseen_two_hops"
"""All four stages, and only the two whose work all contenders do."""


@dataclass(frozen=True, slots=True)
class Hop:
    """A consumer group and the topic that it must read to the end."""

    group: str
    topic: str


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one contender."""

    bootstrap: str
    prefix: str
    """Prefix of all its topics and groups."""
    folder: Path
    """Folder for its files; empty at the start."""


def _create_topics(run: Run, partitions: int) -> None:
    apply(KafkaConfig(run.bootstrap), TopicSettings(prefix=run.prefix, partitions=partitions))


@dataclass(frozen=True, slots=True)
class Contender:
    """A program that processes both hops."""

    name: str
    commands: Callable[[Run], Sequence[Sequence[str]]]
    """Commands of its processes."""
    hops: Callable[[Run], Sequence[Hop]]
    """The hops in the order of the path."""
    writes: str
    """What it writes for an event in addition to its outputs."""
    restores: str
    """Whether and how it restores its state."""
    rules: str = "Firstseen's own"
    environment: Callable[[Run], Mapping[str, str]] = field(default=lambda _: {})
    share: float = 1.0
    """Share of the backlog: slow contenders get less, so that their rounds take about as long."""
    warm_up: int = 1_000
    """Records before the clock starts."""
    members: int = 1
    """How many of its processes must join the group of each hop before the clock starts."""
    create_topics: Callable[[Run, int], None] = field(default=_create_topics)
    """Creates the topics of a run, with a number of partitions."""


def firstseen(workers: int = 1, name: str = OURS, stages: Sequence[Stage] = tuple(STAGES)) -> Contender:
    """Return Firstseen with a number of workers for each of some stages."""
    return Contender(
        name,
        lambda _: [[sys.executable, "-m", "firstseen", "worker", stage, "--quiet"] for stage in stages] * workers,
        lambda run: [Hop(f"{run.prefix}.{stage}", STAGES[stage].full_name(run.prefix)) for stage in stages],
        "one row for each changed row of a batch of up to 2,000 records, in the batch's one transaction",
        "yes, in bulk when a partition is assigned",
        environment=installed,
        members=workers,
    )


def python(module: str, writes: str, restores: str, *, share: float = 1.0) -> Contender:
    """Return a contender with one process per hop, from ``bench/contenders/<module>.py``."""
    return Contender(
        module.removesuffix("_loop"),
        lambda run: [
            [sys.executable, "-m", f"bench.contenders.{module}", stage, run.bootstrap, run.prefix, str(run.folder)]
            for stage in HOPS
        ],
        lambda run: [Hop(f"{run.prefix}.{stage}", STAGES[stage].full_name(run.prefix)) for stage in HOPS],
        writes,
        restores,
        share=share,
    )


def contenders() -> list[Contender]:
    """Return all contenders except Kafka Streams, which must be downloaded and compiled first."""
    return [
        firstseen(),
        firstseen(name=OURS_IN_TWO_HOPS, stages=HOPS),
        python(
            "confluent_loop",
            "one row for each changed row of a fetch of up to 4,000 records, in the fetch's one transaction",
            "yes, when a partition is assigned",
        ),
        python(
            "aiokafka_loop",
            "one row for each changed row of a fetch of up to 4,000 records, in the fetch's one transaction",
            "yes, when a partition is assigned",
        ),
        python(
            "idiomatic_faust",
            "one row for each changed row of each event; at least once, no transaction",
            "yes, Faust's recovery of its tables",
            share=0.25,
        ),
        python(
            "quix",
            "one row for each changed row of a checkpoint of half a second, in the checkpoint's one transaction",
            "yes, from its changelog topics into RocksDB",
            share=0.5,
        ),
    ]


def kafka_streams(command: Sequence[str], countries: Path, warm_up: int) -> Contender:
    """Return Kafka Streams, given its command and its table of countries."""

    def hops(run: Run) -> list[Hop]:
        group = f"{run.prefix}.streams"
        return [Hop(group, topic.full_name(run.prefix)) for topic in (SIGHTINGS, EVIDENCE)]

    return Contender(
        "kafka_streams",
        lambda run: [[*command, run.bootstrap, run.prefix, str(run.folder), str(countries)]],
        hops,
        "one row for each put of each event, in a transaction every 100 ms (exactly_once_v2)",
        "yes, from its changelog topics",
        rules="a reduced job in Java: JSON, required fields, country by table, dedupe, counts, first appearances",
        warm_up=warm_up,
    )


def pathway(interpreter: Path, countries: Path, warm_up: int) -> Contender:
    """Return Pathway, given the Python of its environment and the table of countries."""
    program = str(Path(__file__).with_name("pathway_job.py"))
    return Contender(
        "pathway",
        lambda run: [[str(interpreter), program, stage, run.bootstrap, run.prefix, str(countries)] for stage in HOPS],
        lambda run: [Hop(f"{run.prefix}.{stage}", STAGES[stage].full_name(run.prefix)) for stage in HOPS],
        "nothing: at least once, no transaction, its persistence is off",
        "no",
        rules="the reduced job of kafka_streams, in Python functions on a Rust engine",
        warm_up=warm_up,
    )


def installed(run: Run) -> Mapping[str, str]:
    """Return the settings of a run of Firstseen."""
    return {
        "FIRSTSEEN_KAFKA": run.bootstrap,
        "FIRSTSEEN_PREFIX": run.prefix,
        "FIRSTSEEN_STATE_DIR": str(run.folder),
        "FIRSTSEEN_HORIZON_DAYS": str(HORIZON_DAYS),
    }
