"""Reads topics outside the stages: for exports, the page, commands, and to check whether the stages are idle.

The loop that reads to the end is :func:`faust_batches.reading.read_to_end`. Every reader here raises MissingTopicError,
or UnreachableError when Kafka does not answer at the start, or KafkaError when the connection is lost later.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from datetime import datetime
from functools import partial
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import RecordMetadata
from kafka import KafkaAdminClient
from kafka.admin import OffsetSpec
from kafka.protocol.consumer import IsolationLevel

from faust_batches.admin import COORDINATOR_STARTS, committed_offsets, topic_facts
from faust_batches.errors import UnreachableError
from faust_batches.kafka_consumer import Consumer
from faust_batches.reading import open_consumer, read_to_end
from faust_batches.record_batches import Fetched
from faust_batches.step import Incoming
from schemas.topics import OUTBOX, QUARANTINE, REJECTED, STAGES, TABLES, Stage, Topic
from streams.io.kafka_config import KafkaConfig
from streams.io.topic_admin import REMEDIES, admin_client

_FETCH_WAIT_MS = 100
_FOLLOW_WAIT_MS = 1000
"""How long a request may wait at the broker while nothing arrives. A follower asks for nothing else, so a longer wait
delays nothing, and saves requests."""
_READ_AT_SECONDS = 30.0
_READABLE_SECONDS = 5.0
_READABLE_POLL_SECONDS = 0.02
_MARKERS_POLL_MS = 20
"""How often to look whether a position has passed transaction markers, which no fetch returns."""
_COORDINATOR_SECONDS = 10.0
_COORDINATOR_PAUSE_SECONDS = 0.1
_NEW_TOPIC_MS = 10
"""How long aiokafka waits for the metadata of a new topic, one topic after the other."""
_TABLE_NAMES = frozenset(topic.name for topics in TABLES.values() for topic in topics)


@asynccontextmanager
async def connected_consumer(cluster: KafkaConfig, **options: Any) -> AsyncIterator[Consumer]:
    """Give a started consumer of committed records, without a group; ``options`` overrides aiokafka's options."""
    async with AsyncExitStack() as stack:
        try:
            consumer = await stack.enter_async_context(
                open_consumer(cluster.for_client(), **{"fetch_max_wait_ms": _FETCH_WAIT_MS, **options})
            )
        except (KafkaError, OSError) as error:
            msg = f"Kafka does not answer at {cluster.bootstrap} ({type(error).__name__}). {REMEDIES.unreachable}"
            raise UnreachableError(msg) from error
        yield consumer


@asynccontextmanager
async def connected_admin(cluster: KafkaConfig) -> AsyncIterator[KafkaAdminClient]:
    """Give an administration client, which blocks: call its functions in a thread."""
    with ExitStack() as stack:
        opening = asyncio.ensure_future(asyncio.to_thread(stack.enter_context, admin_client(cluster)))
        try:
            yield await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(partial(_close_late, stack))
            raise


def _close_late(stack: ExitStack, opened: asyncio.Future[KafkaAdminClient]) -> None:
    """Close the client that a thread has opened after its caller gave up; nobody else looks at the error."""
    if not opened.cancelled():
        opened.exception()
    stack.close()


async def topic_partitions(admin: KafkaAdminClient, names: Iterable[str]) -> list[TopicPartition]:
    """Return the partitions of topics by full name. Raises MissingTopicError."""
    facts = await asyncio.to_thread(topic_facts, admin, list(names), REMEDIES)
    return [TopicPartition(name, number) for name, topic in facts.items() for number in range(topic.partitions)]


async def partitions(cluster: KafkaConfig, prefix: str, topics: Iterable[Topic]) -> list[TopicPartition]:
    """Return the partitions of these topics."""
    async with connected_admin(cluster) as admin:
        return await topic_partitions(admin, [topic.full_name(prefix) for topic in topics])


async def topic_ids(cluster: KafkaConfig, prefix: str, topics: Iterable[Topic]) -> dict[Topic, str]:
    """Return Kafka's id of each topic. A topic that is recreated under the same name has another id."""
    names = {topic: topic.full_name(prefix) for topic in topics}
    async with connected_admin(cluster) as admin:
        facts = await asyncio.to_thread(topic_facts, admin, list(names.values()), REMEDIES)
    return {topic: facts[name].id for topic, name in names.items()}


def is_trusted(record: Fetched) -> bool:
    """Whether a reader may trust a record: stages write the rows of their tables in transactions only."""
    return record.transactional or record.topic.rsplit(".", 2)[-2] not in _TABLE_NAMES


