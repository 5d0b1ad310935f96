"""Measures a web process that answers from a large history database, over HTTP and without Kafka.

``python -m bench.history_http FILE`` asks a process about a file that ``bench.history_database`` filled: each question
many times, one after the other; then ten askers at once, while 100 sightings a second arrive in the process.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import random
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path

import aiohttp

from bench.history_database import ASKED, DAYS, FIRST_DAY, GROUPS, IDENTITY, PREFIX, SEED, write_live
from bench.processes import ContenderProcesses
from history.database import History
from schemas.evidence import Evidence
from streams.io.kafka_config import KafkaConfig
from web.app import WebConfig, build_web
from web.http.rate_limit import RateLimiter
from web.server import build_server

NO_KAFKA = "127.0.0.1:9"
ASKERS = 10
SECONDS = 20.0
ARRIVING = 100
"""Sightings a second."""

_START_SECONDS = 60
"""Without Kafka nothing fills a file that cannot be used."""

_SAHEL = ["ML", "NE", "BF", "TD", "CM"]

_BATCHES = 4
"""Transactions a second, as of a follower of a busy topic."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--serve", type=int, metavar="PORT", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        _serve(options.file, options.serve)
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "bench.history_http", str(options.file), "--serve", str(port)]
    with tempfile.TemporaryDirectory(prefix="firstseen-bench-") as folder:
        begin = time.monotonic()
        with ContenderProcesses([command], {"PYTHONPATH": "."}, Path(folder)) as processes:
            asyncio.run(_measure(f"http://127.0.0.1:{port}", processes, begin))


def _serve(file: Path, port: int) -> None:
    app = build_web(KafkaConfig(NO_KAFKA), PREFIX, WebConfig(history=file))
    app.user_middleware = [added for added in app.user_middleware if added.cls is not RateLimiter]  # type: ignore[comparison-overlap]

    @app.post("/arrive", include_in_schema=False)
    async def arrive() -> None:
        threading.Thread(target=_arrive, args=(file,), daemon=True).start()

    build_server(app, "127.0.0.1", port, WebConfig().limits).run()


def _arrive(file: Path) -> None:
    """Write sightings of now, at the rate of :data:`ARRIVING`, as the follower does."""
    history, sightings = History(file, IDENTITY), _arriving()
    due = time.monotonic()
    while True:
        write_live(history, list(itertools.islice(sightings, ARRIVING // _BATCHES)))
        due += 1 / _BATCHES
        time.sleep(max(0.0, due - time.monotonic()))


def _arriving() -> Iterator[Evidence]:
    rng = random.Random(time.time_ns())
    for number in itertools.count():
        at = datetime.now(UTC)
        day = at.date() - timedelta(int(rng.expovariate(0.5)))
        yield Evidence(
            source="live", id=f"{at.timestamp()}-{number}", revision=1, country=rng.choice(_SAHEL),
            group=f"Front {min(GROUPS - 1, int(rng.paretovariate(0.5))):03}", region="Western Africa", first_day=day,
            last_day=day, begins_by=day, arrived=at, origin=rng.choice(["AFP", "Reuters", None]), grade="B2",
            title="Fighters were seen on the road to the market", kind="attack",
        )  # fmt: skip


async def _measure(address: str, processes: ContenderProcesses, begin: float) -> None:
    timeout = aiohttp.ClientTimeout(60)
    async with aiohttp.ClientSession(address, timeout=timeout, headers={"Accept-Encoding": "gzip"}) as session:
        while (problem := await _problem(session)) is not None:
            processes.check()
            if time.monotonic() > begin + _START_SECONDS:
                raise SystemExit(f"no answer within {_START_SECONDS} s: {problem}")
            await asyncio.sleep(0.05)
        print(f"start until the first answer: {time.monotonic() - begin:.1f} s")
        rng = random.Random(SEED)
        days = [str(FIRST_DAY + timedelta(100 + rng.randrange(DAYS - 200))) for _ in range(ASKED)]
        for name, path in _QUESTIONS.items():
            before = processes.cpu_seconds()
            took = [await _ask(session, path.format(day=day)) for day in days]
            cpu = 1000 * (processes.cpu_seconds() - before) / len(days)
            print(f"{name}: {_percentiles(took)}; {cpu:.0f} ms of CPU on average", flush=True)
        print(f"memory: {_memory_mib(processes.pids()[0])} MiB")
        await session.post("/arrive")
        end, busy = time.monotonic() + SECONDS, dict[str, list[float]]()
        await asyncio.gather(*(_keep_asking(session, number, end, busy) for number in range(ASKERS)))
        print(f"{ASKERS} askers at once while {ARRIVING} sightings a second arrive:")
        for name, took in busy.items():
            print(f"  {name}: {len(took)} answers, {_percentiles(took)}")
        print(f"memory: {_memory_mib(processes.pids()[0])} MiB", flush=True)


_QUESTIONS = {
    "map state of a day": "/api/v1/map-state?as_of={day}",
    "map state of a day, Western Africa": "/api/v1/map-state?as_of={day}&filter=in:%22Western%20Africa%22",
    "presence, a page of 1,000": "/api/v1/presence?limit=1000&as_of={day}",
    "presence as known by a day": "/api/v1/presence?limit=1000&as_of={day}&known_by={day}",
    "a country as known by a day": "/api/v1/countries/ML?as_of={day}&known_by={day}",
    "regions as known by a day": "/api/v1/regions?as_of={day}&known_by={day}",
    "alerts as of a day": "/api/v1/alerts?as_of={day}&limit=100",
    "sightings of a day": "/api/v1/sightings?first={day}&last={day}&limit=2000",
    "sightings as known by a day": "/api/v1/sightings?first={day}&last={day}&known_by={day}&limit=2000",
}


async def _problem(session: aiohttp.ClientSession) -> str | None:
    """Return why the process does not answer, such as that the file is damaged; None: it answers."""
    try:
        async with session.get("/api/v1/regions") as answer:
            return None if answer.status == HTTPStatus.OK else await answer.text()
    except aiohttp.ClientConnectionError as error:
        return str(error)


async def _ask(session: aiohttp.ClientSession, path: str) -> float:
    """Return the seconds until the whole answer is there."""
    begin = time.perf_counter()
    async with session.get(path) as answer:
        await answer.read()
        answer.raise_for_status()
    return time.perf_counter() - begin


async def _keep_asking(session: aiohttp.ClientSession, number: int, end: float, took: dict[str, list[float]]) -> None:
    rng = random.Random(number)
    while time.monotonic() < end:
        name, path = rng.choice(list(_QUESTIONS.items()))
        day = FIRST_DAY + timedelta(100 + rng.randrange(DAYS - 200))
        took.setdefault(name, []).append(await _ask(session, path.format(day=day)))


def _percentiles(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    p50, p95 = (1000 * ordered[int(len(ordered) * part)] for part in (0.5, 0.95))
    return f"p50 {p50:.0f} ms, p95 {p95:.0f} ms, at most {1000 * ordered[-1]:.0f} ms"


def _memory_mib(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


if __name__ == "__main__":
    main()
