"""``make bench``: all contenders in turn, round by round; then the latency; then the result as a table and a file."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic_core import to_json
from rich.console import Console

from bench import latency, long, page
from bench.contenders import kafka_streams
from bench.contenders.registry import OURS, OURS_IN_TWO_HOPS, Contender, contenders, firstseen
from bench.contenders.registry import kafka_streams as streams_contender
from bench.feeding import publish_rate
from bench.processes import ContenderError
from bench.race import run
from bench.report import Lap, described, latencies, machine, ratios, table, versions
from bench.workload import first
from firstseen.local_kafka import LONG_RUNNING, LocalKafka

RESULT = Path(__file__).parent / "results" / "latest.json"


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is run."""

    rounds: int
    backlog: int
    """Records of one round."""
    java_warm_up: int
    """Records that Kafka Streams gets before the clock starts: Java compiles what it has seen often."""
    broker_warm_up: int
    """Records of a lap that does not count. A broker that has just started takes three times the CPU for a transaction,
    until Java has compiled what it does; who makes more of them would be slowed down more."""
    latency_warm_up_seconds: float
    """Of a run that does not count. In the race a transaction is large and there are few, so that Java has not yet
    compiled the most of what one takes; in a broker that runs for days it has."""
    latency_seconds: float
    published: int


FULL = Scale(
    rounds=5, backlog=40_000, java_warm_up=60_000, broker_warm_up=120_000,
    latency_warm_up_seconds=180, latency_seconds=75, published=40_000,
)  # fmt: skip
QUICK = Scale(
    rounds=1, backlog=30_000, java_warm_up=20_000, broker_warm_up=30_000,
    latency_warm_up_seconds=10, latency_seconds=8, published=10_000,
)  # fmt: skip

LONG = 1_000_000
"""Sightings of the long run, unless --backlog says otherwise."""


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round, under five minutes in all")
    parser.add_argument("--rounds", type=int, help="how many rounds")
    parser.add_argument("--backlog", type=int, help="records of one round")
    parser.add_argument(
        "--only", metavar="NAME", help="this contender beside Firstseen; or workers, latency, feed, long, page"
    )
    parser.add_argument("--output", type=Path, help="file of the result; bench/results/latest.json of a whole run")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the contenders are ended then, too
    scale = QUICK if arguments.quick else FULL
    rounds, backlog = arguments.rounds or scale.rounds, arguments.backlog or scale.backlog
    console = Console(stderr=True, highlight=False)
    before = machine()
    result_of_long: dict[str, Any] = {}
    result_of_page: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="firstseen-bench-") as name:
        folder = Path(name)
        taking_part, left_out = _taking_part(folder, scale, arguments.only)
        with LocalKafka(folder / "kafka", report=console.print, jvm=LONG_RUNNING) as kafka:
            laps, failures = _race(taking_part, kafka.bootstrap, rounds, backlog, scale.broker_warm_up, console)
            asked = arguments.only
            latency_ms = _latencies(kafka.bootstrap, scale, console, failures) if asked in {None, "latency"} else {}
            if asked == "long":
                result_of_long = long.run(kafka.bootstrap, "bench-long", arguments.backlog or LONG, console)
            if asked == "page":
                result_of_page = page.run(kafka.bootstrap, "bench-page", arguments.backlog or page.ROWS, console)
            fed = _fed(kafka.bootstrap, scale, console) if asked in {None, "feed"} else {}
    rates = {name: [lap.events_per_s if lap else 0 for lap in ran] for name, ran in laps.items()}
    result: dict[str, Any] = {
        "machine": before,
        "versions": versions(),
        "quick": arguments.quick,
        "contenders": {one.name: described(one, laps[one.name]) for one in taking_part},
        "ratios": ratios(rates),
        "ratios_in_two_hops": ratios(rates, OURS_IN_TWO_HOPS),
        "latency_ms": latency_ms,
        "feed": fed,
        "long": result_of_long,
        "page": result_of_page,
        "left_out": left_out,
        "failures": failures,
    }
    if (shown := table(result)).rows:
        Console(highlight=False).print(shown)
    # A part of it does not take the place of the whole.
    if output := arguments.output or (None if arguments.only else RESULT):
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_bytes(to_json(result, indent=2) + b"\n")
        console.print(f"The result is in {output}.")
    return 1 if failures else 0


