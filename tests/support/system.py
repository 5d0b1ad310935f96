"""A whole running system for a test: the four workers on the test run's Kafka, and what it holds."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kafka import KafkaProducer
from pydantic_core import to_json

from firstseen.config.files import load_groups, load_subscriptions
from firstseen.local_kafka import LocalKafka
from firstseen.local_system import LocalSystem, local_system
from firstseen.settings import Settings
from firstseen.supervisor import Line
from firstseen.topic_exports import Kind, export
from places.areas import packaged
from schemas.codes import identity
from streams.io.clock import monotonic
from streams.presence.policy import Policy
from tests.support.waiting import PATIENCE_SECONDS


@dataclass
class System:
    """What a test sees of it."""

    kafka: str
    prefix: str
    processes: LocalSystem
    lines: list[str] = field(default_factory=list)

    def publish(self, *sightings: dict[str, Any], key: str | None = None, partition: int | None = None) -> None:
        """Publish with plain kafka-python, as any producer would."""
        self.publish_raw(
            *((key or identity(str(s.get("source")), str(s.get("id"))), to_json(s)) for s in sightings),
            partition=partition,
        )

    def publish_raw(self, *records: tuple[str | None, bytes], partition: int | None = None) -> None:
        producer = KafkaProducer(bootstrap_servers=self.kafka, max_request_size=2**25)
        for key, value in records:
            producer.send(f"{self.prefix}.sightings.v1", value, key.encode() if key else None, partition=partition)
        producer.flush()
        producer.close()

    def settle(self, timeout_seconds: float = PATIENCE_SECONDS) -> None:
        """Return when every stage has worked through all that there is."""
        deadline = monotonic() + timeout_seconds
        while left := self.processes.lag_by_stage():
            assert monotonic() < deadline, f"not done: {left}\n" + "\n".join(self.lines[-40:])
            self.processes.pump(0.05)
        self.processes.pump(0.1)

    def shows(self, pattern: str, timeout_seconds: float = PATIENCE_SECONDS) -> bool:
        """Return whether a line matches a pattern, once what the processes have written has arrived here."""
        deadline = monotonic() + timeout_seconds
        while not any(re.search(pattern, line) for line in self.lines):
            if monotonic() > deadline:
                return False
            self.processes.pump(0.05)
        return True

    def export(self, kind: Kind) -> list[dict[str, Any]]:
        return asyncio.run(export(self.processes.cluster, self.prefix, kind, Policy()))


_VIEWED: tuple[Kind, ...] = ("accounting", "activity", "alerts", "presence", "rejected")


class SystemView(System):
    """A running system that several tests share, as one of them sees it: with what was added since the view was made."""

    def __init__(self, whole: System) -> None:
        super().__init__(whole.kafka, whole.prefix, whole.processes, whole.lines)
        whole.settle()
        self._before = {kind: whole.export(kind) for kind in _VIEWED}

    def export(self, kind: Kind) -> list[dict[str, Any]]:
        rows, before = super().export(kind), self._before[kind]
        if kind == "accounting" and before:
            return [_difference(rows[0], before[0])]
        return [row for row in rows if row not in before]


def _difference(counts: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    differing: dict[str, Any] = {}
    for name, count in counts.items():
        if name == "rejected":
            grown = {reason: number - before[name].get(reason, 0) for reason, number in count.items()}
            differing[name] = {reason: number for reason, number in grown.items() if number}
        else:
            differing[name] = count - before[name]
    return differing


@contextmanager
def system(
    kafka: LocalKafka,
    prefix: str,
    folder: Path,
    *,
    partitions: int = 2,
    groups: Path | None = None,
    subscriptions: Path | None = None,
    environment: dict[str, str | None] | None = None,
) -> Iterator[System]:
    """Run the four workers until the context ends; topics and state stay for the next one with the same prefix."""
    settings = Settings(kafka=kafka.bootstrap, prefix=prefix, partitions=partitions, state_dir=folder)
    lines: list[str] = []

    def on_line(line: Line) -> None:
        lines.append(f"{line.process}: {line.text}")

    children = {
        "FIRSTSEEN_PARTITIONS": str(partitions),
        "FIRSTSEEN_STATE_DIR": str(folder),
        "SLACK_BOT_TOKEN": None,
        **(environment or {}),
    }
    topic_settings = replace(settings.topic_settings, partitions=partitions)
    with local_system(
        settings,
        topic_settings,
        None,
        children,
        groups=load_groups(groups),
        subscriptions=load_subscriptions(subscriptions, packaged()),
        on_line=on_line,
        report=lines.append,
        web=False,
    ) as processes:
        yield System(kafka.bootstrap, prefix, processes, lines)
