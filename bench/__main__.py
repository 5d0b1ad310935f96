"""``make bench``: races all contenders in rounds, measures the latency, and writes the result as a table and a file."""

from __future__ import annotations

import argparse
import logging
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

from bench import latency, long, page, side_by_side
from bench.contenders import kafka_streams
from bench.contenders.registry import OURS, OURS_IN_TWO_HOPS, Contender, contenders, firstseen, pathway
from bench.contenders.registry import kafka_streams as streams_contender
from bench.feeding import publish_rate
from bench.processes import ContenderError
from bench.race import run
from bench.report import Lap, described, latencies, machine, ratios, table, versions
from bench.workload import first, write_countries
from firstseen.local_kafka import LONG_RUNNING, LocalKafka

RESULT = Path(__file__).parent / "results" / "latest.json"
PATHWAY = Path("build/pathway/bin/python")
"""The environment of a contender that is too large to install for everybody."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured."""

    rounds: int
    backlog: int
    """Records of a round."""
    java_warm_up: int
    """Records for Kafka Streams before the clock starts, so that Java has compiled the hot code."""
    broker_warm_up: int
    """Records of a lap that does not count. Until Java has compiled the broker's hot code, a transaction takes three
    times the CPU, which would slow contenders with many transactions more than others."""
    latency_warm_up_seconds: float
    """Of a run that does not count. The race has few, large transactions, after which Java has not yet compiled the
    code of small ones; in a broker that runs for days it has."""
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
"""Sightings of the long run, unless --backlog is given."""
BEFORE, BEFORE_ROUNDS = 60_000, 3
"""Sightings and rounds of the comparison with an earlier commit."""
HOT = 20_000
"""Sightings of each hot workload."""
PARTS = ("workers", "before", "hot", "latency", "feed", "long", "page")
"""What ``--only`` accepts besides the name of a contender."""


