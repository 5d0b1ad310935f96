"""A worker that was suspended while another one took over its partition sends nothing when it resumes."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest
from aiokafka.errors import IllegalOperation, KafkaError

from faust_batches import owned_partition
from faust_batches.owned_partition import CONFIRMED_SECONDS, OwnedPartition
from firstseen.local_kafka import LocalKafka
from schemas.delivery import Delivery
from schemas.topics import DELIVERIES, OUTBOX
from streams.io.destinations import Destinations
from streams.io.kafka_config import KafkaConfig
from streams.io.stage_config import StageConfig
from streams.io.topic_admin import TopicSettings, apply
from streams.notify.outbox import enqueue
from tests.support.builders import incoming
from tests.support.partition import destinations_of
from tests.support.slack import fake_slack
from tests.support.slack_deliveries import delivery, draw_no_maps, withdrawn
from tests.support.slack_emulator.gateway import Fault
from tests.support.waiting import PATIENCE_SECONDS
from tests.support.worker import take

pytestmark = [pytest.mark.kafka, pytest.mark.slack]


async def take_in(owned: OwnedPartition, destinations: Destinations, *deliveries: Delivery) -> None:
    """Put deliveries into the outbox, as the agent does."""
    records = [
        incoming(each, topic=DELIVERIES, offset=owned.next_offset + number) for number, each in enumerate(deliveries)
    ]
    step = enqueue(owned.tables, records, destinations.is_terminal)
    async with owned.lock:
        await owned.commit(step, owned.next_offset + len(records))
    destinations.enqueued(owned.partition, step)


async def until_empty(owned: OwnedPartition) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while owned.tables[OUTBOX]:
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update"])
async def test_a_resumed_owner_repeats_no_message_and_undoes_no_later_correction(
    kafka: LocalKafka, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    draw_no_maps(monkeypatch)
    clock = [0.0]
    monkeypatch.setattr(owned_partition, "time", SimpleNamespace(time=lambda: clock[0]))
    suspended, resumed = asyncio.Event(), asyncio.Event()

    async def suspend(_: float) -> None:
        suspended.set()
        await resumed.wait()

    cluster = KafkaConfig(kafka.bootstrap)
    apply(cluster, TopicSettings(prefix=prefix, partitions=1))
    with fake_slack() as slack:
        channel = slack.new_channel("taken-over")
        first = await take(StageConfig("slack", cluster, prefix, tmp_path / "first"))
        waiting = destinations_of(slack, sleep=suspend)
        first_queues = asyncio.create_task(waiting.open(first))
        if method == "chat.update":
            await take_in(first, waiting, delivery(channel))
            await until_empty(first)
        slack.gateway.faults.append(Fault("ratelimited", method))
        await take_in(first, waiting, delivery(channel, revision=2, title="The second revision"))
        async with asyncio.timeout(PATIENCE_SECONDS):
            await suspended.wait()

        second = await take(StageConfig("slack", cluster, prefix, tmp_path / "second"))
        successor = destinations_of(slack)
        second_queues = asyncio.create_task(successor.open(second))
        await take_in(second, successor, withdrawn(channel, revision=3))
        await until_empty(second)
        before = await asyncio.to_thread(slack.messages_and_replies, channel)
        assert "withdrawn" in str(before[0])

        clock[0] += CONFIRMED_SECONDS * 2
        resumed.set()
        with pytest.raises(ExceptionGroup) as failed:
            await first_queues
        assert failed.group_contains((KafkaError, IllegalOperation))
        assert await asyncio.to_thread(slack.messages_and_replies, channel) == before

        second_queues.cancel()
        await asyncio.gather(second_queues, return_exceptions=True)
        for owned in (first, second):
            await owned.release()
