"""Encodes the step of a batch, and writes it in one Kafka transaction with the partition's transactional producer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import IllegalOperation
from aiokafka.producer.message_accumulator import BatchBuilder

from faust_batches.config import BatchConfig
from faust_batches.kafka_producer import stop_producer
from faust_batches.murmur2 import murmur2, murmur2_of_each
from faust_batches.step import Fold, Headers, Incoming, Step, Tables, Topic

TargetPartition = tuple[str, int]
"""Full name of a topic, and a partition."""

EncodedRecord = tuple[bytes | None, bytes | None, int | None, Headers]
"""Key, value, timestamp in milliseconds, and headers."""

_SentBatch = tuple[asyncio.Future[Any], BatchBuilder]

_START_SECONDS = 60.0
"""Timeout for the initialisation of a transactional producer."""

_MARGIN_SECONDS = 30.0
"""Added to the transaction timeout. The broker has aborted the transaction by the end, so a longer wait is useless."""

BATCH_BYTES = 900_000
"""Target size of a record batch, below the limit of every topic. A larger record gets a record batch of its own."""


_OVERHEAD_BYTES = 200
"""Upper bound of what Kafka adds to key, value and headers: 61 bytes per batch, and lengths and deltas per record."""

_LONGEST_CHARACTER = 4
"""Bytes of a character in UTF-8, at most."""

_LONGEST_HASHED_TOGETHER = 200
"""Bytes. A longer key is hashed only if it is needed."""


class OversizedError(ValueError):
    """A record is larger than its topic accepts. The message names the topic and both sizes."""


@dataclass(frozen=True, slots=True)
class EncodedRows:
    """The encoded rows of a step, by table and key; None removes the row."""

    rows: Mapping[Any, Mapping[str, bytes | None]]

    @classmethod
    def of(cls, step: Step) -> Self:
        """Encode the rows. Raises OversizedError if a row or an output is larger than its topic accepts."""
        rows: dict[Any, dict[str, bytes | None]] = {}
        for topic, changed in step.changes.items():
            encoded = rows[topic] = {}
            room = topic.largest_bytes - _OVERHEAD_BYTES
            for key, row in changed.items():
                value = encoded[key] = None if row is None else row.to_bytes()
                if len(key) * _LONGEST_CHARACTER + len(value or b"") > room:  # the exact size is rarely needed
                    _require_room(topic, len(key.encode()), value or b"")
        for record in step.outgoing:
            headers = _headers_bytes(record.headers) if record.headers else 0
            _require_room(record.topic, len(record.key or b"") + headers, record.value)
        return cls(rows)


def _headers_bytes(headers: Headers) -> int:
    return sum(len(name.encode()) + len(value or b"") + 10 for name, value in headers)


def _require_room(topic: Topic, key_bytes: int, value: bytes) -> None:
    size = key_bytes + len(value) + _OVERHEAD_BYTES
    if size > topic.largest_bytes:
        raise OversizedError(
            f"a record for {topic.name} would have {size:,} bytes, and the topic accepts {topic.largest_bytes:,}"
        )


def writable(fold: Fold) -> Fold:
    """Return a fold that raises an error if its step is too large or cannot be encoded."""

    def checked(tables: Tables, records: Sequence[Incoming]) -> Step:
        step = fold(tables, records)
        EncodedRows.of(step)
        return step

    return checked


class Writer(Protocol):
    """Writes all records of a batch or none: :class:`TransactionWriter` to Kafka, ``MemoryWriter`` to memory."""

    async def partitions(self, topic: str) -> int:
        """Return the number of partitions of a topic."""
        ...

    async def write(self, records: Mapping[TargetPartition, Sequence[EncodedRecord]]) -> dict[TargetPartition, int]:
        """Write the records. Return the offset after the last record in each partition."""
        ...

    async def stop(self) -> None:
        """Release the connection."""
        ...


class TransactionWriter:
    """The transactional producer of one partition."""

    def __init__(self, producer: AIOKafkaProducer, transaction_seconds: int) -> None:
        self._producer, self._timeout_seconds = producer, transaction_seconds + _MARGIN_SECONDS

    @classmethod
    async def start(cls, config: BatchConfig, partition: int) -> TransactionWriter:
        """Start the producer, which fences the previous owner of the partition and aborts its open transaction.

        Raises KafkaError, or TimeoutError if Kafka does not answer within a minute.
        """
        producer = AIOKafkaProducer(
            **config.client(),
            transactional_id=f"{config.group}.{partition}",
            transaction_timeout_ms=config.transaction_seconds * 1000,
            request_timeout_ms=30_000,
            max_batch_size=BATCH_BYTES,
            max_request_size=64 * 2**20,
            # The broker rejects the first produce request of a transaction while it verifies it (KIP-890): retry soon.
            retry_backoff_ms=5,
        )
        async with asyncio.timeout(_START_SECONDS):
            await producer.start()
        return cls(producer, config.transaction_seconds)

    async def partitions(self, topic: str) -> int:
        """Return the number of partitions of a topic."""
        return len(await self._producer.partitions_for(topic))

    async def write(self, records: Mapping[TargetPartition, Sequence[EncodedRecord]]) -> dict[TargetPartition, int]:
        """Write the records in one transaction. Return the offset after the last record in each partition.

        Raises KafkaError or IllegalOperation if Kafka rejected the transaction, TimeoutError if its outcome is unknown.
        """
        # Do not cancel it after the timeout: the abort would wait for the same client.
        transaction = asyncio.create_task(self._transact(records))
        if not (await asyncio.wait({transaction}, timeout=self._timeout_seconds))[0]:
            raise TimeoutError
        return transaction.result()

    async def stop(self) -> None:
        """Stop the producer, also if Kafka does not answer."""
        await stop_producer(self._producer)

    async def _transact(self, records: Mapping[TargetPartition, Sequence[EncodedRecord]]) -> dict[TargetPartition, int]:
        async with self._producer.transaction():
            # Fails if Kafka refuses the transaction, for example a topic in it. Record batches may then never fail.
            refusal = self._producer._txn_manager.wait_for_transaction_end()  # noqa: SLF001
            try:
                sent = {target: await self._send(*target, group) for target, group in records.items()}
            except IllegalOperation:
                _raise_error_of(refusal)
                raise
            # Within the transaction, because aiokafka commits it even if a record batch has failed.
            futures = [future for batches in sent.values() for future, _ in batches]
            answers = asyncio.gather(*futures, return_exceptions=True)
            await asyncio.wait({answers, refusal}, return_when=asyncio.FIRST_COMPLETED)
            _raise_error_of(refusal)
            for error in await answers:
                if isinstance(error, BaseException):
                    raise error
            return {target: _end(batches) for target, batches in sent.items()}

    async def _send(self, topic: str, partition: int, records: Sequence[EncodedRecord]) -> list[_SentBatch]:
        """Send records in as few batches as possible."""
        sent = []
        builder = self._producer.create_batch()
        for key, value, timestamp, headers in records:
            while builder.append(key=key, value=value, timestamp=timestamp, headers=list(headers)) is None:
                sent.append((await self._producer.send_batch(builder, topic, partition=partition), builder))
                builder = self._producer.create_batch()
        sent.append((await self._producer.send_batch(builder, topic, partition=partition), builder))
        return sent


def _raise_error_of(future: asyncio.Future[None]) -> None:
    if future.done():
        future.result()


def _end(sent: Sequence[_SentBatch]) -> int:
    ends: list[int] = [future.result().offset + builder.record_count() for future, builder in sent]
    return max(ends)


def home_partition(key: bytes, count: int) -> int:
    """Return the partition of a key among ``count``, as every Kafka client's default partitioner computes it."""
    return _partition(murmur2(key), count)


def home_partitions(keys: Iterable[bytes | None], count: int) -> Callable[[bytes], int]:
    """Return :func:`home_partition` with the partitions of these keys computed together, which costs less."""
    short = (key for key in keys if key is not None and len(key) <= _LONGEST_HASHED_TOGETHER)
    known = {key: _partition(hashed, count) for key, hashed in murmur2_of_each(short)}
    return lambda key: home_partition(key, count) if (home := known.get(key)) is None else home


def _partition(hashed: int, count: int) -> int:
    return (hashed & 0x7FFFFFFF) % count


async def run_to_completion(work: Coroutine[None, None, None]) -> None:
    """Await ``work``. Re-raise a cancellation only after ``work`` has ended; an error of ``work`` takes precedence."""
    task = asyncio.create_task(work)
    cancelled = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    task.result()
    if cancelled:
        raise cancelled
