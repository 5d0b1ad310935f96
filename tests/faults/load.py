"""Publishes sightings with repeats, corrections across regions, retractions, conflicts and invalid ones, with bursts."""

from __future__ import annotations

import queue
import random
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError
from pydantic_core import to_json

from schemas.codes import identity
from schemas.topics import SIGHTINGS

NEW = 0.15
"""Share of new sightings; all others are repeats and revisions of the latest."""
LATEST = 2000
CONFLICTING = 0.02
"""Share of sightings with other content than the same revision has elsewhere."""


class Load:
    """Publishes in a thread of its own until it is stopped. It may publish twice: only the topic's content counts."""

    def __init__(self, bootstrap: str, prefix: str, seed: int, per_second: float) -> None:
        self._bootstrap, self._topic, self._per_second = bootstrap, SIGHTINGS.full_name(prefix), per_second
        self._seed = seed
        self._chance = random.Random(seed)
        self._names = 0
        self._bursts: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="load", daemon=True)
        self._thread.start()

    def burst(self, count: int) -> None:
        """Publish this many at once, soon."""
        self._bursts.put(count)

    def _run(self) -> None:
        producer = None
        while not self._over.is_set():
            try:
                producer = producer or KafkaProducer(
                    bootstrap_servers=self._bootstrap.split(","), acks="all", retries=20, max_block_ms=10_000
                )
                count = max(1, int(self._per_second / 10))
                with suppress(queue.Empty):
                    count += self._bursts.get_nowait()
                for _ in range(count):
                    key, value = self._record()
                    producer.send(self._topic, value, key)
            except Exception:  # any error of a client that lost its brokers: a new client finds them again
                if producer is not None:
                    producer.close(0)
                producer = None
            self._over.wait(0.1)
        if producer is not None:
            with suppress(KafkaError):
                producer.flush(20)
            with suppress(KafkaError):
                producer.close(5)

    def _record(self) -> tuple[bytes | None, bytes]:
        chance = self._chance
        if chance.random() < NEW:
            self._names += 1
        name = str(max(0, self._names - chance.randrange(LATEST)))
        if chance.random() < 0.02:
            return None, b'{"source": "load", "id": ' + name.encode()
        revision = chance.randrange(1, 6)
        sighting: dict[str, Any] = {"source": "load", "id": name, "revision": revision}
        if chance.random() < 0.05:
            sighting["retracted"] = True
        elif chance.random() < CONFLICTING:
            sighting |= _content(name, chance)
        else:
            sighting |= _content(name, random.Random(f"{self._seed} {name} {revision}"))
        return identity("load", name).encode(), to_json(sighting)

    def stop(self) -> None:
        """Stop publishing and wait for the outstanding records."""
        self._over.set()
        self._thread.join(60)


def _content(name: str, chance: random.Random) -> dict[str, Any]:
    day = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(chance.randrange(1500))
    return {
        "group": f"Group {chance.randrange(200)}",
        "country": chance.choice(["Mali", "Niger", "Chad", "Belgium", "Iraq", "Syria", "Peru", "West Africa"]),
        "occurred": f"{day:%Y-%m-%d}",
        "grade": chance.choice(["B2", "D4"]),
        "origin": chance.choice(["AFP", "Reuters", f"Outlet {name}"]),  # 888 alone means that there is none
    }
