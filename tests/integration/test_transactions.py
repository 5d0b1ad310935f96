"""A transaction holds all of a batch or none of it, in whatever way Kafka rejects one of its outputs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import IllegalOperation, KafkaError
from kafka import KafkaAdminClient
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ResourcePattern,
    ResourceType,
)

from faust_batches.owned_partition import OwnedPartition
from faust_batches.step import Outgoing, Step
from firstseen.local_kafka import LocalKafka
from schemas.intake_tables import Accounting, Version
from schemas.topics import ACCOUNTING, ALERTS, EVIDENCE, POSITIONS, PRESENCE, REJECTED, VERSIONS, Topic
from streams.io.kafka_config import KafkaConfig
from streams.io.reader import lag_by_stage, read_all
from streams.io.stage_config import StageConfig
from streams.io.topic_admin import TopicSettings, apply
from tests.support.worker import configure, take, until_all_committed

pytestmark = pytest.mark.kafka

NOW = datetime.now(UTC)


def batch(evidence: bytes = b"{}", arrived: datetime = NOW) -> Step:
    return Step(
        {VERSIONS: {"wire/1": Version(revision=1)}, ACCOUNTING: {"0": Accounting(accepted=1)}},
        [Outgoing(REJECTED, b"key", b"{}", NOW), Outgoing(EVIDENCE, b"key", evidence, arrived)],
    )


WRITTEN = (EVIDENCE, REJECTED, VERSIONS, ACCOUNTING, POSITIONS["intake"])


async def visible(cluster: KafkaConfig, prefix: str, topics: tuple[Topic, ...] = WRITTEN) -> dict[Topic, int]:
    await asyncio.to_thread(until_all_committed, cluster.bootstrap, prefix, topics)
    return {topic: count for topic in topics if (count := len(await read_all(cluster, prefix, topic)))}


@asynccontextmanager
async def owner(kafka: LocalKafka, prefix: str, folder: Path) -> AsyncIterator[OwnedPartition]:
    cluster = KafkaConfig(kafka.bootstrap)
    apply(cluster, TopicSettings(prefix=prefix, partitions=1))
    owned = await take(StageConfig("intake", cluster, prefix, folder))
    try:
        yield owned
    finally:
        await owned.release()


async def test_an_output_that_is_too_large_for_the_broker(kafka: LocalKafka, prefix: str, tmp_path: Path) -> None:
    async with owner(kafka, prefix, tmp_path) as owned:
        configure(kafka.bootstrap, EVIDENCE.full_name(prefix), max_message_bytes="1000")
        with pytest.raises(KafkaError):
            await owned.commit(batch(evidence=b"x" * 2000), 1)
        assert await visible(KafkaConfig(kafka.bootstrap), prefix) == {}
        assert owned.next_offset == 0


async def test_an_output_whose_timestamp_the_broker_refuses(kafka: LocalKafka, prefix: str, tmp_path: Path) -> None:
    async with owner(kafka, prefix, tmp_path) as owned:
        configure(kafka.bootstrap, EVIDENCE.full_name(prefix), message_timestamp_after_max_ms="3600000")
        with pytest.raises(KafkaError):
            await owned.commit(batch(arrived=datetime(2400, 1, 1, tzinfo=UTC)), 1)
        assert await visible(KafkaConfig(kafka.bootstrap), prefix) == {}


async def test_an_owner_that_another_worker_has_fenced(kafka: LocalKafka, prefix: str, tmp_path: Path) -> None:
    async with owner(kafka, prefix, tmp_path / "1") as first, owner(kafka, prefix, tmp_path / "2") as second:
        # Which of the two depends on where in the transaction it learns of it.
        with pytest.raises((KafkaError, IllegalOperation)):
            await first.commit(batch(), 1)
        assert await visible(KafkaConfig(kafka.bootstrap), prefix) == {}
        await second.commit(batch(), 1)
        assert len(await visible(KafkaConfig(kafka.bootstrap), prefix)) == 5


async def test_no_stage_is_idle_before_what_was_committed_can_be_read(kafka: LocalKafka, prefix: str) -> None:
    cluster = KafkaConfig(kafka.bootstrap)
    apply(cluster, TopicSettings(prefix=prefix, partitions=1))
    assert await lag_by_stage(cluster, prefix) == {}
    # Readers of committed records stop before an open transaction, as they do before a commit that is not marked yet.
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, transactional_id=f"{prefix}-open") as producer:
        async with producer.transaction():
            for topic in (ALERTS, PRESENCE):
                await producer.send_and_wait(topic.full_name(prefix), b"{}", b"key", partition=0)
            assert await lag_by_stage(cluster, prefix) == {"dispatch": 1, "presence": 1}


async def test_an_output_that_the_worker_may_not_write(prefix: str, tmp_path: Path) -> None:
    rules = {
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "allow.everyone.if.no.acl.found": "true",
    }
    with LocalKafka(tmp_path / "kafka", properties=rules) as kafka:
        async with owner(kafka, prefix, tmp_path / "state") as owned:
            pattern = ResourcePattern(ResourceType.TOPIC, EVIDENCE.full_name(prefix))
            admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
            admin.create_acls([ACL("User:ANONYMOUS", "*", ACLOperation.WRITE, ACLPermissionType.DENY, pattern)])
            admin.close()
            with pytest.raises(KafkaError):
                await owned.commit(batch(), 1)
            # The rule hides evidence itself from this user.
            others = (REJECTED, VERSIONS, ACCOUNTING, POSITIONS["intake"])
            assert await visible(KafkaConfig(kafka.bootstrap), prefix, others) == {}
