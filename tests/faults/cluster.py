"""One or three brokers on loopback, each with two listeners: one for the harness, and one behind the proxy for workers."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import Producer
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError

from faust_batches.errors import UnreachableError
from firstseen.local_kafka import LocalKafka, LocalKafkaError, prepare
from schemas.topics import TOPICS, Topic
from streams.io.clock import monotonic, pause
from streams.io.kafka_config import KafkaConfig
from streams.io.topic_admin import TopicSettings, admin_client, apply, topic_config
from tests.faults.proxy import Proxy, proxy
from tests.support.waiting import PATIENCE_SECONDS

COMPACTED_SOON = {
    "segment.ms": "2000",
    "segment.index.bytes": "65536",
    "min.cleanable.dirty.ratio": "0.01",
    "min.compaction.lag.ms": "0",
}
"""Segments close after two seconds and are compacted at the next check, even with few rows."""


POISON = (b"no record", b'{"kind":"of a newer version"}', None)
"""Values that no stage can read."""


@dataclass
class Brokers:
    """The running brokers. ``direct`` is their address for the harness, ``proxied`` for the workers."""

    nodes: list[LocalKafka]
    network: Proxy
    direct: str
    proxied: str

    def __post_init__(self) -> None:
        self._up = [threading.Event() for _ in self.nodes]
        for up in self._up:
            up.set()

    @property
    def cluster(self) -> KafkaConfig:
        """Return the harness's connection."""
        return KafkaConfig(self.direct)

    def kill(self, number: int) -> None:
        """Kill -9 a broker, after a previously killed one is back: Kafka does not tolerate the loss of two of three."""
        for up in self._up:
            up.wait(PATIENCE_SECONDS)
        self._up[number].clear()
        self.nodes[number].kill()

    def restart(self, number: int) -> None:
        """Restart a broker. Raises LocalKafkaError."""
        tries = 3
        while True:
            try:
                self.nodes[number].start()
                break
            except LocalKafkaError:
                tries -= 1
                if not tries:
                    raise
                pause(1)
        self._up[number].set()

    def make_topics(self, prefix: str, partitions: int) -> None:
        """Create the topics, with tables that are compacted during the run."""
        topic_settings = TopicSettings(prefix=prefix, partitions=partitions, replication=len(self.nodes))
        apply(self.cluster, topic_settings)
        self._configure(
            {topic.full_name(prefix): _config(topic, topic_settings) for topic in TOPICS if topic.compacted}
        )

    def reject(self, prefix: str, name: str) -> None:
        """Make the brokers reject every write to a topic as too large.

        Transaction markers, of 78 bytes, are still accepted, because no transaction could end without them.
        """
        self._limit(prefix, name, "150")

    def accept_again(self, prefix: str, name: str) -> None:
        """Make the brokers accept writes again."""
        self._limit(prefix, name, None)

    def _limit(self, prefix: str, name: str, largest_bytes: str | None) -> None:
        [topic] = [topic for topic in TOPICS if topic.name == name]
        config = _config(topic, TopicSettings(prefix=prefix, replication=len(self.nodes)))
        if largest_bytes:
            config["max.message.bytes"] = largest_bytes
        self._configure({topic.full_name(prefix): config})

    def _configure(self, configs: Mapping[str, dict[str, str]]) -> None:
        wanted = [ConfigResource(ConfigResourceType.TOPIC, name, config) for name, config in configs.items()]
        deadline = monotonic() + PATIENCE_SECONDS
        while True:
            try:
                with admin_client(self.cluster) as client:
                    client.alter_configs(wanted)
                    return
            # A broker is down, or does not know new topics yet.
            except (ValueError, KafkaError, UnreachableError):
                if monotonic() > deadline:
                    raise
                pause(0.5)

    def poison(self, prefix: str, name: str, partitions: int) -> None:
        """Write unreadable records into each partition of a topic, as another program might."""
        producer = Producer({"bootstrap.servers": self.direct, "compression.type": "zstd", "log_level": 0})
        for partition in range(partitions):
            for value in POISON:
                headers: list[tuple[str, str | bytes | None]] = [("ce_specversion", None), ("", b"\xff")]
                producer.produce(f"{prefix}.{name}.v1", value, b"key", partition, headers=headers)
        producer.flush(120)

    def compacted_offsets(self, prefix: str) -> int:
        """Return how many offsets of all tables were compacted, from the brokers' own checkpoint files."""
        reached: dict[tuple[str, str], int] = {}
        for node in self.nodes:
            checkpoint = node.data_dir / "logs" / "cleaner-offset-checkpoint"
            for line in checkpoint.read_text().splitlines()[2:] if checkpoint.exists() else []:
                topic, partition, offset = line.split()
                if topic.startswith(f"{prefix}."):
                    reached[topic, partition] = max(int(offset), reached.get((topic, partition), 0))
        return sum(reached.values())


def _config(topic: Topic, topic_settings: TopicSettings) -> dict[str, str]:
    return topic_config(topic, topic_settings) | (COMPACTED_SOON if topic.compacted else {})


@contextmanager
def brokers(count: int, folder: Path) -> Iterator[Brokers]:
    """Run a number of brokers until the context ends."""
    prepare()
    ports = free_ports(4 * count)
    direct, inside, controller, outside = (ports[kind * count : (kind + 1) * count] for kind in range(4))
    voters = ",".join(f"{number + 1}@127.0.0.1:{port}" for number, port in enumerate(controller))
    common = {
        "controller.quorum.voters": voters,
        "listener.security.protocol.map": "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT,WORKERS:PLAINTEXT",
        "offsets.topic.replication.factor": str(count),
        "transaction.state.log.replication.factor": str(count),
        "transaction.state.log.min.isr": str(min(2, count)),
        "min.insync.replicas": str(min(2, count)),
        "log.cleaner.backoff.ms": "1000",
    }
    nodes = []
    for number in range(count):
        own = {
            "node.id": str(number + 1),
            "listeners": f"BROKER://127.0.0.1:{direct[number]},WORKERS://127.0.0.1:{inside[number]},"
            f"CONTROLLER://127.0.0.1:{controller[number]}",
            "advertised.listeners": f"BROKER://127.0.0.1:{direct[number]},WORKERS://127.0.0.1:{outside[number]}",
        }
        nodes.append(LocalKafka(folder / f"broker-{number}", direct[number], properties=common | own))
    with ExitStack() as stack:
        network = stack.enter_context(proxy(dict(zip(outside, inside, strict=True))))
        stack.callback(_stop, nodes)
        with ThreadPoolExecutor(count) as threads:  # together: none is ready before two of three run
            list(threads.map(LocalKafka.start, nodes))
        yield Brokers(nodes, network, _addresses(direct), _addresses(outside))


def _stop(nodes: list[LocalKafka]) -> None:
    # An orderly stop would be slow, because the last brokers wait for the others, and their data are not needed.
    for node in nodes:
        node.kill()


def _addresses(ports: list[int]) -> str:
    return ",".join(f"127.0.0.1:{port}" for port in ports)


def free_ports(count: int) -> list[int]:
    """Return free ports below the system's client ports, so that no client takes the port of a killed broker."""
    found: list[int] = []
    deadline = monotonic() + PATIENCE_SECONDS
    while len(found) < count and monotonic() < deadline:
        port = random.SystemRandom().randrange(15_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in found:
            found.append(port)
    return found
