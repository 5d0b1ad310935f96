"""Runs commit 0016d43 on a private Kafka, and writes what it leaves in its topics to ``0016d43.jsonl.gz``.

Run it again after a change of the story below, from the root of the repository: ``python -m
tests.support.earlier_state.record``. It needs git with that commit, and a minute. The records have timestamps of their
own, so that only times of heartbeats differ from run to run.

The first line of the file has the settings of each topic. Then comes a line for each committed record, with its offset,
and for each kind of export a line with what the commit itself exports.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kafka import KafkaProducer

from bench.broker import LagMonitor
from bench.contenders import before
from bench.contenders.registry import Hop, Run
from bench.processes import ContenderProcesses
from faust_batches.reading import open_consumer, read_to_end
from firstseen.local_kafka import LocalKafka
from firstseen.settings import clean_environment
from schemas.delivery import Delivery
from schemas.topics import OUTBOX
from streams.io.clock import monotonic, pause
from streams.io.kafka_config import KafkaConfig
from streams.io.reader import connected_admin, read_table, topic_partitions
from streams.presence.policy import Policy
from tests.support.earlier_state.load import FILE, PARTITIONS
from tests.support.slack_recorder import ARCHIVED, THROTTLED, SlackRecorder, slack_recorder

PREFIX = "earlier"
_SETTLE_SECONDS = 60.0

GROUPS = """
- id: JNIM
  names: ["Jama'at Nusrat al-Islam"]
- id: Katiba Macina
  affiliations: [{parent: JNIM, since: 2017-03-02}]
- id: Islamic State
  names: [{name: IS, source: a handbook}]
"""
MORE_GROUPS = """
- id: ISGS
  affiliations: [{parent: Islamic State, since: 2015-05}]
