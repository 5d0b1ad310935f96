"""Foreign records on our topics stop no reader."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from firstseen.groups.evidence_log import EvidenceLog, read_log
from firstseen.local_kafka import LocalKafka
from firstseen.topic_exports import KINDS, export
from schemas.group import Group
from schemas.presence import Presence
from schemas.subscription import Subscriber, Subscription
from schemas.topics import (
    ACCOUNTING,
    ALERTS,
    CANDIDATES,
    DAYS,
    DELIVERIES,
    EPISODES,
    EVIDENCE,
    GROUPS,
    LEDGER,
    PRESENCE,
    REJECTED,
    SEEN,
    SPREAD,
    SUBSCRIPTIONS,
)
from streams.affiliations import plan
from streams.io.config_writer import read_groups, read_subscribers, write_groups
from streams.io.kafka_config import KafkaConfig
from streams.io.live_table import LiveTable
from streams.io.topic_admin import TopicSettings, apply
from streams.presence.policy import Policy
from tests.support.builders import ARRIVED, alert_event, change, evidence
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.kafka

CHANNEL = Subscriber(destination="C12345678", subscriptions=(Subscription(),), changed_at=ARRIVED)


async def read_log_of(cluster: KafkaConfig, prefix: str) -> EvidenceLog:
    return await asyncio.to_thread(read_log, cluster, prefix)


async def test_a_record_that_cannot_be_read_is_passed_over_by_all_who_read_topics(
    kafka: LocalKafka, prefix: str, here: Path
) -> None:
    cluster = KafkaConfig(kafka.bootstrap)
    apply(cluster, TopicSettings(prefix=prefix, partitions=1))
    good = {
        ALERTS: (b"a", alert_event().to_bytes()), EVIDENCE: (b"e", change(add=evidence()).to_bytes()),
        PRESENCE: (b"jnim|ML", Presence(group="JNIM", country="ML", region="Western Africa").to_bytes()), GROUPS: (b"JNIM", Group(id="JNIM").to_bytes()),
        SUBSCRIPTIONS: (b"C12345678", CHANNEL.to_bytes()),
    }  # fmt: skip
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        for topic, (key, value) in good.items():
            await producer.send_and_wait(topic.full_name(prefix), value, key)
        for topic in (
            ACCOUNTING,
            ALERTS,
            CANDIDATES,
            DAYS,
            DELIVERIES,
            EPISODES,
            EVIDENCE,
            GROUPS,
            LEDGER,
            PRESENCE,
            REJECTED,
            SEEN,
            SPREAD,
            SUBSCRIPTIONS,
        ):
            last = good.get(topic, (b"k", b""))[0]
            for key, value in ((last, b"not json"), (b"\xff\xfe", b'{"kind": "drone"}')):
                await producer.send_and_wait(topic.full_name(prefix), value, key)

    counts = {kind: len(await export(cluster, prefix, kind, Policy())) for kind in KINDS}
    assert counts == dict.fromkeys(KINDS, 0) | {
        "alerts": 1,
        "accounting": 1,
    }  # rows of a table come out of transactions
    assert [group.id for group in await read_groups(cluster, prefix)] == ["JNIM"]
    assert await read_subscribers(cluster, prefix) == {"C12345678": CHANNEL}
    change_of_groups = await write_groups(cluster, prefix, lambda known: plan(known, [Group(id="IS")], prune=False))
    assert [group.id for group in change_of_groups.put] == ["IS"]

    log = await read_log_of(cluster, prefix)
    assert [len(part) for part in log.partitions] == [2]  # the sighting, and the groups

    heard: list[int] = []
    followed = LiveTable(cluster, prefix, SUBSCRIPTIONS, Subscriber, lambda record, _: heard.append(record.offset))
    assert await followed.rows() == {"C12345678": CHANNEL}
    assert heard == [1, 2]

    environment = {"FIRSTSEEN_KAFKA": kafka.bootstrap, "FIRSTSEEN_PREFIX": prefix, "PATH": "/usr/bin:/bin"}
    printed = subprocess.run(
        [sys.executable, "-m", "firstseen", "export", "alerts"], env=environment, cwd=here, capture_output=True, text=True,
        timeout=PATIENCE_SECONDS, check=False,
    )  # fmt: skip
    assert (printed.returncode, len(printed.stdout.splitlines())) == (0, 1)
    assert [line.partition(" ")[0] for line in printed.stderr.splitlines() if "cannot be read" in line] == [
        f"{ALERTS.full_name(prefix)}/0@{offset}" for offset in (1, 2)
    ]
    assert "Traceback" not in printed.stderr
