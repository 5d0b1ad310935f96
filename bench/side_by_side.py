"""``make bench ARGS="--only before"``: an earlier commit and the current version, in turns on the same Kafka.

The timed rounds use the workload and the topics of the race. The order in which presence receives evidence differs
there from run to run, and with it the ids of alerts. A further round therefore has topics of one partition, where the
order is always the same: both versions must then write the same alerts.

``make bench ARGS="--only hot"`` compares the hot workloads with the spread one, in the current version only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import Any

from pydantic_core import from_json
from rich.console import Console
from rich.table import Table

from bench.broker import LagMonitor
from bench.contenders import before
from bench.contenders.registry import OURS, Contender, Run, firstseen
from bench.hot import WORKLOADS, workload
from bench.processes import ContenderError
from bench.race import run
from bench.report import Lap
from bench.workload import PARTITIONS
from schemas.topics import ALERTS

BASELINE = "spread-corrected"
FLATNESS_TARGET = 1.3
RATIO_TARGET = 3.0
_SECONDS_PER_RECORD = 0.1
"""A run may take this long for each record, so that a version whose cost grows with a hot day still ends."""
_SHOWN = 5


@dataclass(slots=True)
class Found:
    """What a run leaves behind."""

    alerts: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The last event of each alert, by alert id."""
    events: int = 0
    topics: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Bytes of keys and values of each topic, without prefix: as written, and after compaction."""
    state_bytes: int = 0
    """Bytes of the files of the workers."""

    def inspect(self, this: Run, monitor: LagMonitor) -> None:
        """Read the topics of a run, and the sizes of its files."""
        for topic in monitor.topics():
            if not topic.startswith(f"{this.prefix}."):
                continue
            records = list(monitor.read(topic))
            written = sum(len(key) + len(value) for key, value in records)
            latest = dict(records).items() if monitor.is_compacted(topic) else records
            self.topics[topic.removeprefix(f"{this.prefix}.")] = written, sum(len(k) + len(v) for k, v in latest if v)
            if topic == ALERTS.full_name(this.prefix):
                events = [from_json(value) for _, value in records]
                self.events = len(events)
                self.alerts = {event["alert_id"]: event for event in sorted(events, key=_revision)}
        files = (file for file in this.folder.rglob("*") if file.is_file() and file.name != "output.log")
        self.state_bytes = sum(file.stat().st_size for file in files)


def compare(bootstrap: str, rounds: int, backlog: int, console: Console, failures: list[str]) -> dict[str, Any]:
    """Return laps, ratios, alerts and sizes of both versions; differences between the alerts are failures."""
    try:
        versions = [before.prepare(), firstseen()]
    except before.UnavailableError as error:
        failures.append(str(error))
        console.print(str(error))
        return {}
    laps: dict[str, list[Lap | None]] = {version.name: [] for version in versions}
    for number in range(rounds):
        for version in versions if number % 2 == 0 else versions[::-1]:
            prefix = f"bench-{number + 1}-{version.name}"
            lap = _lap(version, bootstrap, prefix, "spread", backlog, console, failures)
            laps[version.name].append(lap)
    found = {version.name: Found() for version in versions}
    checked = {
        version.name: _lap(
            version, bootstrap, f"bench-check-{version.name}", BASELINE, backlog, console, failures,
            partitions=1, found=found[version.name],
        )
        for version in versions
    }  # fmt: skip
    result: dict[str, Any] = {
        "commit": before.COMMIT,
        "rounds": {name: [_described(lap) for lap in ran] for name, ran in laps.items()},
        "ratios": ratios(laps[before.NAME], laps[OURS]),
        "one_partition": {name: _described(lap) for name, lap in checked.items()},
        "one_partition_ratios": ratios([checked[before.NAME]], [checked[OURS]]),
    }
    if all(checked.values()):
        compared = differences(found[before.NAME].alerts, found[OURS].alerts)
        failures += [f"alerts differ: {difference}" for difference in compared[:_SHOWN]]
        result["alerts"] = {name: {"alerts": len(each.alerts), "events": each.events} for name, each in found.items()}
        result["differences"] = len(compared)
        result["bytes_per_sighting"] = {
            name: _sizes(each, backlog + version.warm_up)
            for version, (name, each) in zip(versions, found.items(), strict=True)
        }
    return result


def hot(bootstrap: str, rounds: int, backlog: int, console: Console, failures: list[str]) -> dict[str, Any]:
    """Return laps and flatness of the hot workloads: CPU and wall time divided by those of the spread one."""
    names = [name for name in WORKLOADS if name != "spread"]
    laps: dict[str, list[Lap | None]] = {name: [] for name in names}
    for number in range(rounds):
        for name in names:
            prefix = f"bench-{number + 1}-{name}"
            laps[name].append(_lap(firstseen(), bootstrap, prefix, name, backlog, console, failures))
    return {
        "rounds": {name: [_described(lap) for lap in ran] for name, ran in laps.items()},
        "flatness": {name: ratios(laps[name], laps[BASELINE]) for name in names if name != BASELINE},
    }


def ratios(slow: Sequence[Lap | None], fast: Sequence[Lap | None]) -> dict[str, float]:
    """Return the median over the rounds of wall and CPU time of the first divided by those of the second."""
    both = [(a, b) for a, b in zip(slow, fast, strict=True) if a and b]
    if not both:
        return {}
    return {
        "wall": round(median(a.seconds / b.seconds for a, b in both), 2),
        "cpu": round(median(a.cpu_seconds / b.cpu_seconds for a, b in both if b.cpu_seconds), 2),
    }


def differences(old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return in words which alerts only one version has, and which have another final state."""
    found = [f"{before.NAME} alone has {_in_words(old[alert_id])}" for alert_id in sorted(old.keys() - new.keys())]
    found += [f"{OURS} alone has {_in_words(new[alert_id])}" for alert_id in sorted(new.keys() - old.keys())]
    for alert_id in sorted(old.keys() & new.keys()):
        was, now = _in_words(old[alert_id]), _in_words(new[alert_id])
        if was != now:
            found.append(f"{before.NAME} has {was}, {OURS} has {now}")
    return found