"""
SUBSCRIPTIONS = f"""
- {{destination: console, filter: "kind:first,re-emergence,returned,spread"}}
- {{destination: C0AFRICA, filter: 'region:"Western Africa"'}}
- {{destination: C0DAILY, filter: "group:JNIM digest:daily@08:00 Europe/Brussels"}}
- {{destination: {THROTTLED}, filter: "group:AQIM"}}
- {{destination: {ARCHIVED}, filter: "country:Somalia"}}
"""


def _seen(id_: str, group: str, country: str, occurred: str, grade: str | None = "B2", **more: Any) -> dict[str, Any]:
    return {
        "source": "desk",
        "id": id_,
        "group": group,
        "country": country,
        "occurred": occurred,
        "grade": grade,
        **more,
    }


STORY: list[tuple[str, dict[str, Any] | str]] = [
    ("2020-03-02", _seen("mali", "JNIM", "Mali", "2020-03-01", place="Mopti", latitude=14.5, longitude=-4.2, origin="AFP")),
    ("2020-03-03", _seen("niger", "Jama'at Nusrat al-Islam", "Niger", "2020-03-03", title="Raid near Tillabéri")),
    ("2020-03-05", _seen("burkina", "Katiba Macina", "Burkina Faso", "2020-03-05")),
    ("2020-03-06", _seen("benin-1", "ISGS", "Benin", "2020-03-05", "D4", origin="Wire A")),
    ("2020-03-07", _seen("benin-2", "ISGS", "Benin", "2020-03-06", "D4", origin="Wire B")),
    ("2020-03-07", _seen("togo", "ISGS", "Togo", "2020-03-06", "D4", origin="Wire A")),
    ("2020-03-08", _seen("cameroon", "Boko Haram", "Cameroon", "2020-03-08")),
    ("2020-03-09", _seen("chad", "Boko Haram", "Chad", "2020-03-08/2020-03-09")),
    ("2020-03-10", _seen("cameroon-early", "Boko Haram", "Cameroon", "2015-05-05", archival=True)),
    ("2020-03-10", {"source": "desk", "id": "chad", "revision": 2, "retracted": True}),
    ("2020-03-10", _seen("niger", "JNIM", "Niger", "2020-03-02", revision=2)),
    ("2020-03-11", _seen("colombia-early", "FARC", "Colombia", "2010-02-01", archival=True)),
    ("2020-03-11", _seen("colombia", "FARC", "Colombia", "2020-03-10")),
    ("2020-03-11", _seen("belgium-early", "Islamic State", "BE", "2019-08-01", archival=True)),
    ("2020-03-12", _seen("belgium", "is", "BE", "2020-03-10", origin="Belga")),
    ("2020-03-12", _seen("belgium-2", "IS", "BE", "2020-03-11", origin="DPA")),
    ("2020-03-12", _seen("somalia", "Al-Shabaab", "Somalia", "2020-03-11")),
    ("2020-03-12", _seen("kenya", "AL-SHABAAB", "Kenya", "2020-03-11")),
    ("2020-03-12", _seen("nowhere", "JNIM", "West Africa", "2020-03-11")),
    ("2020-03-12", _seen("exercise", "JNIM", "Ghana", "2020-03-11", test=True)),
    ("2020-03-12", _seen("mali", "JNIM", "Mali", "2020-03-01")),
    ("2020-03-12", {"source": "desk", "id": "unknown", "revision": 3, "retracted": True}),
    ("2020-03-13", MORE_GROUPS),
    ("2020-03-14", _seen("mali-2", "JNIM", "Mali", "2020-03-04", origin="Reuters")),
    ("2020-03-15", _seen("algeria", "AQIM", "Algeria", "2020-03-14")),
]  # fmt: skip
"""Days of arrival and sightings, or changed groups. Intake and presence finish each before the next arrives."""

_SET_UP = """
import asyncio, sys
from datetime import datetime, UTC
from pathlib import Path
from firstseen.configuration import load_groups, load_subscriptions
from firstseen.settings import load_settings
from places.areas import packaged
from streams.dispatch.subscribing import applied
from streams.presence.affiliations import plan
from streams.runtime.groups_writer import write_groups
from streams.runtime.subscribers_writer import write_subscribers
from streams.runtime.topic_admin import Layout, apply
settings, at = load_settings(), datetime.fromisoformat(sys.argv[1])
apply(settings.cluster, Layout(settings.prefix, settings.partitions, timestamps="producer"))
groups = load_groups(Path(sys.argv[2]), alone=False)
asyncio.run(write_groups(settings.cluster, settings.prefix, lambda known: plan(known, groups, prune=False), at))
if len(sys.argv) > 3:
    subscriptions = load_subscriptions(Path(sys.argv[3]), packaged())
    asyncio.run(write_subscribers(
        settings.cluster, settings.prefix, lambda known: applied(known, subscriptions, at, prune=False)
    ))