async def read_all(
    cluster: KafkaConfig,
    prefix: str,
    topic: Topic,
    key_prefixes: tuple[bytes, ...] = (b"",),
    is_wanted: Callable[[Incoming], bool] = lambda _: True,
) -> list[Incoming]:
    """Return every committed record of a topic up to its current end, by partition and offset.

    ``key_prefixes``: only records whose keys start with one of them. Others, and records that are not wanted, are not
    kept in memory.
    """
    places = await partitions(cluster, prefix, [topic])
    async with connected_consumer(cluster) as consumer:
        consumer.assign(places)
        every = _to_end(consumer, places)
        records = [
            record async for record in every if (record.key or b"").startswith(key_prefixes) and is_wanted(record)
        ]
    return sorted(records, key=lambda record: (record.partition, record.offset))


async def read_table(
    cluster: KafkaConfig, prefix: str, topic: Topic, key_prefixes: tuple[bytes, ...] = (b"",)
) -> list[Incoming]:
    """Return the last value of each key of a table, by key, without removed rows. Keys as in :func:`read_all`."""
    last = {record.key: record for record in await read_all(cluster, prefix, topic, key_prefixes)}
    return sorted(
        (record for record in last.values() if record.value is not None), key=lambda record: record.key or b""
    )


async def read_at(cluster: KafkaConfig, place: TopicPartition, offset: int, arrived: datetime | None) -> Fetched | None:
    """Return the record at an offset, committed or uncommitted; None if the topic no longer has it.

    ``arrived``: its timestamp, which the record of a recreated topic at this offset does not have; None: not known.
    """
    async with connected_consumer(cluster, isolation_level="read_uncommitted") as consumer:
        consumer.assign([place])
        begin, end = await consumer.beginning_offsets([place]), await consumer.end_offsets([place])
        if not begin[place] <= offset < end[place]:
            return None
        consumer.seek(place, offset)
        async with asyncio.timeout(_READ_AT_SECONDS):
            while await consumer.position(place) <= offset:
                for record in (await consumer.getmany(timeout_ms=500, max_records=1)).get(place, ()):
                    found: Fetched = record
                    is_same = found.offset == offset and arrived in {None, Incoming.of(found).arrived}
                    return found if is_same else None
    return None


async def until_readable(cluster: KafkaConfig, written: Iterable[RecordMetadata]) -> None:
    """Wait until committed records can be read: Kafka confirms a commit before it marks its end in each partition.

    Returns after five seconds at the latest, because another producer's earlier transaction may hold readers back, and
    if Kafka does not answer: the records are committed in any case.
    """
    last: dict[TopicPartition, int] = {}
    for record in written:
        last[record.topic_partition] = max(record.offset, last.get(record.topic_partition, 0))
    if not last:
        return
    with suppress(TimeoutError, KafkaError, UnreachableError):
        async with asyncio.timeout(_READABLE_SECONDS), connected_consumer(cluster) as consumer:
            while any(  # noqa: ASYNC110 - Kafka does not say when
                end <= last[place] for place, end in (await consumer.end_offsets([*last])).items()
            ):
                await asyncio.sleep(_READABLE_POLL_SECONDS)


async def follow(
    cluster: KafkaConfig, prefix: str, topics: Iterable[Topic], on_progress: Callable[[int], None] = lambda _: None
) -> AsyncIterator[Incoming | None]:
    """Yield every committed record from the beginning, then None at the current end, then new records.

    Until that end, ``on_progress`` receives the number of offsets that are left before each fetch.
    """
    places = await partitions(cluster, prefix, topics)
    async with connected_consumer(cluster, fetch_max_wait_ms=_FOLLOW_WAIT_MS) as consumer:
        consumer.assign(places)
        async for record in _to_end(consumer, places, on_progress):
            yield record
        yield None
        while True:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for record in filter(is_trusted, records):
                    yield Incoming.of(record)


async def lag_by_stage(cluster: KafkaConfig, prefix: str) -> Mapping[Stage, int]:
    """Return the approximate lag of each stage, in records; empty if no stage has a lag.

    The positions of all stages are read before the ends of their topics: a stage writes its output and its position in
    one transaction, so the ends include all output of a stage without a lag. The lag of the last stage is also its
    outbox. Without a lag, all that the stages have committed can be read.
    """
    async with (
        connected_admin(cluster) as admin,
        connected_consumer(cluster, retry_backoff_ms=_NEW_TOPIC_MS) as consumer,
    ):
        stages: dict[str, Stage] = {topic.full_name(prefix): stage for stage, topic in STAGES.items()}
        places = await topic_partitions(admin, stages)
        done: dict[TopicPartition, int] = {}
        for name, stage in stages.items():
            done |= await stage_offsets(admin, prefix, stage, [tp for tp in places if tp.topic == name])
        ends = await consumer.end_offsets(places)
        waiting = await partitions_with_records(consumer, done, ends)
        left: Counter[Stage] = Counter()
        for tp in places:
            if tp in waiting:
                left[stages[tp.topic]] += ends[tp] - done[tp]
        left = left or await _unread_by_stage(admin, prefix, ends)
    if not left and (outbox := await read_table(cluster, prefix, OUTBOX)):
        left["slack"] = len(outbox)
    return left


