"""A seeded schedule of faults under load, and then a comparison of everything: ``make chaos ARGS="--seed 7 --faults 20"``.

Two workers of each stage run while sightings come in. The faults: kill -9 of a worker, SIGSTOP for longer than its
session and SIGCONT (a zombie), a worker that leaves in order and one that joins, and kill -9 of the broker. The last
line printed is JSON: ``{"seed", "faults", "records", "lost", "doubled", "wrong", "ambiguous"}``; exit 1 unless lost, doubled and wrong are 0.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from kafka import KafkaProducer
from kafka.errors import KafkaError

from firstseen.local_kafka import LocalKafka, LocalKafkaError
from schemas.codes import identity
from schemas.topics import STAGES
from streams.presence.policy import Policy
from streams.runtime.clock import monotonic, pause
from streams.runtime.cluster import Cluster
from streams.runtime.reader import unfinished
from streams.runtime.topic_admin import Layout, apply
from tests.faults.comparison import Verdict, compare

PARTITIONS = 4
WORKERS_PER_STAGE = 2
FROZEN_SECONDS = 13.0
"""Longer than a worker's session of ten seconds."""

POLICY = Policy(horizon_days=100_000)  # so that many alerts arise

FAULTS = ("kill", "kill", "kill", "kill", "freeze", "leave", "join", "broker")


@dataclass
class Worker:
    """A worker process that is started again when it ends, until it is told to leave."""

    stage: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    leaving: bool = False
    process: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def send(self, number: int) -> None:
        with suppress(ProcessLookupError):
            self.process.send_signal(number)


class Workers:
    """All workers, watched by a thread that starts the dead again."""

    def __init__(self, kafka: LocalKafka, prefix: str, folder: Path) -> None:
        self._folder = folder
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("FIRSTSEEN_")},
            "FIRSTSEEN_KAFKA": kafka.bootstrap,
            "FIRSTSEEN_PREFIX": prefix,
            "FIRSTSEEN_PARTITIONS": str(PARTITIONS),
            "FIRSTSEEN_STATE_DIR": str(folder / "state"),
            "FIRSTSEEN_HORIZON_DAYS": str(POLICY.horizon_days),
        }
        self._environment.pop("SLACK_BOT_TOKEN", None)
        self._over = threading.Event()
        self._lock = threading.Lock()
        self.all: list[Worker] = []
        for stage in STAGES:
            for _ in range(WORKERS_PER_STAGE):
                self.join(stage)
        self._watch = threading.Thread(target=self._start_the_dead, daemon=True)
        self._watch.start()

    def join(self, stage: str) -> None:
        command = [sys.executable, "-u", "-m", "firstseen", "worker", stage]
        number = len(self.all)
        with self._lock:
            self.all.append(Worker(stage, command, self._environment, self._folder / f"{stage}-{number}.log"))

    def of(self, stage: str) -> list[Worker]:
        return [worker for worker in self.all if worker.stage == stage and not worker.leaving]

    def _start_the_dead(self) -> None:
        while not self._over.wait(0.5):
            with self._lock:
                for worker in self.all:
                    if worker.process.poll() is not None and not worker.leaving:
                        worker.start()

    def stop(self) -> None:
        self._over.set()
        self._watch.join()
        for worker in self.all:
            worker.send(signal.SIGCONT)
            worker.send(signal.SIGTERM)
        for worker in self.all:
            try:
                worker.process.wait(20)
            except subprocess.TimeoutExpired:
                worker.process.kill()
                worker.process.wait()


class Load:
    """Sightings with repeats, corrections across regions, retractions and rubbish, from a thread of its own."""

    def __init__(self, kafka: LocalKafka, prefix: str, seed: int, per_second: float) -> None:
        self._kafka, self._topic, self._per_second = kafka, f"{prefix}.sightings.v1", per_second
        self._chance = random.Random(seed)
        self._over = threading.Event()
        self.sent = 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        producer = None
        while not self._over.is_set():
            try:
                producer = producer or KafkaProducer(bootstrap_servers=self._kafka.bootstrap, acks="all", retries=20)
                for _ in range(max(1, int(self._per_second / 10))):
                    key, value = self._record()
                    producer.send(self._topic, value, key)
                    self.sent += 1
            except KafkaError:
                producer = None
            self._over.wait(0.1)
        if producer is not None:
            with suppress(KafkaError):
                producer.flush(30)
            producer.close(5)

    def _record(self) -> tuple[bytes | None, bytes]:
        chance = self._chance
        name = str(chance.randrange(4000))
        if chance.random() < 0.02:
            return None, b'{"source": "load", "id": ' + name.encode()
        day = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(chance.randrange(1500))
        sighting: dict[str, Any] = {"source": "load", "id": name, "revision": chance.randrange(1, 6)}
        if chance.random() < 0.05:
            sighting["retracted"] = True
        else:
            sighting |= {
                "group": f"Group {chance.randrange(30)}",
                "country": chance.choice(["Mali", "Niger", "Chad", "Belgium", "Iraq", "Syria", "Peru", "West Africa"]),
                "occurred": f"{day:%Y-%m-%d}",
                "grade": chance.choice(["B2", "D4"]),
                "origin": chance.choice(["AFP", "Reuters", name]),
            }
        return identity("load", name).encode(), orjson.dumps(sighting)

    def stop(self) -> None:
        self._over.set()
        self._thread.join()


