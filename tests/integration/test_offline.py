"""Folding the evidence log without Kafka gives the same history as the agents."""

from __future__ import annotations

import asyncio
import json
import random
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from firstseen.groups.evidence_log import read_log
from firstseen.local_kafka import LocalKafka
from schemas.group import Group
from schemas.presence import StoredAlert
from schemas.topics import ALERTS, DAYS, EPISODES, POSITIONS, PRESENCE, SEEN, SPREAD, STORED_ALERTS, TABLES, Topic
from streams.affiliations import plan
from streams.io.config_writer import write_groups
from streams.io.kafka_config import KafkaConfig
from streams.io.reader import read_all, read_table
from streams.presence.policy import Policy
from streams.replay import History, fold_evidence_log
from tests.integration.dirt import GROUPS, dirty, varied
from tests.support.system import System, system

pytestmark = pytest.mark.kafka


def apply(running: System, groups: list[Group], *, prune: bool) -> None:
    cluster = KafkaConfig(running.kafka)
    asyncio.run(write_groups(cluster, running.prefix, lambda known: plan(known, groups, prune=prune)))


def test_folding_the_log_without_kafka_gives_every_row_and_every_alert_event(
    kafka: LocalKafka, prefix: str, here: Path, tmp_path: Path
) -> None:
    demo = (here / "firstseen" / "demo" / "sightings.jsonl").read_text("utf-8").splitlines()
    chosen = random.Random(11).sample([json.loads(line) for line in demo], 500)
    lines = dirty(varied(chosen, seed=5), seed=7)
    groups = [Group.model_validate(entry) for entry in yaml.safe_load(GROUPS)]
    policy = Policy(horizon_days=10_000)  # the broker stamps today, so a shorter horizon would suppress the alerts
    horizon: dict[str, str | None] = {"FIRSTSEEN_HORIZON_DAYS": "10000"}
    with system(kafka, prefix, tmp_path, environment=horizon) as running:
        # Groups are added, changed and removed while evidence arrives, on four partitions.
        third = len(lines) // 3
        running.publish_raw(*((None, line) for line in lines[:third]))
        apply(running, groups, prune=False)
        running.publish_raw(*((None, line) for line in lines[third : 2 * third]))
        apply(running, groups[:2], prune=True)
        running.publish_raw(*((None, line) for line in lines[2 * third :]))
        apply(running, groups, prune=False)
        running.settle()

        log = read_log(KafkaConfig(kafka.bootstrap), prefix)
        histories = [fold_evidence_log(changes, policy) for changes in log.partitions]
        tables = {
            topic: {row.key: row.value for row in asyncio.run(read_table(KafkaConfig(kafka.bootstrap), prefix, topic))}
            for topic in TABLES["presence"]
            if topic is not POSITIONS["presence"]
        }
        published = asyncio.run(read_all(KafkaConfig(kafka.bootstrap), prefix, ALERTS))

    for topic, there in tables.items():
        assert rows(histories, topic) == without_offsets(topic, there), topic.name
    assert all(len(tables[topic]) > 3 for topic in (PRESENCE, SEEN, DAYS, EPISODES, STORED_ALERTS, SPREAD))
    by_alert: dict[bytes | None, list[bytes | None]] = defaultdict(list)
    for record in published:
        by_alert[record.key].append(record.value)
    expected: dict[bytes | None, list[bytes | None]] = defaultdict(list)
    for history in histories:
        for event in history.events:
            expected[event.alert_id.encode()].append(event.to_bytes())
    assert by_alert == expected
    assert len(published) > 100


def rows(histories: list[History], topic: Topic) -> dict[bytes | None, bytes | None]:
    """Return the rows of all partitions. Each partition has all groups; the key of any other row is in one of them."""
    found = [history.tables[topic] for history in histories]
    return without_offsets(topic, {key.encode(): row.to_bytes() for table in found for key, row in table.items()})


def without_offsets(topic: Topic, there: Mapping[bytes | None, bytes | None]) -> dict[bytes | None, bytes | None]:
    """Return rows without offsets in Kafka, which the fold without Kafka does not know."""
    if topic is not STORED_ALERTS:
        return dict(there)
    return {key: StoredAlert.from_bytes(row or b"").replace(raised_offset=0).to_bytes() for key, row in there.items()}
