"""``make bench ARGS="--only page"``: a web process with a decade of data and a thousand open pages.

``evidence`` and ``alerts`` are filled with generated records. Measures the time until the process has caught up, its
memory, the responses that the page requests, and the time of an alert from the broker's receipt to each open stream.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from confluent_kafka import Producer
from pydantic_core import to_json
from rich.console import Console

from bench.browser import measure
from bench.processes import ContenderProcesses
from bench.report import latencies
from bench.workload import COUNTRIES
from faust_batches.transaction import home_partition
from places.countries import region_of
from schemas.alert import AlertEvent, AlertEvidence, Cause
from schemas.evidence import Evidence, EvidenceChange
from schemas.topics import ALERTS, EVIDENCE
from streams.io.kafka_config import KafkaConfig
from streams.io.topic_admin import TopicSettings, apply

ROWS = 200_000
"""Sightings."""
OPEN_PAGES = 1_000
LIVE_ALERTS = 50

_GROUPS, _PARTITIONS, _ALERTS = 100, 4, 3_000
_FIRST_DAY, _DAYS = date(2016, 11, 1), 3_650
_PAUSE_SECONDS = 0.2
_PORT = 18_080


def run(bootstrap: str, prefix: str, rows: int, console: Console) -> dict[str, Any]:
    """Return the measurements in seconds, milliseconds, bytes and MiB."""
    apply(KafkaConfig(bootstrap), TopicSettings(prefix=prefix, partitions=_PARTITIONS))
    console.print(f"writing {rows:,} sightings ...")
    _fill(bootstrap, prefix, rows)
    environment = {
        "FIRSTSEEN_KAFKA": bootstrap, "FIRSTSEEN_PREFIX": prefix, "FIRSTSEEN_WEB_PORT": str(_PORT),
        "FIRSTSEEN_WEB_HOST": "127.0.0.1",
    }  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="firstseen-bench-") as folder:
        begin = time.monotonic()
        with ContenderProcesses([[sys.executable, "-m", "firstseen", "web"]], environment, Path(folder)) as processes:
            return {"rows": rows, **asyncio.run(_measure(bootstrap, prefix, processes, begin, console))}


def _fill(bootstrap: str, prefix: str, rows: int) -> None:
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 20, "queue.buffering.max.messages": 500_000})
    pairs = [(f"Group {number}", code) for number in range(_GROUPS) for code in COUNTRIES[: 20 + number % 20]]
    each = -(-rows // len(pairs))
    for number, (group, country) in enumerate(itertools.islice(itertools.cycle(pairs), rows)):
        seen = _evidence(number, group, country, _FIRST_DAY + timedelta(number // len(pairs) * _DAYS // each))
        added = EvidenceChange(arrived=seen.arrived, add=seen)
        _produce(producer, EVIDENCE.full_name(prefix), seen.region.encode(), added.to_bytes())
    for number in range(_ALERTS):
        event = _alert(number, datetime(2026, 11, 1, tzinfo=UTC))
        _produce(producer, ALERTS.full_name(prefix), event.alert_id.encode(), event.to_bytes())
    producer.flush()


async def _measure(
    bootstrap: str, prefix: str, processes: ContenderProcesses, begin: float, console: Console
) -> dict[str, Any]:
    address = f"http://127.0.0.1:{_PORT}"
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(address, connector=connector, timeout=aiohttp.ClientTimeout(None)) as session:
        while not await _caught_up(session):
            processes.check()
            await asyncio.sleep(0.05)
        ready = time.monotonic() - begin
        answers = {path: await _response(session, path) for path in _PATHS}
        browser = await measure(f"{address}/#day=2026-10-31")
        console.print(f"caught up after {ready:.1f} s; opening {OPEN_PAGES:,} pages ...")
        received: list[tuple[str, float]] = []
        opened = [asyncio.Event() for _ in range(OPEN_PAGES)]
        pages = [asyncio.create_task(_listen(session, received, event)) for event in opened]
        await asyncio.gather(*(event.wait() for event in opened))
        sent = await _publish_alerts(bootstrap, prefix)
        while len(received) < OPEN_PAGES * LIVE_ALERTS:
            processes.check()
            await asyncio.sleep(0.1)
        for page in pages:
            page.cancel()
        values = [(at - sent[alert]) * 1000 for alert, at in received]
        return {
            "ready_s": round(ready, 2),
            "memory_mib": _memory_mib(processes.pids()[0]),
            "answers": answers,
            "browser": browser,
            "open_pages": OPEN_PAGES,
            "alert_to_page_ms": latencies(values),
        }


_PATHS = (
    "/", "/page/page.js", "/page/map.js", "/page/style.css", "/page/outlines.json", "/api/v1/presence",
    "/api/v1/alerts?filter=kind:all&limit=100",
    "/api/v1/sightings.geojson?first=2026-10-01&last=2026-10-30&limit=2000",
)  # fmt: skip


async def _caught_up(session: aiohttp.ClientSession) -> bool:
    try:
        async with session.get("/health") as answer:
            return bool((await answer.json())["caught_up"])
    except aiohttp.ClientConnectionError:
        return False


async def _response(session: aiohttp.ClientSession, path: str) -> dict[str, float]:
    """Return the bytes on the wire and the milliseconds of the second of two responses."""
    size, took = 0, 0.0
    for _ in range(2):
        begin = time.perf_counter()
        async with session.get(path, headers={"Accept-Encoding": "gzip"}, auto_decompress=False) as answer:
            size = len(await answer.read())
        took = (time.perf_counter() - begin) * 1000
    return {"bytes": size, "ms": round(took, 1)}


async def _listen(session: aiohttp.ClientSession, received: list[tuple[str, float]], opened: asyncio.Event) -> None:
    async with session.get("/api/v1/events") as stream:
        async for line in stream.content:
            if line.startswith(b"event: caught-up"):
                opened.set()
            elif line.startswith(b'data: {"alert_id"'):
                received.append((line[: line.index(b",")].decode(), time.time()))


async def _publish_alerts(bootstrap: str, prefix: str) -> dict[str, float]:
    """Publish alerts at intervals. Return the time of each by its first bytes on a stream, in seconds since 1970."""
    producer, sent = Producer({"bootstrap.servers": bootstrap, "linger.ms": 0}), dict[str, float]()
    for number in range(_ALERTS, _ALERTS + LIVE_ALERTS):
        event = _alert(number, datetime.now(UTC))
        beginning = "data: " + to_json({"alert_id": event.alert_id}).decode()[:-1]
        sent[beginning] = time.time()
        _produce(producer, ALERTS.full_name(prefix), event.alert_id.encode(), event.to_bytes())
        producer.poll(0)
        await asyncio.sleep(_PAUSE_SECONDS)
    await asyncio.to_thread(producer.flush)
    return sent


def _produce(producer: Producer, topic: str, key: bytes, value: bytes) -> None:
    while True:
        try:
            producer.produce(topic, value, key, home_partition(key, _PARTITIONS))
        except BufferError:
            producer.poll(0.1)
        else:
            producer.poll(0)
            return


def _evidence(number: int, group: str, country: str, day: date) -> Evidence:
    name = f"sighting-{number:08d}"
    return Evidence(
        source="bench", id=name, revision=1, group=group, country=country, region=region_of(country), first_day=day,
        last_day=day, begins_by=day, arrived=datetime.combine(day, datetime.min.time(), UTC), origin="wire", grade="B2",
        latitude=number % 120 - 60.0, longitude=number % 340 - 170.0,
        title=f"Fighters were seen on the road to the market: {name}", url=f"https://wire.example/reports/{name}",
    )  # fmt: skip


def _alert(number: int, arrived: datetime) -> AlertEvent:
    country = COUNTRIES[number % len(COUNTRIES)]
    seen = _evidence(number, f"Group {number % _GROUPS}", country, date(2026, 10, 30))
    return AlertEvent(
        alert_id=f"{number:026d}", revision=1, type="initial", kind="first_ever", status="confirmed", group=seen.group,
        country=country, region=seen.region, first_day=seen.first_day, last_day=seen.last_day, arrived=arrived,
        cause=Cause(what="reported", sighting=seen), why=AlertEvidence(sightings=(seen,), origins=1),
    )  # fmt: skip


def _memory_mib(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20
