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
from streams.io.kafka_config import KafkaConfig
from streams.io.topic_admin import TopicSettings, apply

_LONGEST_SECONDS = 180.0
_LOOK_SECONDS = 0.05


def run(
    contender: Contender, bootstrap: str, prefix: str, workload: Callable[[int], list[KeyedRecord]], backlog: int
) -> Lap:
    """Run a contender once, on topics of its own. Raises ContenderError."""
    apply(KafkaConfig(bootstrap), TopicSettings(prefix=prefix, partitions=PARTITIONS))
    timed = int(backlog * contender.share)
    records = workload(contender.warm_up + timed)
    topic = SIGHTINGS.full_name(prefix)
    with tempfile.TemporaryDirectory(prefix="firstseen-bench-") as name:
        folder = Path(name)
        this = Run(bootstrap, prefix, folder)
        hops = contender.hops(this)
        monitor = LagMonitor(bootstrap)
        feed(bootstrap, topic, records[: contender.warm_up])
        with ContenderProcesses(contender.commands(this), contender.environment(this), folder) as processes:
            wait_until_done(monitor, hops, processes)
            _wait_until_joined(monitor, hops, contender.members, processes)
            processes.freeze()
            feed(bootstrap, topic, records[contender.warm_up :])
            processes.thaw()
            begin = time.monotonic()
            end = wait_until_done(monitor, hops, processes)
        counts = monitor.count(EVIDENCE.full_name(prefix)), monitor.count(ALERTS.full_name(prefix))
        monitor.sweep()
        monitor.close()
    return Lap(timed / (end - begin), timed, *counts)


def _wait_until_joined(monitor: LagMonitor, hops: Sequence[Hop], members: int, processes: ContenderProcesses) -> None:
    deadline = time.monotonic() + _LONGEST_SECONDS
    while missing := [hop.group for hop in hops if monitor.members(hop.group) < members]:
        processes.check()
        if time.monotonic() > deadline:
            raise ContenderError(f"{', '.join(missing)}: fewer than {members} joined. {processes.last_lines()}")
        time.sleep(_LOOK_SECONDS)


def wait_until_done(
    monitor: LagMonitor, hops: Sequence[Hop], processes: ContenderProcesses, seconds: float = _LONGEST_SECONDS
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
