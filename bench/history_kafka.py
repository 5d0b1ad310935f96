"""Measures a web process that fills its history from a real Kafka, and answers while sightings arrive.

``python -m bench.history_kafka FOLDER --sightings 1000000`` writes generated evidence to a Kafka whose data stay in
FOLDER, unless it has some, and lets a presence worker raise the alerts. Then it measures the time until a web process
has filled its database, a start after a kill, and every question of ``bench.history_http``.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import threading
import time
import urllib.request
from functools import partial
from pathlib import Path
from urllib.error import URLError

import aiohttp
from confluent_kafka import Producer

from bench.broker import LagMonitor
from bench.contenders.registry import Run, firstseen
from bench.history_database import PREFIX, changes
from bench.history_http import ARRIVING, Served, arriving, measure, serving
from bench.processes import ContenderProcesses
from bench.race import wait_until_done
from faust_batches.transaction import home_partition
from firstseen.local_kafka import LONG_RUNNING, LocalKafka
from history.database import open_to_read
from history.settled_cuts import is_settled
from schemas.evidence import EvidenceChange
from schemas.topics import EVIDENCE
from streams.io.kafka_config import KafkaConfig
from streams.io.topic_admin import TopicSettings, apply

_PARTITIONS = 2
_LONGEST_SECONDS = 3_600.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sightings", type=int, default=1_000_000)
    options = parser.parse_args()
    file, kafka_folder = options.folder / "history.sqlite", options.folder / "kafka"
    is_filled = kafka_folder.exists()
    with LocalKafka(kafka_folder, report=print, jvm=LONG_RUNNING) as kafka:
        if not is_filled:
            _fill(kafka.bootstrap, options.folder, options.sightings)
        with serving(file, kafka.bootstrap) as served:
            print(f"everything is read after {_until_caught_up(served):.0f} s, {served.memory}", flush=True)
            print(f"everything is computed after {_until_settled(served, file):.0f} s, {served.memory}", flush=True)
            served.processes.kill()
        with serving(file, kafka.bootstrap) as served:
            ended = threading.Event()
            asyncio.run(measure(served, partial(_arrive, kafka.bootstrap, ended)))
            ended.set()


def _fill(bootstrap: str, folder: Path, count: int) -> None:
    begin = time.monotonic()
    apply(KafkaConfig(bootstrap), TopicSettings(prefix=PREFIX, partitions=_PARTITIONS))
    producer = _producer(bootstrap)
    for change in changes(count):
        _produce(producer, change)
    producer.flush()
    print(f"{count:,} sightings are written after {time.monotonic() - begin:.0f} s", flush=True)
    run, worker, monitor = (
        Run(bootstrap, PREFIX, folder / "workers"),
        firstseen(stages=("presence",)),
        LagMonitor(bootstrap),
    )
    run.folder.mkdir()
    with ContenderProcesses(worker.commands(run), worker.environment(run), run.folder) as processes:
        wait_until_done(monitor, worker.hops(run), processes, _LONGEST_SECONDS)
    monitor.close()
    print(f"alerts are raised after {time.monotonic() - begin:.0f} s", flush=True)


async def _arrive(bootstrap: str, ended: threading.Event, _: aiohttp.ClientSession) -> None:
    threading.Thread(target=_keep_writing, args=(bootstrap, ended), daemon=True).start()


def _keep_writing(bootstrap: str, ended: threading.Event) -> None:
    producer, due = _producer(bootstrap), time.monotonic()
    for seen in arriving():
        _produce(producer, EvidenceChange(arrived=seen.arrived, add=seen))
        due += 1 / ARRIVING
        if ended.wait(max(0.0, due - time.monotonic())):
            return


def _producer(bootstrap: str) -> Producer:
    return Producer({"bootstrap.servers": bootstrap, "linger.ms": 20, "queue.buffering.max.messages": 500_000})


def _produce(producer: Producer, change: EvidenceChange) -> None:
    """Write a change to the partition of its region; a change of groups to all, as intake and the commands do."""
    seen, topic, value = change.add or change.remove, EVIDENCE.full_name(PREFIX), change.to_bytes()
    key = seen.region.encode() if seen else b""
    for partition in [home_partition(key, _PARTITIONS)] if seen else range(_PARTITIONS):
        while True:
            try:
                producer.produce(topic, value, key, partition)
            except BufferError:
                producer.poll(0.1)
            else:
                producer.poll(0)
                break


def _until_caught_up(served: Served) -> float:
    """Return the seconds from the start until the process has read everything."""
    for _ in itertools.count():
        served.processes.check()
        try:
            with urllib.request.urlopen(f"{served.address}/api/v1/regions"):  # noqa: S310 - an address of this machine
                return time.monotonic() - served.begin
        except URLError:
            time.sleep(0.2)
    raise AssertionError


def _until_settled(served: Served, file: Path) -> float:
    """Return the seconds from the start until the runs up to each day are written."""
    connection = open_to_read(file)
    while not is_settled(connection):
        served.processes.check()
        time.sleep(0.5)
    connection.close()
    return time.monotonic() - served.begin


if __name__ == "__main__":
    main()
