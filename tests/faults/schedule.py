"""The schedule of faults, a pure function of the seed, so that a failed run can be repeated."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from schemas.topics import (
    ALERTS,
    AUDIENCES,
    DELIVERIES,
    EVIDENCE,
    LEDGER,
    PRESENCE,
    REJECTED,
    SEEN,
    STAGES,
    TABLES,
    VERSIONS,
    Stage,
)  # fmt: skip

Fault = Literal[
    "kill",
    "kill all",
    "freeze",
    "leave",
    "join",
    "wipe",
    "full disk",
    "kill broker",
    "latency",
    "cut",
    "refuse",
    "stall",
    "slack",
    "channel",
    "reject outputs",
    "poison",
]
FAULTS: tuple[Fault, ...] = get_args(Fault)
ChannelFailure = Literal["ratelimited", "status", "cut_before", "cut_after"]
_FAILURES: tuple[ChannelFailure, ...] = get_args(ChannelFailure)
_CHANNELS = ("email", "teams", "webhook")

WORKERS_PER_STAGE = 2
"""Workers at the start; faults keep at least one and at most three."""
MAX_WORKERS = 3
SESSION_SECONDS = 6
"""The shortest that Kafka allows."""
FROZEN_SECONDS = 8.0
"""Longer than a worker's session."""

_OFTEN: tuple[Fault, ...] = ("kill", "kill", "kill", "kill", "kill", "kill broker")
_DECK = FAULTS + _OFTEN
"""Dealt in a new order each time it is used up, so that even a short run has many kinds of faults."""
_BURST = 1500
_WRITTEN = [
    topic.name for topic in (REJECTED, EVIDENCE, ALERTS, DELIVERIES, VERSIONS, PRESENCE, SEEN, AUDIENCES, LEDGER)
]
_ON_DISK: tuple[Stage, ...] = tuple(stage for stage, tables in TABLES.items() if any(table.on_disk for table in tables))


@dataclass(frozen=True, slots=True)
class Step:
    """A fault."""

    pause: float
    """Seconds since the start of the previous fault."""
    fault: Fault
    target: str
    """A worker ``intake-0``, a stage, ``broker 1``, for the network a broker's number or ``all``, the name of a topic, for
    Slack its failure, or another channel and its failure."""
    seconds: float = 0.0
    """How long it lasts; the next may start meanwhile."""
    burst: int = 0
    """Sightings published at once just before it, so that it happens in the middle of a batch."""
    lead: float = 0.0
    """Seconds between the burst and the fault."""

    def __str__(self) -> str:
        """Return the fault in words."""
        lasting = f" for {self.seconds:.1f} s" if self.seconds else ""
        after = f", {self.lead:.2f} s after {self.burst} sightings at once" if self.burst else ""
        return f"{self.fault} {self.target}{lasting}{after}"


def schedule(seed: int, faults: int, brokers: int, *, slack: bool = True) -> list[Step]:
    """Return the faults of a run in order; without ``slack``, none of Slack and the other channels."""
    chance = random.Random(seed)
    present = {stage: [f"{stage}-{number}" for number in range(WORKERS_PER_STAGE)] for stage in STAGES}
    joined = dict.fromkeys(STAGES, WORKERS_PER_STAGE)
    deck = _dealt(chance, [fault for fault in _DECK if slack or fault not in {"slack", "channel"}])
    steps = []
    for _ in range(faults):
        pause, fault, stage = chance.uniform(0.5, 8.0), next(deck), chance.choice(list(STAGES))
        burst, lead = (_BURST, chance.uniform(0.05, 1.0)) if chance.random() < 0.5 else (0, 0.0)
        seconds = 0.0
        if fault == "join" and len(present[stage]) == MAX_WORKERS:
            fault = "leave"
        elif fault == "leave" and len(present[stage]) == 1:
            fault = "join"
        match fault:
            case "join":
                target = f"{stage}-{joined[stage]}"
                joined[stage] += 1
                present[stage].append(target)
            case "leave":
                target = chance.choice(present[stage])
                present[stage].remove(target)
            case "kill" | "freeze":
                target = chance.choice(present[stage])
                seconds = FROZEN_SECONDS if fault == "freeze" else 0.0
            case "kill all":
                target = stage
            case "wipe":
                target = chance.choice(_ON_DISK)
            case "full disk":
                target = chance.choice(present[chance.choice(_ON_DISK)])
                seconds = chance.uniform(4.0, 8.0)
            case "kill broker":
                target = f"broker {chance.randrange(brokers)}"
                seconds = chance.uniform(1.0, 8.0)
            case "latency" | "cut" | "refuse" | "stall":
                target = chance.choice([*map(str, range(brokers)), "all"])
                seconds = {
                    "latency": chance.uniform(3.0, 8.0),
                    "cut": 0.0,
                    "refuse": chance.uniform(1.0, 6.0),
                    # Sometimes longer than a worker's session and a producer's request timeout.
                    "stall": chance.choice([3.0, 17.0]),
                }[fault]
            case "reject outputs":
                target = chance.choice(_WRITTEN)
                seconds = chance.uniform(2.0, 6.0)
            case "poison":
                target = chance.choice([topic.name for topic in STAGES.values()])
            case "slack":
                target = chance.choice(_FAILURES)
            case "channel":
                target = f"{chance.choice(_CHANNELS)} {chance.choice(_FAILURES)}"
        steps.append(Step(pause, fault, target, seconds, burst, lead))
    return steps


def _dealt(chance: random.Random, deck: list[Fault]) -> Iterator[Fault]:
    while True:
        yield from chance.sample(deck, len(deck))
