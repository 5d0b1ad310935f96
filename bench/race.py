"""A run of a contender: warm-up, then a backlog against the clock."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.broker import LagMonitor, feed
from bench.contenders.registry import Contender, Hop, Run
from bench.processes import ContenderError, ContenderProcesses
from bench.report import Lap
from bench.workload import PARTITIONS, KeyedRecord
from schemas.topics import ALERTS, EVIDENCE, SIGHTINGS

LONGEST_SECONDS = 180.0
_LOOK_SECONDS = 0.05


def run(
    contender: Contender,
    bootstrap: str,
    prefix: str,
    workload: Callable[[int], list[KeyedRecord]],
    backlog: int,
    *,
    partitions: int = PARTITIONS,
    seconds: float = LONGEST_SECONDS,
    inspect: Callable[[Run, LagMonitor], None] = lambda _, __: None,
) -> Lap:
    """Run a contender once, on topics of its own, for at most ``seconds``. Raises ContenderError.

    ``inspect`` is called at the end, when the processes have stopped and the topics still exist.
    """
    timed = int(backlog * contender.share)
    records = workload(contender.warm_up + timed)
    topic = SIGHTINGS.full_name(prefix)
    with tempfile.TemporaryDirectory(prefix="firstseen-bench-") as name:
        folder = Path(name)
        this = Run(bootstrap, prefix, folder)
        contender.create_topics(this, partitions)
        hops = contender.hops(this)
        monitor = LagMonitor(bootstrap)
        feed(bootstrap, topic, records[: contender.warm_up], partitions=partitions)
        with ContenderProcesses(contender.commands(this), contender.environment(this), folder) as processes:
            wait_until_done(monitor, hops, processes)
            _wait_until_joined(monitor, hops, contender.members, processes)
            processes.freeze()
            feed(bootstrap, topic, records[contender.warm_up :], contender.warm_up, partitions)
            cpu_before = processes.cpu_seconds()
            processes.thaw()
            begin = time.monotonic()
            end = wait_until_done(monitor, hops, processes, seconds)
            cpu_seconds = processes.cpu_seconds() - cpu_before
        counts = monitor.count(EVIDENCE.full_name(prefix)), monitor.count(ALERTS.full_name(prefix))
        inspect(this, monitor)
        monitor.sweep()
        monitor.close()
    return Lap(end - begin, timed, cpu_seconds, *counts)


def _wait_until_joined(monitor: LagMonitor, hops: Sequence[Hop], members: int, processes: ContenderProcesses) -> None:
    deadline = time.monotonic() + LONGEST_SECONDS
    while missing := [hop.group for hop in hops if monitor.members(hop.group) < members]:
        processes.check()
        if time.monotonic() > deadline:
            raise ContenderError(f"{', '.join(missing)}: fewer than {members} joined. {processes.last_lines()}")
        time.sleep(_LOOK_SECONDS)


def wait_until_done(
    monitor: LagMonitor, hops: Sequence[Hop], processes: ContenderProcesses, seconds: float = LONGEST_SECONDS
) -> float:
    """Return the time when the last hop was done. Raises ContenderError if that takes too long."""
    deadline = time.monotonic() + seconds
    left = list(hops)
    while left:
        processes.check()
        if monitor.left(left[0]) == 0:
            left.pop(0)
            continue
        if time.monotonic() > deadline:
            behind = {hop.topic: monitor.left(hop) for hop in left}
            raise ContenderError(f"not done after {seconds:.0f} s: {behind}. {processes.last_lines()}")
        time.sleep(_LOOK_SECONDS)
    return time.monotonic()