def tables(result: Mapping[str, Any]) -> Iterable[Table]:
    """Return the tables for the terminal."""
    if compared := result.get("before"):
        shown = Table(f"commit {compared['commit']} and now", *_COLUMNS)
        for name in compared["rounds"]:
            _add_laps(shown, f"{name}, {PARTITIONS} partitions", compared["rounds"][name])
            _add_laps(shown, f"{name}, 1 partition, corrected", [compared["one_partition"][name]])
        for label, key in (("ratio", "ratios"), ("ratio, 1 partition", "one_partition_ratios")):
            if found := compared[key]:
                shown.add_row(label, f"{found['wall']:.2f} x", f"{found['cpu']:.2f} x", f"target {RATIO_TARGET:g} x")
        yield shown
        if sizes := compared.get("bytes_per_sighting"):
            yield _size_table(sizes)
    if flat := result.get("hot"):
        shown = Table("workload", *_COLUMNS)
        for name, laps in flat["rounds"].items():
            _add_laps(shown, name, laps)
        for name, found in flat["flatness"].items():
            if found:
                columns = f"{found['wall']:.2f}", f"{found['cpu']:.2f}", f"at most {FLATNESS_TARGET:g}"
                shown.add_row(f"flatness, {name}", *columns)
        yield shown


_COLUMNS = ("wall us/sighting", "CPU us/sighting", "alert events")


def _add_laps(shown: Table, label: str, laps: Sequence[Mapping[str, float] | None]) -> None:
    if done := [lap for lap in laps if lap]:
        wall, cpu = (median(lap[key] for lap in done) for key in ("wall_us", "cpu_us"))
        shown.add_row(label, f"{wall:,.0f}", f"{cpu:,.0f}", f"{done[0]['alerts']:,}")


def _size_table(sizes: Mapping[str, Mapping[str, Any]]) -> Table:
    shown = Table("bytes/sighting", *(f"{name}, {when}" for name in sizes for when in ("written", "compacted")))
    topics = dict.fromkeys(topic for each in sizes.values() for topic in each["topics"])
    for topic in topics:
        pairs = [each["topics"].get(topic, (0, 0)) for each in sizes.values()]
        if any(written >= 1 for written, _ in pairs):
            shown.add_row(topic, *(f"{size:,.0f}" for pair in pairs for size in pair))
    shown.add_section()
    shown.add_row("all topics", *(f"{sum(column):,.0f}" for each in sizes.values() for column in _columns(each)))
    shown.add_row("workers' files", *(text for each in sizes.values() for text in (f"{each['workers']:,.0f}", "")))
    return shown


def _columns(sizes: Mapping[str, Any]) -> Iterable[Iterable[float]]:
    return zip(*sizes["topics"].values(), strict=True)


def _lap(
    version: Contender,
    bootstrap: str,
    prefix: str,
    name: str,
    backlog: int,
    console: Console,
    failures: list[str],
    *,
    partitions: int = PARTITIONS,
    found: Found | None = None,
) -> Lap | None:
    inspect = {"inspect": found.inspect} if found else {}
    try:
        lap = run(
            version, bootstrap, prefix, partial(workload, name), backlog,
            partitions=partitions, seconds=60 + backlog * _SECONDS_PER_RECORD, **inspect,
        )  # fmt: skip
    except (ContenderError, before.UnavailableError) as error:
        failures.append(f"{prefix}: {error}")
        console.print(failures[-1])
        return None
    console.print(
        f"{prefix}: {name}, {lap.seconds / lap.records * 1e6:,.0f} us and {lap.cpu_us:,.0f} us of CPU a sighting"
    )
    return lap


def _described(lap: Lap | None) -> dict[str, Any] | None:
    if lap is None:
        return None
    wall_us = round(lap.seconds / lap.records * 1e6, 1)
    return {
        "wall_us": wall_us, "cpu_us": round(lap.cpu_us, 1), "records": lap.records,
        "evidence": lap.evidence, "alerts": lap.alerts,
    }  # fmt: skip


def _sizes(found: Found, sightings: int) -> dict[str, Any]:
    topics = {name: tuple(round(size / sightings, 1) for size in sizes) for name, sizes in found.topics.items()}
    return {"topics": topics, "workers": round(found.state_bytes / sightings, 1)}


def _revision(event: Mapping[str, Any]) -> int:
    revision: int = event["revision"]
    return revision


def _in_words(event: Mapping[str, Any]) -> str:
    return (
        f"{event['kind']} {event['alert_id']}: {event['group']} in {event['country']}, {event['first_day']} to "
        f"{event['last_day']}, revision {event['revision']}, {event['status']}"
    )
