"""Measures the time from the broker's receipt of a sighting to the request at Slack, with all four stages' defaults.

At each rate about five sightings per second are of a new group and raise an alert; the others are of groups in
countries where they have been known for a year. The clock starts at the broker's timestamp and stops when the request
arrives.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from confluent_kafka import Consumer, Producer, TopicPartition
from pydantic_core import from_json, to_json

from bench.broker import LagMonitor
from bench.contenders.registry import Run, firstseen
from bench.processes import ContenderError, ContenderProcesses
from bench.race import wait_until_done
from bench.slack_server import SlackServer, marked, number_of, slack_server
from bench.workload import COUNTRIES, GROUPS
from faust_batches.transaction import home_partition
from schemas.codes import identity
from schemas.subscription import Clause, Subscription
from schemas.topics import SIGHTINGS
from streams.dispatch.subscribers import apply_file
from streams.io.config_writer import write_subscribers
from streams.io.kafka_config import KafkaConfig
from streams.io.topic_admin import PARTITIONS, TopicSettings, apply

RATES = (5, 100, 2000)
WARM_UP_RATE = 100
"""At this rate nearly every sighting has its own transaction: more transactions per second than at any other rate."""
ALERTS_PER_SECOND = 5
WARM_UP_SECONDS = 5.0
_PATIENCE_SECONDS = 30.0
_TICK_SECONDS = 0.01
_KNOWN_SINCE_DAYS, _STEP_DAYS, _KNOWN_DAYS = 360, 20, 300
"""Known pairs were seen every twenty days for a year; the load has days of the last three hundred."""


def measure(bootstrap: str, prefix: str, per_second: int, seconds: float) -> list[float]:
    """Return the latency of each alert at a rate, in ms. Raises ContenderError if an alert does not arrive."""
    apply(KafkaConfig(bootstrap), TopicSettings(prefix=prefix))
    with tempfile.TemporaryDirectory(prefix="firstseen-bench-") as name, slack_server() as (slack, address):
        folder = Path(name)
        # A channel gets at most one post per second, so the alerts are spread over many channels.
        subscriptions = {f"C{code:A<10}": (Subscription(clauses=(Clause(countries=(code,)),)),) for code in COUNTRIES}
        asyncio.run(
            write_subscribers(
                KafkaConfig(bootstrap),
                prefix,
                lambda known: apply_file(known, subscriptions, datetime.now(UTC), prune=False),
            )
        )
        environment = {
            "FIRSTSEEN_KAFKA": bootstrap, "FIRSTSEEN_PREFIX": prefix, "FIRSTSEEN_STATE_DIR": str(folder),
            "FIRSTSEEN_SLACK_URL": address,
            "SLACK_BOT_TOKEN": "xoxb-bench",
        }  # fmt: skip
        run = Run(bootstrap, prefix, folder)
        load = _Load(bootstrap, prefix, per_second)
        load.make_known()
        with ContenderProcesses(firstseen().commands(run), environment, folder) as processes:
            monitor = LagMonitor(bootstrap)
            wait_until_done(monitor, firstseen().hops(run), processes)
            monitor.close()
            load.run(WARM_UP_SECONDS)
            first = load.alerts
            load.run(seconds)
            wanted = set(range(first, load.alerts))
            _wait_for_requests(slack, wanted, processes)
        begins = _received(bootstrap, prefix)
    return [(slack.arrivals[number] - begins[number]) * 1000 for number in sorted(wanted)]


class _Load:
    """Produces sightings at an even rate."""

    def __init__(self, bootstrap: str, prefix: str, per_second: int) -> None:
        self._topic = SIGHTINGS.full_name(prefix)
        self._producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 0})
        self._per_second = per_second
        self._sent = 0
        self._chance = Random(1)
        self._today = datetime.now(UTC).date()
        self.alerts = 0

    def make_known(self) -> None:
        """Produce sightings of every known pair throughout a year."""
        for ago in range(_KNOWN_SINCE_DAYS, 0, -_STEP_DAYS):
            for number in range(len(GROUPS) * 2):
                self._send(*_known(number), ago)
        self._producer.flush(10)

    def run(self, seconds: float) -> None:
        """Produce at the rate for a time."""
        begin, sent_before = time.monotonic(), self._sent
        every = max(1, self._per_second // ALERTS_PER_SECOND)
        while (elapsed := time.monotonic() - begin) < seconds:
            while self._sent - sent_before < elapsed * self._per_second:
                if self._sent % every == 0:
                    self._send(marked(self.alerts), COUNTRIES[self.alerts % len(COUNTRIES)], 0)
                    self.alerts += 1
                else:
                    known = _known(self._chance.randrange(len(GROUPS) * 2))
                    self._send(*known, self._chance.randrange(_KNOWN_DAYS))
            self._producer.poll(0)
            time.sleep(_TICK_SECONDS if self._per_second > 1 / _TICK_SECONDS else _TICK_SECONDS / 2)
        self._producer.flush(10)

    def _send(self, group: str, country: str, days_ago: int) -> None:
        self._sent += 1
        name = f"sighting-{self._sent:08d}"
        value = {
            "source": "bench",
            "id": name,
            "group": group,
            "country": country,
            "occurred": (self._today - timedelta(days_ago)).isoformat(),
            "origin": "wire",
            "grade": "B2",
            "title": f"Fighters were seen on the road to the market, residents say: {name}",
            "url": f"https://wire.example/reports/{name}",
        }
        key = identity("bench", name).encode()
        self._producer.produce(self._topic, to_json(value), key, home_partition(key, PARTITIONS))


def _known(number: int) -> tuple[str, str]:
    return GROUPS[number // 2], COUNTRIES[number % len(COUNTRIES)]


def _wait_for_requests(slack: SlackServer, wanted: set[int], processes: ContenderProcesses) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while missing := wanted - slack.arrivals.keys():
        processes.check()
        if time.monotonic() > deadline:
            raise ContenderError(f"{len(missing)} of {len(wanted)} alerts did not arrive. {processes.last_lines()}")
        time.sleep(0.05)


def _received(bootstrap: str, prefix: str) -> dict[int, float]:
    """Return when the broker received the sighting of each marked group, in seconds since 1970."""
    reader = Consumer({"bootstrap.servers": bootstrap, "group.id": "bench.reader", "enable.partition.eof": True})
    topic = SIGHTINGS.full_name(prefix)
    reader.assign([TopicPartition(topic, partition, 0) for partition in range(PARTITIONS)])
    ended, begins = 0, dict[int, float]()
    while ended < PARTITIONS:
        for message in reader.consume(5000, 0.2):
            if message.error() is not None:
                ended += 1
                continue
            number = number_of(from_json(message.value() or b"{}")["group"])
            if number is not None:
                begins[number] = message.timestamp()[1] / 1000
    reader.close()
    return begins