"""
"""Creates topics, groups and subscriptions with the functions of the commit, at a time of our own."""


def record() -> None:
    """Write the file."""
    contender = before.prepare()
    with tempfile.TemporaryDirectory() as name, slack_recorder(SlackRecorder()) as slack:
        folder = Path(name)
        with LocalKafka(folder / "kafka") as kafka:
            run = Run(kafka.bootstrap, PREFIX, folder)
            own = {"SLACK_BOT_TOKEN": "xoxb-0", "FIRSTSEEN_SLACK_URL": slack, "FIRSTSEEN_PARTITIONS": str(PARTITIONS)}
            own["FIRSTSEEN_HORIZON_DAYS"] = str(Policy().horizon_days)
            environment = {**contender.environment(run), **own}
            _set_up(environment, folder, _at("2020-01-01"), GROUPS, SUBSCRIPTIONS)
            with ContenderProcesses(contender.commands(run), environment, folder) as processes:
                monitor, hops = LagMonitor(kafka.bootstrap), contender.hops(run)
                for number, (day, event) in enumerate(STORY):
                    if isinstance(event, str):
                        _set_up(environment, folder, _at(day), event)
                    else:
                        _publish(kafka.bootstrap, _at(day, number), event)
                    _settle(kafka.bootstrap, monitor, hops, processes)
                monitor.close()
            exports = {kind: _export(environment, kind) for kind in EXPORTED}
            lines = [*asyncio.run(_records(kafka.bootstrap, _topics(environment))), {"exports": exports}]
    with gzip.GzipFile(FILE, "wb", mtime=0) as file:
        file.writelines(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines)
    print(f"{FILE}: {len(lines):,} lines, {FILE.stat().st_size:,} bytes")


EXPORTED = ("presence", "candidates", "activity", "spread", "alerts", "deliveries", "rejected", "accounting")


def _at(day: str, second: int = 0) -> datetime:
    return datetime.fromisoformat(day).replace(hour=9, second=second, tzinfo=UTC)


def _set_up(environment: Mapping[str, str], folder: Path, at: datetime, *files: str) -> None:
    paths = []
    for number, text in enumerate(files):
        path = folder / f"{number}.yaml"
        path.write_text(text, encoding="utf-8")
        paths.append(str(path))
    _old(environment, "-c", _SET_UP, at.isoformat(), *paths)


def _old(environment: Mapping[str, str], *arguments: str) -> str:
    command = [sys.executable, "-P", "-W", "ignore", *arguments]
    ran = subprocess.run(command, env=clean_environment(environment), capture_output=True, text=True, check=False)
    if ran.returncode:
        raise RuntimeError(ran.stderr)
    return ran.stdout


def _export(environment: Mapping[str, str], kind: str) -> list[Any]:
    return [json.loads(line) for line in _old(environment, "-m", "firstseen", "export", kind).splitlines()]


def _topics(environment: Mapping[str, str]) -> dict[str, dict[str, str]]:
    rows = map(json.loads, _old(environment, "-m", "firstseen", "topics", "list", "--json").splitlines())
    return {row["topic"]: row["config"] for row in rows}


def _publish(bootstrap: str, at: datetime, sighting: dict[str, Any]) -> None:
    value = json.dumps({name: value for name, value in sighting.items() if value is not None}).encode()
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    key = f"{sighting['source']}/{sighting['id']}".encode()
    producer.send(f"{PREFIX}.sightings.v1", value, key, timestamp_ms=int(at.timestamp() * 1000))
    producer.close()


def _settle(bootstrap: str, monitor: LagMonitor, hops: Sequence[Hop], processes: ContenderProcesses) -> None:
    deadline = monotonic() + _SETTLE_SECONDS
    while any(monitor.left(hop) for hop in hops) or _waiting(bootstrap) - {THROTTLED}:
        processes.check()
        if monotonic() > deadline:
            raise RuntimeError(processes.last_lines())
        pause(0.2)


def _waiting(bootstrap: str) -> set[str]:
    rows = asyncio.run(read_table(KafkaConfig(bootstrap), PREFIX, OUTBOX))
    return {Delivery.from_bytes(row.value or b"").destination for row in rows}


async def _records(bootstrap: str, topics: dict[str, dict[str, str]]) -> list[dict[str, Any]]:
    cluster, lines = KafkaConfig(bootstrap), list[dict[str, Any]]()
    async with connected_admin(cluster) as admin:
        places = await topic_partitions(admin, topics)
    async with open_consumer(cluster.for_client()) as consumer:
        consumer.assign(places)
        async for place, fetched in read_to_end(consumer, await consumer.end_offsets(places)):
            lines += (
                {
                    "topic": place.topic.removeprefix(f"{PREFIX}."), "partition": place.partition, "offset": found.offset,
                    "timestamp": found.timestamp, "transactional": found.transactional,
                    "key": found.key and found.key.decode(), "value": found.value and found.value.decode(),
                    "headers": [[name, (value or b"").decode()] for name, value in found.headers],
                }
                for found in fetched
            )  # fmt: skip
    order = list(topics)
    lines.sort(key=lambda line: (order.index(f"{PREFIX}.{line['topic']}"), line["partition"], line["offset"]))
    return [
        {"topics": {name.removeprefix(f"{PREFIX}."): config for name, config in topics.items()}},
        *_without_beats(lines),
    ]


def _without_beats(lines: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Keep the first heartbeat of each partition: their number differs from run to run."""
    for line in lines:
        if not line["topic"].startswith("heartbeats") or line["offset"] == 0:
            yield line


if __name__ == "__main__":
    record()
