"""Runs a complete Firstseen on this machine: Kafka, topics, the four workers and optionally the page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from firstseen.local_kafka import LocalKafka
from firstseen.settings import Settings
from firstseen.supervisor import Line, Supervisor
from places.area_records import plan_areas
from places.polygons import PolygonArea
from schemas.group import Group
from schemas.subscription import Subscription
from schemas.topics import STAGES, Stage
from streams.affiliations import plan
from streams.dispatch.subscribers import apply_file
from streams.io.clock import now
from streams.io.config_writer import write_areas, write_groups, write_subscribers
from streams.io.kafka_config import KafkaConfig
from streams.io.reader import lag_by_stage
from streams.io.topic_admin import TopicSettings, apply

Report = Callable[[str], None]

Messages = Literal["cards", "lines", "none"]
"""How the terminal shows messages."""

_OPTIONS: Mapping[Messages, tuple[str, ...]] = {"cards": (), "lines": ("--brief",), "none": ("--quiet",)}
"""Options of the command ``worker``."""

NO_SENDERS: Mapping[str, None] = dict.fromkeys(
    ("SLACK_BOT_TOKEN", "FIRSTSEEN_WEBHOOK_SECRET", "FIRSTSEEN_TEAMS_URLS", "FIRSTSEEN_SMTP_HOST")
)
"""Changes of an environment with which nothing is sent: each sender needs one of these."""


@dataclass(frozen=True, slots=True)
class LocalSystem:
    """A running system, as seen by its parent process."""

    cluster: KafkaConfig
    prefix: str
    processes: Supervisor
    kafka: LocalKafka | None
    all_needed: bool
    """Whether the parent needs every one of the processes."""

    def pump(self, seconds: float) -> None:
        """For a while, forward the processes' output and restart any that ended.

        Raises LocalKafkaError if the local Kafka has ended, ProcessError if a needed process cannot work or keeps
        ending.
        """
        if self.kafka is not None:
            self.kafka.check()
        self.processes.pump(seconds)
        if self.all_needed:
            self.processes.require_all()

    def lag_by_stage(self) -> Mapping[Stage, int]:
        """Return the stages that have records left to work on."""
        return asyncio.run(lag_by_stage(self.cluster, self.prefix))


def broker_properties(settings: Settings) -> dict[str, str]:
    """Return the properties of the local Kafka that follow from the settings."""
    return {"transaction.max.timeout.ms": str(1000 * max(60, settings.transaction_seconds))}


@contextmanager
def local_system(
    settings: Settings,
    layout: TopicSettings,
    kafka: LocalKafka | None,
    environment: Mapping[str, str | None],
    *,
    groups: Sequence[Group],
    subscriptions: Mapping[str, Sequence[Subscription]],
    areas: Sequence[PolygonArea] = (),
    groups_arrived: datetime | None = None,
    on_line: Callable[[Line], None],
    report: Report,
    web: bool,
    messages: Messages = "cards",
    all_needed: bool = True,
) -> Iterator[LocalSystem]:
    """Start everything, and stop it in reverse order when the context ends.

    ``kafka`` None: use the cluster of the settings. ``environment`` changes the environment of the children.
    ``groups``, ``subscriptions`` and ``areas`` are applied before the workers start. ``messages``: how the terminal
    shows them.
    ``all_needed``: raises ProcessError if a process cannot work; otherwise the others continue without it.
    """
    with ExitStack() as stack:
        cluster = settings.cluster
        if kafka is not None:
            report("Starting Apache Kafka ...")
            stack.enter_context(kafka)
            cluster = KafkaConfig(kafka.bootstrap)
        apply(cluster, layout)
        if subscriptions:
            asyncio.run(
                write_subscribers(
                    cluster, layout.prefix, lambda known: apply_file(known, subscriptions, now(), prune=False)
                )
            )
        if groups:
            asyncio.run(
                write_groups(cluster, layout.prefix, lambda known: plan(known, groups, prune=False), groups_arrived)
            )
        if areas:
            asyncio.run(write_areas(cluster, layout.prefix, lambda known: plan_areas(known, areas, now(), prune=False)))
        own = {"FIRSTSEEN_KAFKA": cluster.bootstrap, "FIRSTSEEN_PREFIX": layout.prefix}
        if kafka is not None:
            own["FIRSTSEEN_SECURITY_PROTOCOL"] = "PLAINTEXT"
        processes = stack.enter_context(Supervisor({**environment, **own}, on_line))
        report("Starting the workers ...")
        for stage in STAGES:
            processes.start(stage, "worker", stage, *_OPTIONS[messages])
        names: list[str] = [*STAGES]
        if web:
            processes.start("web", "web")
            names.append("web")
        processes.wait_until_ready(names, report, all_needed=all_needed)
        stack.callback(report, "Stopping ...")
        yield LocalSystem(cluster, layout.prefix, processes, kafka, all_needed)


@contextmanager
def private_system(
    folder: Path,
    settings: Settings,
    groups: Sequence[Group],
    subscriptions: Mapping[str, Sequence[Subscription]],
    *,
    report: Report,
    on_line: Callable[[Line], None] | None = None,
    web_port: int | None = None,
    environment: Mapping[str, str | None] | None = None,
    cards: bool = False,
) -> Iterator[LocalSystem]:
    """Run a system with a Kafka and fresh state of its own, with the timestamps of the records. Nothing is sent.

    With one partition, records pass in the order in which they were published, so that the same files give the same
    history byte for byte. Groups are known from the beginning. ``on_line`` None: messages are not shown; else it gets
    each in one line, or as a card if ``cards``.
    """
    kafka = LocalKafka(
        folder / "kafka", properties=broker_properties(settings), report=report, base_url=settings.maven_url
    )
    layout = replace(settings.topic_settings, partitions=1, replication=1, timestamps="producer")
    children: dict[str, str | None] = {
        **(environment or {}),
        "FIRSTSEEN_STATE_DIR": str(folder / "state"),
        "FIRSTSEEN_WEB_PORT": str(web_port) if web_port else None,
        **NO_SENDERS,
    }
    shown: Messages = "cards" if cards else "lines"
    messages: Messages = "none" if on_line is None else shown
    long_ago = datetime.fromtimestamp(0, UTC)
    with local_system(
        settings, layout, kafka, children, groups=groups, subscriptions=subscriptions, groups_arrived=long_ago,
        on_line=on_line or (lambda _: None), report=report, web=web_port is not None, messages=messages,
    ) as system:  # fmt: skip
        yield system