def misbehave(fault: str, workers: Workers, kafka: LocalKafka, chance: random.Random) -> str:
    """Do one fault; return what was done."""
    stage = chance.choice(list(STAGES))
    there = workers.of(stage)
    if fault == "join" or not there:
        workers.join(stage)
        return f"another {stage} joins"
    worker = chance.choice(there)
    match fault:
        case "kill":
            worker.send(signal.SIGKILL)
        case "freeze":
            worker.send(signal.SIGSTOP)
            pause(FROZEN_SECONDS)
            worker.send(signal.SIGCONT)
        case "leave" if len(there) > 1:
            worker.leaving = True
            worker.send(signal.SIGTERM)
        case "broker":
            kafka.kill()
            kafka.start()
            return "kill -9 of the broker"
        case _:
            return "nothing"
    return f"{fault} {stage}"


def chaos(
    kafka: LocalKafka, prefix: str, folder: Path, *, seed: int, faults: int, per_second: float, settle_seconds: float
) -> Verdict:
    """Run the whole schedule and compare. Raises TimeoutError when the system does not come to rest afterwards."""
    chance = random.Random(seed)
    apply(Cluster(kafka.bootstrap), Layout(prefix=prefix, partitions=PARTITIONS))
    with _stopping(Workers(kafka, prefix, folder)) as workers:
        with _stopping(Load(kafka, prefix, seed, per_second)):
            _wait(kafka, prefix, lambda left: len(left) < len(STAGES), 60)
            for number in range(faults):
                pause(chance.uniform(0.2, 3.0))
                done = misbehave(chance.choice(FAULTS), workers, kafka, chance)
                sys.stderr.write(f"{number + 1} of {faults}: {done}\n")
            pause(2)
        _wait(kafka, prefix, lambda left: not left, settle_seconds)
    return compare(kafka.bootstrap, prefix, PARTITIONS, POLICY)


def _wait(kafka: LocalKafka, prefix: str, is_enough: Any, seconds: float) -> None:
    deadline = monotonic() + seconds
    left: Any = None
    while monotonic() < deadline:
        with suppress(Exception):  # the broker may be on its way back
            left = asyncio.run(unfinished(Cluster(kafka.bootstrap), prefix))
            if is_enough(left):
                return
        pause(0.5)
    raise TimeoutError(f"after {seconds:.0f} s there is still work: {left}")


@contextmanager
def _stopping(one: Any) -> Iterator[Any]:
    try:
        yield one
    finally:
        one.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", type=int, default=20)
    parser.add_argument("--per-second", type=float, default=300)
    parser.add_argument("--keep", type=Path, help="folder for the workers' logs")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="firstseen-chaos-") as folder:
        logs = arguments.keep or Path(folder)
        logs.mkdir(parents=True, exist_ok=True)
        try:
            with LocalKafka(Path(folder) / "kafka") as kafka:
                verdict = chaos(
                    kafka, "chaos", logs, seed=arguments.seed, faults=arguments.faults, per_second=arguments.per_second,
                    settle_seconds=180,
                )  # fmt: skip
        except (TimeoutError, LocalKafkaError) as error:
            sys.stderr.write(f"{error}\n")
            return 1
    for note in verdict.notes:
        sys.stderr.write(f"{note}\n")
    told = {
        "seed": arguments.seed, "faults": arguments.faults, "records": verdict.records, "lost": verdict.lost,
        "doubled": verdict.doubled, "wrong": verdict.wrong, "ambiguous": 0,
    }  # fmt: skip
    print(orjson.dumps(told).decode())
    return 1 if verdict.lost or verdict.doubled or verdict.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