async def _unread_by_stage(admin: KafkaAdminClient, prefix: str, read: Mapping[TopicPartition, int]) -> Counter[Stage]:
    """Return how many offsets follow the ends that were read, by the stage that reads or owns their topic.

    In other topics, they follow the end of what readers of committed records can reach. Kafka shows the position of a
    committed transaction before it marks the end of the transaction in each partition.
    """
    stages: dict[str, Stage] = {REJECTED.full_name(prefix): "intake", QUARANTINE.full_name(prefix): "slack"}
    for stage, topic in STAGES.items():
        stages |= {owned.full_name(prefix): stage for owned in (topic, *TABLES[stage])}
    latest = dict.fromkeys(await topic_partitions(admin, stages), OffsetSpec.LATEST)
    committed = await asyncio.to_thread(admin.list_partition_offsets, latest, IsolationLevel.READ_COMMITTED)
    ends = await asyncio.to_thread(admin.list_partition_offsets, latest)
    unread: Counter[Stage] = Counter()
    for place, end in ends.items():
        if left := end.offset - read.get(place, committed[place].offset):
            unread[stages[place.topic]] += left
    return unread


async def stage_offsets(
    admin: KafkaAdminClient, prefix: str, stage: Stage, places: Iterable[TopicPartition]
) -> dict[TopicPartition, int]:
    """Return the next offset of a stage in each of these input partitions, as committed to its group.

    Waits up to ten seconds for the coordinator of the group to start.
    """
    group, name = f"{prefix}.{stage}", STAGES[stage].full_name(prefix)
    clock = asyncio.get_running_loop().time
    deadline = clock() + _COORDINATOR_SECONDS
    while True:
        try:
            offsets = await asyncio.to_thread(committed_offsets, admin, group, name)
            break
        except COORDINATOR_STARTS:
            if clock() > deadline:
                raise
            await asyncio.sleep(_COORDINATOR_PAUSE_SECONDS)
    return {place: offsets.get(place.partition, 0) for place in places}


async def end_offsets(cluster: KafkaConfig, prefix: str, topic: Topic) -> tuple[int, ...]:
    """Return the offset after the last committed record of each partition of a topic, in the order of partitions."""
    places = await partitions(cluster, prefix, [topic])
    async with connected_consumer(cluster, retry_backoff_ms=_NEW_TOPIC_MS) as consumer:
        found = await consumer.end_offsets(places)
    return tuple(found[tp] for tp in sorted(places, key=lambda tp: tp.partition))


async def has_unread(cluster: KafkaConfig, prefix: str, stage: Stage, up_to: Sequence[int]) -> bool:
    """Return whether a stage has unprocessed records before these offsets, one for each partition of its input."""
    async with (
        connected_admin(cluster) as admin,
        connected_consumer(cluster, retry_backoff_ms=_NEW_TOPIC_MS) as consumer,
    ):
        every = await topic_partitions(admin, [STAGES[stage].full_name(prefix)])
        places = [tp for tp in every if tp.partition < len(up_to)]
        done = await stage_offsets(admin, prefix, stage, places)
        return bool(await partitions_with_records(consumer, done, {tp: up_to[tp.partition] for tp in places}))


async def partitions_with_records(
    consumer: Consumer, offsets: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]
) -> set[TopicPartition]:
    """Return the partitions that have a committed record from their offset to their end, exclusive.

    Reads the partitions whose offset is before the end, because the last offsets may be those of transaction markers.
    """
    behind = {tp for tp, offset in offsets.items() if ends[tp] > offset}
    found: set[TopicPartition] = set()
    if not behind:
        return found
    consumer.assign(list(behind))
    for tp in behind:
        consumer.seek(tp, offsets[tp])
    while left := {tp for tp in behind - found if await consumer.position(tp) < ends[tp]}:
        found |= set(await consumer.getmany(*left, timeout_ms=_MARKERS_POLL_MS))
    # Pause instead of unsubscribe: aiokafka 0.14 may hang in stop() after unsubscribe().
    consumer.pause(*behind)
    return found


async def _to_end(
    consumer: Consumer, places: list[TopicPartition], on_progress: Callable[[int], None] = lambda _: None
) -> AsyncIterator[Incoming]:
    ends = await consumer.end_offsets(places)
    async for _, records in read_to_end(consumer, ends, on_progress=on_progress):
        for record in filter(is_trusted, records):
            yield Incoming.of(record)
