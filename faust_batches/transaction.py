"""Writes the records of a batch as one Kafka transaction, with the transactional producer of a partition."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, Protocol

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import murmur2
from aiokafka.producer.message_accumulator import BatchBuilder

from faust_batches.config import BatchConfig
from faust_batches.step import Headers

Place = tuple[str, int]
"""Full name of a topic, and a partition."""

Written = tuple[bytes | None, bytes | None, int | None, Headers]
"""Key, value, timestamp in milliseconds, and headers."""

_Sent = tuple[asyncio.Future[Any], BatchBuilder]

_START_SECONDS = 60.0
"""How long Kafka may take to initialise a transactional producer."""

_MARGIN_SECONDS = 30.0
"""Added to the transaction timeout. By then the broker has aborted the transaction, so a longer wait never succeeds."""

BATCH_BYTES = 900_000
"""Below every topic's limit for a record batch. A single larger record is sent in a batch of its own."""


class Writer(Protocol):
    """Writes all records of a batch or none. Kafka's is :class:`TransactionWriter`, the tests' is in memory."""

    async def partitions(self, topic: str) -> int:
        """Return the number of partitions of a topic."""
        ...

    async def write(self, records: Mapping[Place, Sequence[Written]]) -> dict[Place, int]:
        """Write the records; return the offset after the last record of each place."""
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

        Raises KafkaError, or TimeoutError when Kafka does not answer within a minute.
        """
        producer = AIOKafkaProducer(
            **config.client(),
            transactional_id=f"{config.group}.{partition}",
            transaction_timeout_ms=config.transaction_seconds * 1000,
            request_timeout_ms=30_000,
            max_batch_size=BATCH_BYTES,
            max_request_size=64 * 2**20,
            # The broker rejects the first produce of a transaction while it verifies it (KIP-890): retry soon.
            retry_backoff_ms=5,
        )
        async with asyncio.timeout(_START_SECONDS):
            await producer.start()
        return cls(producer, config.transaction_seconds)

    async def partitions(self, topic: str) -> int:
        """Return the number of partitions of a topic."""
        return len(await self._producer.partitions_for(topic))

    async def write(self, records: Mapping[Place, Sequence[Written]]) -> dict[Place, int]:
        """Write the records in one transaction; return the offset after the last record of each place.

        Raises KafkaError or IllegalOperation when Kafka rejected it, TimeoutError when the outcome is unknown.
        """
        # Not cancelled when it is late: an abort would wait for the same client.
        transaction = asyncio.create_task(self._transact(records))
        if not (await asyncio.wait({transaction}, timeout=self._timeout_seconds))[0]:
            raise TimeoutError
        return transaction.result()

    async def stop(self) -> None:
        """Stop the producer."""
        await self._producer.stop()

    async def _transact(self, records: Mapping[Place, Sequence[Written]]) -> dict[Place, int]:
        async with self._producer.transaction():
            sent = {place: await self._send(*place, group) for place, group in records.items()}
            # Within the transaction: aiokafka commits it without a batch that failed.
            futures = [future for batches in sent.values() for future, _ in batches]
            answers = await asyncio.gather(*futures, return_exceptions=True)
            for error in answers:
                if isinstance(error, BaseException):
                    raise error
            return {place: _end(batches) for place, batches in sent.items()}

    async def _send(self, topic: str, partition: int, records: Sequence[Written]) -> list[_Sent]:
        """Send records in as few batches as possible."""
        sent = []
        builder = self._producer.create_batch()
        for key, value, timestamp, headers in records:
            while builder.append(key=key, value=value, timestamp=timestamp, headers=list(headers)) is None:
                sent.append((await self._producer.send_batch(builder, topic, partition=partition), builder))
                builder = self._producer.create_batch()
        sent.append((await self._producer.send_batch(builder, topic, partition=partition), builder))
        return sent


def _end(sent: Sequence[_Sent]) -> int:
    ends: list[int] = [future.result().offset + builder.record_count() for future, builder in sent]
    return max(ends)


def home_partition(key: bytes, count: int) -> int:
    """Return the partition of a key among ``count``, as every Kafka client's default partitioner computes it."""
    return int(murmur2(key) & 0x7FFFFFFF) % count


async def run_to_completion(work: Coroutine[None, None, None]) -> None:
    """Await ``work``. A cancellation meanwhile is raised after ``work`` has ended, unless that raised an error."""
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
