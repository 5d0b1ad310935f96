"""Measures what a sighting costs in intake and presence, without Kafka: ``python -m bench.folds``.

Batches are folded, encoded and committed as in a worker, but to memory. Each workload is measured in a process of its
own, so that none inherits the memory of another. CPU time is measured, so other processes disturb little.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import pstats
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import process_time
from typing import TypedDict

from pydantic_core import from_json, to_json
from rich.console import Console
from rich.table import Table

from bench.contenders.rules import HOPS, HORIZON_DAYS
from bench.hot import WORKLOADS, workload
from bench.workload import KeyedRecord
from faust_batches.batch import Batch
from faust_batches.memory import MemoryWriter, partition_in_memory
from faust_batches.owned_partition import OwnedPartition
from faust_batches.position import StateIdentity
from faust_batches.record_batches import Fetched
from faust_batches.step import Fold, Incoming, Step, Tables, Topic
from faust_batches.tables import PartitionTables
from schemas.topics import QUARANTINE, STAGES, TABLES, Stage
from streams.intake.fold import fold as fold_sightings
from streams.io.kafka_config import KafkaConfig
from streams.io.stage_config import StageConfig
from streams.presence.fold import fold as fold_evidence
from streams.presence.policy import Policy

BASELINE = "spread-corrected"
"""The hot workloads are compared with it."""
_PREFIX = "bench"
_ARRIVED_MS = 1_700_000_000_000
_PROFILE_LINES = 40
_WARM_UP = 1_000
"""Records that are folded first and not counted: in a process that runs for days, names are cached and code is warm."""


class Cost(TypedDict):
    """Microseconds of CPU per sighting of a workload, and what a stage writes."""

    fold: float
    whole: float
    """With decoding, encoding and the tables."""
    last_quarter: float
    """As ``whole``, in the last quarter of the batches."""
    rows: float
    """Rows written per sighting."""
    row_bytes: float
    """Bytes of keys and values of rows per sighting."""


@dataclass(slots=True)
class Timed:
    """A fold that measures itself, and the batches that it folded."""

    fold: Fold
    seconds: float = 0.0
    batches: list[tuple[float, int]] = field(default_factory=list)
    """When each batch began, in CPU seconds, and its number of records."""

    def __call__(self, tables: Tables, records: Sequence[Incoming]) -> Step:
        """Fold a batch."""
        began = process_time()
        self.batches.append((began, len(records)))
        step = self.fold(tables, records)
        self.seconds += process_time() - began
        return step


def fold_of(stage: Stage) -> Fold:
    """Return the fold of a stage for a single partition."""
    if stage == "intake":
        return partial(fold_sightings, home_partition=lambda _: 0)
    return partial(fold_evidence, policy=Policy(horizon_days=HORIZON_DAYS))


def measure(
    records: Sequence[KeyedRecord], *, batch_records: int, on_disk: bool, profiled: Stage | None = None
) -> dict[Stage, Cost]:
    """Pass a workload through both stages. ``profiled`` names the stage whose profile is printed."""
    fetched = [_fetched("intake", offset, record.key, record.value) for offset, record in enumerate(records)]
    costs: dict[Stage, Cost] = {}
    for stage in HOPS:
        with tempfile.TemporaryDirectory(prefix="firstseen-bench-") as folder:
            config = StageConfig(stage, KafkaConfig(""), _PREFIX, Path(folder), batch_records=batch_records)
            profile = cProfile.Profile() if stage == profiled else None
            costs[stage], written = asyncio.run(_run(config, fetched, len(records), on_disk=on_disk, profile=profile))
        if profile:
            pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(_PROFILE_LINES)
        evidence = written.records[STAGES["presence"].full_name(_PREFIX), 0]
        fetched = [
            _fetched("presence", offset, key, value or b"") for offset, (key, value, _, _) in enumerate(evidence)
        ]
    return costs


async def _run(
    config: StageConfig, fetched: list[Fetched], sightings: int, *, on_disk: bool, profile: cProfile.Profile | None
) -> tuple[Cost, MemoryWriter]:
    writer, timed = MemoryWriter(), Timed(fold_of(config.stage))
    owned = _partition(config, writer, on_disk=on_disk)
    owned.receive(fetched)
    if profile:
        profile.enable()
    began = process_time()
    async with Batch(owned, asyncio.Semaphore(1), lambda: None) as batch:
        await batch.work(timed)
    ended = process_time()
    if profile:
        profile.disable()
    await owned.release()
    if failed := writer.records.get((QUARANTINE.full_name(config.prefix), 0)):
        raise RuntimeError(f"{config.stage} failed for {len(failed)} records, first {failed[0]}")
    micro = 1e6 / sightings
    quarter = timed.batches[len(timed.batches) * 3 // 4 :]
    share = sum(records for _, records in quarter) / len(fetched)
    tables = [topic.full_name(config.prefix) for topic in TABLES[config.stage]]
    rows = [record for name in tables for record in writer.records.get((name, 0), ())]
    cost = Cost(
        fold=timed.seconds * micro,
        whole=(ended - began) * micro,
        last_quarter=(ended - quarter[0][0]) * micro / share,
        rows=len(rows) / sightings,
        row_bytes=sum(len(key or b"") + len(value or b"") for key, value, _, _ in rows) / sightings,
    )
    return cost, writer


def _partition(config: StageConfig, writer: MemoryWriter, *, on_disk: bool) -> OwnedPartition:
    batches = config.batches()
    if not on_disk:
        return partition_in_memory(batches, writer)
    folders: dict[Topic, Path] = {topic: config.folder / topic.name for topic in TABLES[config.stage] if topic.on_disk}
    state = StateIdentity(input_id="memory", table_ids={}, partitions=1)
    return OwnedPartition(batches, 0, writer, PartitionTables.open(batches, 0, folders), state)


def _fetched(stage: Stage, offset: int, key: bytes | None, value: bytes) -> Fetched:
    topic = STAGES[stage].full_name(_PREFIX)
    return Fetched(topic, 0, offset, _ARRIVED_MS + offset, 0, key, value, None, -1, len(value), ())


def main() -> int:
    """Measure the chosen workloads and print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench.folds", description=__doc__)
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help=f"of {', '.join(WORKLOADS)}; all by default")
    parser.add_argument("--records", type=int, default=5_000, help="sightings of each workload")
    parser.add_argument("--batch", type=int, default=2_000, help="records of a batch at most; 1 is a quiet hour")
    parser.add_argument("--disk", action="store_true", help="keep large tables in RocksDB, as a worker does")
    parser.add_argument("--rounds", type=int, default=1, help="repeat, and report the fastest round")
    parser.add_argument("--profile", choices=HOPS, help="print the functions of a stage that take the most time")
    parser.add_argument("--json", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    chosen: list[str] = arguments.workloads or list(WORKLOADS)
    if unknown := set(chosen) - WORKLOADS.keys():
        parser.error(f"unknown workload {', '.join(sorted(unknown))}; choose from {', '.join(WORKLOADS)}")
    if arguments.json or arguments.profile:
        measure(workload(BASELINE, _WARM_UP), batch_records=arguments.batch, on_disk=False)
        records = workload(chosen[0], arguments.records)
        measured = measure(records, batch_records=arguments.batch, on_disk=arguments.disk, profiled=arguments.profile)
        if arguments.json:
            sys.stdout.buffer.write(to_json(measured))
        else:
            Console().print(_table({chosen[0]: measured}))
        return 0
    options = [f"--records={arguments.records}", f"--batch={arguments.batch}", *(["--disk"] if arguments.disk else [])]
    rounds = [{name: _in_a_process(name, options) for name in chosen} for _ in range(arguments.rounds)]
    Console().print(_table({name: min((costs[name] for costs in rounds), key=_whole) for name in chosen}))
    return 0


def _in_a_process(name: str, options: Sequence[str]) -> dict[Stage, Cost]:
    command = [sys.executable, "-W", "ignore", "-m", "bench.folds", name, "--json", *options]
    measured: dict[Stage, Cost] = from_json(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return measured


def _whole(costs: dict[Stage, Cost]) -> float:
    return sum(cost["whole"] for cost in costs.values())


def _table(measured: dict[str, dict[Stage, Cost]]) -> Table:
    shown = Table("us of CPU", "stage", "fold", "whole", "last 1/4", "rows", "bytes", "flatness")
    for name, costs in measured.items():
        for stage, cost in costs.items():
            shown.add_row(
                name, stage, f"{cost['fold']:.0f}", f"{cost['whole']:.0f}", f"{cost['last_quarter']:.0f}",
                f"{cost['rows']:.2f}", f"{cost['row_bytes']:.0f}",
            )  # fmt: skip
        flatness = _whole(costs) / _whole(measured[BASELINE]) if BASELINE in measured else None
        last_quarter = sum(cost["last_quarter"] for cost in costs.values())
        columns = f"{_whole(costs):.0f}", f"{last_quarter:.0f}", "", "", f"{flatness:.2f}" if flatness else ""
        shown.add_row("", "both", "", *columns, end_section=True)
    return shown


if __name__ == "__main__":
    sys.exit(main())
