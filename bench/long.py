"""``make bench ARGS="--only long"``: millions of sightings through all four stages; rate, memory and restart.

Sightings are written as fast as the workers process them, so that the lag stays below 200,000. Each step reports the
rate since the last step and the memory of every process. At the end all workers are killed and started again.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.broker import LagMonitor, feed
from bench.contenders.registry import Run, firstseen
from bench.processes import ContenderProcesses
from bench.race import wait_until_done
from bench.workload import PARTITIONS, sightings
from schemas.topics import SIGHTINGS
from streams.io.kafka_config import KafkaConfig
from streams.io.topic_admin import TopicSettings, apply

_PIECE = 50_000
_MAX_BEHIND = 200_000
_STEPS = 10
_A_DAY = 2_000
"""With this number, ten million sightings cover the years 2010 to 2023 and none lies in the future."""


def run(bootstrap: str, prefix: str, records: int, console: Console) -> dict[str, Any]:
    """Return ``{steps: [{records, events_per_s, memory_mib}], restart_s}``. Raises ContenderError."""
    apply(KafkaConfig(bootstrap), TopicSettings(prefix=prefix, partitions=PARTITIONS))
    contender, stream = firstseen(), sightings(a_day=_A_DAY)
    with tempfile.TemporaryDirectory(prefix="firstseen-bench-") as name:
        folder = Path(name)
        this = Run(bootstrap, prefix, folder)
        hops, monitor = contender.hops(this), LagMonitor(bootstrap)
        steps: list[dict[str, Any]] = []
        with ContenderProcesses(contender.commands(this), contender.environment(this), folder) as processes:
            began, written = time.monotonic(), 0
            for step in range(1, _STEPS + 1):
                until = records * step // _STEPS
                while written < until:
                    processes.check()
                    if monitor.left(hops[0]) + monitor.left(hops[1]) > _MAX_BEHIND:
                        time.sleep(0.2)
                        continue
                    piece = list(islice(stream, min(_PIECE, until - written)))
                    feed(bootstrap, SIGHTINGS.full_name(prefix), piece)
                    written += len(piece)
                took = wait_until_done(monitor, hops, processes, seconds=600) - began
                rate = (until - (steps[-1]["records"] if steps else 0)) / took
                steps.append(
                    {"records": until, "events_per_s": round(rate, 1), "memory_mib": _memory(processes.pids())}
                )
                console.print(f"{until:,} sightings: {rate:,.0f}/s, MiB {steps[-1]['memory_mib']}")
                began = time.monotonic()
            processes.kill()
        began = time.monotonic()
        with ContenderProcesses(contender.commands(this), contender.environment(this), folder) as processes:
            feed(bootstrap, SIGHTINGS.full_name(prefix), list(islice(stream, 100)))
            restart = wait_until_done(monitor, hops, processes, seconds=600) - began
        monitor.close()
    console.print(f"killed and started again: 100 more sightings were processed after {restart:.1f} s")
    return {"steps": steps, "restart_s": round(restart, 1)}


def _memory(pids: Sequence[int]) -> list[int]:
    pages = (int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) for pid in pids)
    return [page * os.sysconf("SC_PAGE_SIZE") // 2**20 for page in pages]