def _taking_part(folder: Path, scale: Scale, only: str | None) -> tuple[list[Contender], dict[str, str]]:
    if only == "workers":
        return [firstseen(), *(firstseen(workers, f"{OURS}_{workers}_workers") for workers in (2, 4))], {}
    found, left_out = contenders(), dict[str, str]()
    try:
        classes = folder / "classes"
        classes.mkdir()
        command, countries = kafka_streams.prepare(classes), folder / "countries.tsv"
        kafka_streams.write_countries(countries)
        found.append(streams_contender(command, countries, scale.java_warm_up))
    except kafka_streams.UnavailableError as error:
        left_out["kafka_streams"] = str(error)
    if only in {"latency", "feed", "long", "page"}:
        return [], left_out
    names = {one.name for one in found}
    if only and only not in names:
        sys.exit(f"{only!r} is not one of {', '.join(sorted(names))}, workers, latency, feed, long, page")
    return [one for one in found if only in {None, one.name} or one.name in {OURS, OURS_IN_TWO_HOPS}], left_out


def _race(
    taking_part: Sequence[Contender], bootstrap: str, rounds: int, backlog: int, warm_up: int, console: Console
) -> tuple[dict[str, list[Lap | None]], list[str]]:
    """Run all rounds, each in another order. A run that fails is None in its round, and told.

    Before them one lap is run that does not count. The broker goes on to get faster after it, so the first round begins
    with those who are not near the others.
    """
    laps: dict[str, list[Lap | None]] = {one.name: [] for one in taking_part}
    in_order = taking_part[::-1]
    failures: list[str] = []
    if not taking_part:
        return laps, failures
    workload = first(max(backlog, warm_up) + max(one.warm_up for one in taking_part))
    console.print("the broker warms up ...")
    with suppress(ContenderError):  # whatever it is, the rounds will tell
        run(taking_part[0], bootstrap, "bench-warm-up", lambda count: workload[:count], warm_up)
    for number in range(rounds):
        begin = number % len(in_order)
        for one in (*in_order[begin:], *in_order[:begin]):
            prefix = f"bench-{number + 1}-{one.name.replace('_', '-')}"
            lap = None
            try:
                lap = run(one, bootstrap, prefix, lambda count: workload[:count], backlog)
            except ContenderError as error:
                failures.append(f"round {number + 1}, {one.name}: {error}")
                console.print(failures[-1])
            laps[one.name].append(lap)
            if lap:
                console.print(f"round {number + 1} of {rounds}: {one.name} {lap.events_per_s:,.0f} events/s")
    return laps, failures


def _latencies(bootstrap: str, scale: Scale, console: Console, failures: list[str]) -> dict[str, Any]:
    found = {}
    console.print("the broker warms up for the latency ...")
    with suppress(ContenderError):  # as above
        latency.measure(bootstrap, "bench-latency-warm-up", latency.WARM_UP_RATE, scale.latency_warm_up_seconds)
    for rate in latency.RATES:
        console.print(f"latency at {rate} sightings a second ...")
        try:
            values = latency.measure(bootstrap, f"bench-latency-{rate}", rate, scale.latency_seconds)
        except ContenderError as error:
            failures.append(f"latency at {rate}: {error}")
            console.print(failures[-1])
            continue
        found[str(rate)] = latencies(values)
    return found


def _fed(bootstrap: str, scale: Scale, console: Console) -> dict[str, float]:
    console.print("publish ...")
    return {"publish": round(publish_rate(bootstrap, "bench-publish", scale.published), 1)}


if __name__ == "__main__":
    sys.exit(main())