def main() -> int:
    """Run the chosen measurements and return the exit status."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round, under five minutes in all")
    parser.add_argument("--rounds", type=int, help="how many rounds; 0 with --only before: its last round alone")
    parser.add_argument("--backlog", type=int, help="records of one round")
    parser.add_argument("--only", metavar="NAME", help=f"this contender beside Firstseen; or {', '.join(PARTS)}")
    parser.add_argument("--output", type=Path, help="file of the result; bench/results/latest.json of a whole run")
    arguments = parser.parse_args()
    logging.getLogger("kafka").setLevel(logging.CRITICAL)  # it reports what it retries, such as a new topic's leader
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that SIGTERM stops the contenders too
    scale = QUICK if arguments.quick else FULL
    rounds, backlog = arguments.rounds or scale.rounds, arguments.backlog or scale.backlog
    console = Console(stderr=True, highlight=False)
    before = machine()
    result_of_long: dict[str, Any] = {}
    result_of_page: dict[str, Any] = {}
    compared: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(prefix="firstseen-bench-") as name:
        folder = Path(name)
        taking_part, left_out = _taking_part(folder, scale, arguments.only)
        with LocalKafka(folder / "kafka", report=console.print, jvm=LONG_RUNNING) as kafka:
            laps, failures = _race(taking_part, kafka.bootstrap, rounds, backlog, scale.broker_warm_up, console)
            only = arguments.only
            latency_ms = _latencies(kafka.bootstrap, scale, console, failures) if only in {None, "latency"} else {}
            if only == "long":
                result_of_long = long.run(kafka.bootstrap, "bench-long", arguments.backlog or LONG, console)
            if only == "page":
                result_of_page = page.run(kafka.bootstrap, "bench-page", arguments.backlog or page.ROWS, console)
            if only in {"before", "hot"}:
                _warm_up(firstseen(), kafka.bootstrap, scale.broker_warm_up, console)
            if only == "before":
                chosen = min(BEFORE_ROUNDS, scale.rounds) if arguments.rounds is None else arguments.rounds
                size = chosen, arguments.backlog or BEFORE
                compared["before"] = side_by_side.compare(kafka.bootstrap, *size, console, failures)
            if only == "hot":
                size = arguments.rounds or 1, arguments.backlog or HOT
                compared["hot"] = side_by_side.hot(kafka.bootstrap, *size, console, failures)
            feed = _feed(kafka.bootstrap, scale, console) if only in {None, "feed"} else {}
    rates = {name: [lap.events_per_s if lap else 0 for lap in ran] for name, ran in laps.items()}
    result: dict[str, Any] = {
        "machine": before,
        "versions": versions(),
        "quick": arguments.quick,
        "contenders": {contender.name: described(contender, laps[contender.name]) for contender in taking_part},
        "ratios": ratios(rates),
        "ratios_in_two_hops": ratios(rates, OURS_IN_TWO_HOPS),
        "latency_ms": latency_ms,
        "feed": feed,
        "long": result_of_long,
        "page": result_of_page,
        **compared,
        "left_out": left_out,
        "failures": failures,
    }
    if (shown := table(result)).rows:
        Console(highlight=False).print(shown)
    for shown in side_by_side.tables(compared):
        Console(highlight=False).print(shown)
    # A partial run does not replace the result of a whole one.
    if output := arguments.output or (None if arguments.only else RESULT):
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_bytes(to_json(result, indent=2) + b"\n")
        console.print(f"The result is in {output}.")
    return 1 if failures else 0


def _taking_part(folder: Path, scale: Scale, only: str | None) -> tuple[list[Contender], dict[str, str]]:
    if only == "workers":
        return [firstseen(), *(firstseen(workers, f"{OURS}_{workers}_workers") for workers in (2, 4))], {}
    found, left_out = contenders(), dict[str, str]()
    countries = folder / "countries.tsv"
    write_countries(countries)
    if PATHWAY.exists():
        found.append(pathway(PATHWAY, countries, scale.java_warm_up))
    else:
        left_out["pathway"] = f"there is no {PATHWAY}: bench/README.md says how to install it"
    try:
        classes = folder / "classes"
        classes.mkdir()
        command = kafka_streams.prepare(classes)
        found.append(streams_contender(command, countries, scale.java_warm_up))
    except kafka_streams.UnavailableError as error:
        left_out["kafka_streams"] = str(error)
    if only in PARTS:
        return [], left_out
    names = {contender.name for contender in found}
    if only and only not in names:
        sys.exit(f"{only!r} is not one of {', '.join([*sorted(names), *PARTS])}")
    chosen = {None, only, OURS, OURS_IN_TWO_HOPS}
    return [contender for contender in found if only is None or contender.name in chosen], left_out


def _race(
    taking_part: Sequence[Contender], bootstrap: str, rounds: int, backlog: int, warm_up: int, console: Console
) -> tuple[dict[str, list[Lap | None]], list[str]]:
    """Run all rounds, each in another order. A failed run is None in its round and reported.

    A lap that does not count comes first. The broker still gets faster after it, so the first round starts with the
    contenders that are far from the others.
    """
    laps: dict[str, list[Lap | None]] = {contender.name: [] for contender in taking_part}
    in_order = taking_part[::-1]
    failures: list[str] = []
    if not taking_part:
        return laps, failures
    workload = first(backlog + max(contender.warm_up for contender in taking_part))
    _warm_up(taking_part[0], bootstrap, warm_up, console)
    for number in range(rounds):
        begin = number % len(in_order)
        for contender in (*in_order[begin:], *in_order[:begin]):
            prefix = f"bench-{number + 1}-{contender.name.replace('_', '-')}"
            lap = None
            try:
                lap = run(contender, bootstrap, prefix, lambda count: workload[:count], backlog)
            except ContenderError as error:
                failures.append(f"round {number + 1}, {contender.name}: {error}")
                console.print(failures[-1])
            laps[contender.name].append(lap)
            if lap:
                console.print(f"round {number + 1} of {rounds}: {contender.name} {lap.events_per_s:,.0f} events/s")
    return laps, failures


def _warm_up(contender: Contender, bootstrap: str, records: int, console: Console) -> None:
    console.print("warming up the broker ...")
    with suppress(ContenderError):  # a problem shows in the rounds
        run(contender, bootstrap, "bench-warm-up", first, records)


def _latencies(bootstrap: str, scale: Scale, console: Console, failures: list[str]) -> dict[str, Any]:
    found = {}
    console.print("warming up the broker for the latency ...")
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


def _feed(bootstrap: str, scale: Scale, console: Console) -> dict[str, float]:
    console.print("publish ...")
    return {"publish": round(publish_rate(bootstrap, "bench-publish", scale.published), 1)}


if __name__ == "__main__":
    sys.exit(main())
