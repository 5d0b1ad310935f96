"""Reads topics for those who are no stage: export, the web page, and the question whether all is done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import TopicAuthorizationFailedError

from faust_batches.errors import MissingTopicError
from faust_batches.plain_consumer import Consumer, counts, incoming
from faust_batches.record_batches import Fetched
from faust_batches.step import Incoming
from schemas.topics import OUTBOX, STAGES, Stage, Topic
from streams.io.kafka_config import KafkaConfig

_LONGEST_LOOK_SECONDS = 30.0


@asynccontextmanager
async def _consumer(cluster: KafkaConfig) -> AsyncIterator[Consumer]:
    consumer = Consumer(
        **cluster.for_client(),
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        fetch_max_wait_ms=100,
        max_partition_fetch_bytes=8 * 2**20,
    )
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()


@asynccontextmanager
async def _admin(cluster: KafkaConfig) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(**cluster.for_client())
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


async def topic_partitions(admin: AIOKafkaAdminClient, names: Iterable[str]) -> list[TopicPartition]:
    """Return the partitions of topics by full name. Raises MissingTopicError."""
    described = await admin.describe_topics(list(names))
    for topic in described:
        if topic["error_code"] == TopicAuthorizationFailedError.errno:
            raise MissingTopicError(f"This user may not see {topic['topic']}: allow it Describe on the topic")
        if not topic["partitions"]:
            raise MissingTopicError(f"Kafka has no topic {topic['topic']}: `firstseen topics apply` makes it")
    return [TopicPartition(topic["topic"], part["partition"]) for topic in described for part in topic["partitions"]]


async def partitions(cluster: KafkaConfig, prefix: str, topics: Iterable[Topic]) -> list[TopicPartition]:
    """Return the partitions of these topics. Raises MissingTopicError, or KafkaError when Kafka does not answer."""
    async with _admin(cluster) as admin:
        return await topic_partitions(admin, [topic.full_name(prefix) for topic in topics])


async def read_all(
    cluster: KafkaConfig, prefix: str, topic: Topic, beginnings: tuple[bytes, ...] = (b"",)
) -> list[Incoming]:
    """Return every committed record of a topic up to its end now, by partition and offset.

    ``beginnings``: only records whose keys begin with one of them; others are not kept in memory.
    Raises MissingTopicError, or KafkaError when Kafka does not answer; so do the other readers here.
    """
    places = await partitions(cluster, prefix, [topic])
    async with _consumer(cluster) as consumer:
        consumer.assign(places)
        every = _to_the_end(consumer, places)
        records = [record async for record in every if (record.key or b"").startswith(beginnings)]
    return sorted(records, key=lambda record: (record.partition, record.offset))


async def read_table(
    cluster: KafkaConfig, prefix: str, topic: Topic, beginnings: tuple[bytes, ...] = (b"",)
) -> list[Incoming]:
    """Return the last value of each key of a table, by key; removed rows are left out. Keys as in :func:`read_all`."""
    last = {record.key: record for record in await read_all(cluster, prefix, topic, beginnings)}
    return sorted(
        (record for record in last.values() if record.value is not None), key=lambda record: record.key or b""
    )


async def read_at(cluster: KafkaConfig, place: TopicPartition, offset: int) -> Fetched | None:
    """Return the record at an offset, of whatever transaction; None when it is not there any more."""
    async with Consumer(
        **cluster.for_client(),
        isolation_level="read_uncommitted",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    ) as consumer:
        consumer.assign([place])
        begin, end = await consumer.beginning_offsets([place]), await consumer.end_offsets([place])
        if not begin[place] <= offset < end[place]:
            return None
        consumer.seek(place, offset)
        async with asyncio.timeout(_LONGEST_LOOK_SECONDS):
            while await consumer.position(place) <= offset:
                for record in (await consumer.getmany(timeout_ms=500, max_records=1)).get(place, ()):
                    found: Fetched = record
                    return found if found.offset == offset else None
    return None


async def follow(
    cluster: KafkaConfig, prefix: str, topics: Iterable[Topic], behind: Callable[[int], None] = lambda _: None
) -> AsyncIterator[Incoming | None]:
    """Yield every committed record from the beginning and then as they come; None once, when the end is reached.

    Until then ``behind`` is told how many offsets are left, before each part that is read.
    """
    places = await partitions(cluster, prefix, topics)
    async with _consumer(cluster) as consumer:
        consumer.assign(places)
        async for record in _to_the_end(consumer, places, behind):
            yield record
        yield None
        while True:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for record in filter(counts, records):
                    yield incoming(record)


async def lag_by_stage(cluster: KafkaConfig, prefix: str) -> Mapping[Stage, int]:
    """Return the stages that have records left to work on, and roughly how many; empty when all is done.

    A stage writes its output and its position in one transaction, so asking the stages in the order of the path tells
    the truth: once a stage is done, all that it writes is there for the next. The last has a second half, the outbox.
    """
    left: dict[Stage, int] = {}
    async with _admin(cluster) as admin, _consumer(cluster) as consumer:
        for stage, topic in STAGES.items():
            places = await topic_partitions(admin, [topic.full_name(prefix)])
            offsets = await admin.list_consumer_group_offsets(f"{prefix}.{stage}", partitions=places)
            done = {tp: max(0, offsets[tp].offset) if tp in offsets else 0 for tp in places}
            ends = await consumer.end_offsets(places)
            if count := sum(ends[tp] - done[tp] for tp in await partitions_with_records(consumer, done, ends)):
                left[stage] = count
    if not left and (waiting := await read_table(cluster, prefix, OUTBOX)):
        left["slack"] = len(waiting)
    return left


async def ends(cluster: KafkaConfig, prefix: str, topic: Topic) -> tuple[int, ...]:
    """Return where each partition of a topic ends, by number: the offset after its last committed record."""
    places = await partitions(cluster, prefix, [topic])
    async with _consumer(cluster) as consumer:
        found = await consumer.end_offsets(places)
    return tuple(found[tp] for tp in sorted(places, key=lambda tp: tp.partition))


async def has_unread(cluster: KafkaConfig, prefix: str, stage: Stage, up_to: Sequence[int]) -> bool:
    """Return whether a stage still has a record to read before these offsets, one for each partition of its input."""
    async with _admin(cluster) as admin, _consumer(cluster) as consumer:
        every = await topic_partitions(admin, [STAGES[stage].full_name(prefix)])
        places = [tp for tp in every if tp.partition < len(up_to)]
        offsets = await admin.list_consumer_group_offsets(f"{prefix}.{stage}", partitions=places)
        done = {tp: max(0, offsets[tp].offset) if tp in offsets else 0 for tp in places}
        return bool(await partitions_with_records(consumer, done, {tp: up_to[tp.partition] for tp in places}))


async def partitions_with_records(
    consumer: Consumer, offsets: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]
) -> set[TopicPartition]:
    """Return the partitions that have a committed record from an offset on, before an end.

    It reads, for the last offsets may be those of transaction markers. Of the others nothing is fetched.
    """
    behind = {tp for tp, offset in offsets.items() if ends[tp] > offset}
    found: set[TopicPartition] = set()
    if not behind:
        return found
    consumer.assign(list(behind))
    for tp in behind:
        consumer.seek(tp, offsets[tp])
    while left := {tp for tp in behind - found if await consumer.position(tp) < ends[tp]}:
        found |= set(await consumer.getmany(*left, timeout_ms=200))
    consumer.pause(
        *behind
    )  # else it would go on fetching; aiokafka 0.14 may not stop any more once it has unsubscribed
    return found


async def _to_the_end(
    consumer: Consumer, places: list[TopicPartition], behind: Callable[[int], None] = lambda _: None
) -> AsyncIterator[Incoming]:
    ends = await consumer.end_offsets(places)
    while left := sum([max(0, end - await consumer.position(tp)) for tp, end in ends.items()]):
        behind(left)
        for records in (await consumer.getmany(timeout_ms=200)).values():
            for record in filter(counts, records):
                yield incoming(record)
