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
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

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
    parser.add_argument("--kafka", default=NO_KAFKA, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        _serve(options.file, options.serve, options.kafka)
        return
    with serving(options.file) as served:
        asyncio.run(measure(served, _post_arrive))


class Served(NamedTuple):
    """A web process."""

    address: str
    processes: ContenderProcesses
    begin: float
    """When it was started."""

    @property
    def memory(self) -> str:
        """Its memory."""
        pages = int(Path(f"/proc/{self.processes.pids()[0]}/statm").read_text(encoding="utf-8").split()[1])
        return f"{pages * os.sysconf('SC_PAGE_SIZE') // 2**20} MiB"


@contextmanager
def serving(file: Path, kafka: str = NO_KAFKA) -> Iterator[Served]:
    """Run a web process about a file, which follows Kafka if an address is given."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable, "-m", "bench.history_http", str(file), "--serve", str(port), "--kafka", kafka,
    ]  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="firstseen-bench-") as folder:
        begin = time.monotonic()
        with ContenderProcesses([command], {"PYTHONPATH": "."}, Path(folder)) as processes:
            yield Served(f"http://127.0.0.1:{port}", processes, begin)


def _serve(file: Path, port: int, kafka: str) -> None:
    app = build_web(KafkaConfig(kafka), PREFIX, WebConfig(history=file))
    app.user_middleware = [added for added in app.user_middleware if added.cls is not RateLimiter]  # type: ignore[comparison-overlap]

    @app.post("/arrive", include_in_schema=False)
    async def arrive() -> None:
        threading.Thread(target=_arrive, args=(file,), daemon=True).start()

    build_server(app, "127.0.0.1", port, WebConfig().limits).run()


def _arrive(file: Path) -> None:
    """Write sightings of now, at the rate of :data:`ARRIVING`, as the follower does."""
    history, sightings = History(file, IDENTITY), arriving()
    due = time.monotonic()
    while True:
        write_live(history, list(itertools.islice(sightings, ARRIVING // _BATCHES)))
        due += 1 / _BATCHES
        time.sleep(max(0.0, due - time.monotonic()))


async def _post_arrive(session: aiohttp.ClientSession) -> None:
    await session.post("/arrive")


def arriving() -> Iterator[Evidence]:
    """Yield sightings of now."""
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


async def measure(served: Served, arrive: Callable[[aiohttp.ClientSession], Awaitable[None]]) -> None:
    """Ask every question, first one after the other, then several at once after ``arrive``. Print the times."""
    timeout, headers = aiohttp.ClientTimeout(60), {"Accept-Encoding": "gzip"}
    async with aiohttp.ClientSession(served.address, timeout=timeout, headers=headers) as session:
        await _until_answered(session, served)
        print(f"start until the first answer: {time.monotonic() - served.begin:.1f} s, {served.memory}", flush=True)
        rng = random.Random(SEED)
        days = [str(FIRST_DAY + timedelta(100 + rng.randrange(DAYS - 200))) for _ in range(ASKED)]
        for name, path in _QUESTIONS.items():
            before = served.processes.cpu_seconds()
            took = [await _ask(session, path.format(day=day)) for day in days]
            cpu = 1000 * (served.processes.cpu_seconds() - before) / len(days)
            print(f"{name}: {_percentiles(took)}; {cpu:.0f} ms of CPU on average", flush=True)
        print(f"memory: {served.memory}")
        await arrive(session)
        end, busy = time.monotonic() + SECONDS, dict[str, list[float]]()
        await asyncio.gather(*(_keep_asking(session, number, end, busy) for number in range(ASKERS)))
        print(f"{ASKERS} askers at once while {ARRIVING} sightings a second arrive:")
        for name, took in busy.items():
            print(f"  {name}: {len(took)} answers, {_percentiles(took)}")
        print(f"memory: {served.memory}", flush=True)


async def _until_answered(session: aiohttp.ClientSession, served: Served) -> None:
    while (problem := await _problem(session)) is not None:
        served.processes.check()
        if time.monotonic() > served.begin + _START_SECONDS:
            raise SystemExit(f"no answer within {_START_SECONDS} s: {problem}")
        await asyncio.sleep(0.05)


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


if __name__ == "__main__":
    main()
