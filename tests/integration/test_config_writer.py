"""A change of groups, areas or subscriptions can be read as soon as its writer confirms it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from aiokafka import AIOKafkaProducer

from firstseen.local_kafka import LocalKafka
from schemas.area import Area, AreasChange
from schemas.group import Group, GroupsChange
from schemas.subscription import Subscriber
from schemas.topics import AREAS, GROUPS, SUBSCRIPTIONS
from streams.io.config_writer import (
    read_areas,
    read_groups,
    read_subscribers,
    write_areas,
    write_groups,
    write_subscribers,
)
from streams.io.kafka_config import KafkaConfig
from streams.io.reader import partitions
from streams.io.topic_admin import TopicSettings, apply
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.kafka

CONSOLE = Subscriber(destination="console", subscriptions=(), changed_at=datetime(2017, 11, 24, tzinfo=UTC))


async def test_a_confirmed_change_can_be_read_at_once(
    kafka: LocalKafka, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.io.reader._READABLE_SECONDS", PATIENCE_SECONDS)
    cluster = KafkaConfig(kafka.bootstrap)
    apply(cluster, TopicSettings(prefix=prefix))
    # Readers of committed records stop before an open transaction, as they do before a commit that is not marked yet.
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, transactional_id=f"{prefix}-open") as other:
        async with other.transaction():
            for topic in (GROUPS, AREAS, SUBSCRIPTIONS):
                for place in await partitions(cluster, prefix, [topic]):
                    await other.send_and_wait(place.topic, None, b"nobody", partition=place.partition)
            group, area = Group(id="Islamic State", names=["ISIS"]), Area(name="lake", version=1, shape="POINT (13 12)")
            writers = {
                asyncio.ensure_future(write_groups(cluster, prefix, lambda _: GroupsChange(put=(group,)))),
                asyncio.ensure_future(write_areas(cluster, prefix, lambda _: AreasChange(put=(area,), partitions=0))),
                asyncio.ensure_future(write_subscribers(cluster, prefix, lambda _: {"console": CONSOLE})),
            }
            confirmed, _ = await asyncio.wait(writers, timeout=1)
            assert not confirmed
        await asyncio.gather(*writers)
    assert await read_groups(cluster, prefix) == [group]
    assert await read_areas(cluster, prefix) == [area]
    assert list(await read_subscribers(cluster, prefix)) == ["console"]
